"""The API's writes: what PostgreSQL calls done is believed only if the standby has it."""

import pytest

from app.database import CommitUnknownError, replicated

WARNING = """DO $$ BEGIN RAISE WARNING 'canceling wait for synchronous replication' USING
DETAIL = 'The transaction has already committed locally, but might not have been replicated.';
END $$"""


def test_a_commit_that_may_be_on_no_standby_is_unknown(world, run):
    async def story():
        async with world() as w, w.east.pools["api"].acquire() as connection:
            with replicated(connection):
                await connection.execute("SELECT 1")
            with pytest.raises(CommitUnknownError), replicated(connection):
                await connection.execute(WARNING)

    run(story())


def test_while_the_database_is_away_the_answer_is_503_and_the_key_stays_good(world, run, servers):
    async def story():
        async with world() as w:
            client = await w.client(w.east, await w.merchant("east"))
            servers.database.execute("ALTER ROLE payments_api NOLOGIN")
            try:
                for kind in w.east.pools.values():
                    await kind.expire_connections()
                away = [await client.pay("k"), await client.http.get("/v1/payments")]
            finally:
                servers.database.execute("ALTER ROLE payments_api LOGIN")
            for answer in away:
                assert (answer.status_code, answer.json()["code"]) == (503, "database_unavailable")
                assert answer.headers["retry-after"]
            assert (await client.pay("k")).status_code == 201

    run(story())
