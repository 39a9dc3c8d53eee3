"""The state machine, and ids that are the same everywhere."""

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.payments import MOVES, TERMINAL, State, derived_id


def test_the_database_holds_the_published_moves(database, template):
    with database.connect(template) as connection:
        rows = connection.execute("SELECT source, target FROM moves").fetchall()
    assert set(rows) == {
        (source, target) for source, targets in MOVES.items() for target in targets
    }


@given(st.lists(st.sampled_from(list(State)), max_size=12))
def test_no_walk_leaves_a_terminal_state_or_returns_to_accepted(wishes):
    state, seen = State.ACCEPTED, [State.ACCEPTED]
    for wish in wishes:
        if wish in MOVES[state]:
            assert state not in TERMINAL
            state = wish
            seen.append(state)
    assert seen.count(State.ACCEPTED) == 1
    assert len(seen) == len(set(seen))


def test_every_state_but_the_last_ones_can_end():
    for state in set(State) - TERMINAL:
        reached, frontier = set(), {state}
        while frontier:
            reached |= frontier
            frontier = {to for each in frontier for to in MOVES[each]} - reached
        assert reached & TERMINAL


@pytest.mark.parametrize("target", ["refunded", "voided"])
def test_the_database_refuses_a_move_that_is_not_published(world, run, target):
    async def story():
        async with world() as w:
            client = await w.client(w.east, await w.merchant("east"))
            await client.pay()
            with pytest.raises(Exception, match=f"cannot move from accepted to {target}"):
                await w.east.pool.execute("UPDATE payments SET state = $1", target)

    run(story())


@given(*[st.text(alphabet="abcdef/-", min_size=1)] * 3)
def test_ids_depend_on_all_that_scopes_a_key_and_on_nothing_else(merchant, route, key):
    one = derived_id(merchant, route, key)
    assert one == derived_id(merchant, route, key)
    assert one != derived_id(merchant, route, key + "x")
    assert one != derived_id(merchant + "x", route, key)
    assert one != derived_id(merchant, route + "x", key)


def test_the_ledger_and_the_audit_log_refuse_what_would_falsify_them(database, template):
    with database.connect(template) as connection:
        with pytest.raises(psycopg.errors.CheckViolation, match="does not sum to zero"):
            connection.execute(
                "INSERT INTO ledger VALUES ('m', gen_random_uuid(), 'a', 'EUR', 1,"
                " gen_random_uuid())"
            )
        for table in ("ledger", "audit"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege, match="append-only"):
                connection.execute(f"TRUNCATE {table}")


def test_a_changed_audit_row_is_found(world, run):
    async def story():
        async with world() as w:
            client = await w.client(w.east, await w.merchant("east"))
            for _ in range(3):
                await client.pay()
            await w.east.settle()
            pool = w.east.pool
            assert await pool.fetch("SELECT * FROM audit_breaks()") == []

            await pool.execute("ALTER TABLE audit DISABLE TRIGGER append_only")
            await pool.execute(
                "UPDATE audit SET actor = 'nobody' WHERE position = 1 AND (merchant, chain) IN"
                " (SELECT merchant, chain FROM audit LIMIT 1)"
            )
            assert len(await pool.fetch("SELECT * FROM audit_breaks()")) == 1

    run(story())
