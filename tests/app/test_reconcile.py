"""The reconciliation finds nothing where all is well, and what was spoilt where it is not."""

from datetime import UTC, datetime, timedelta

import pytest

from app.reconcile import differences


@pytest.mark.parametrize(
    ("damage", "found"),
    [
        (None, []),
        ("DELETE FROM outbox", ["payment without its event"]),
        ("UPDATE payments SET captured = captured - 1", ["ledger differs from payments"]),
        (
            "UPDATE outbox SET sent_at = NULL, created_at = now() - interval '1 hour'",
            ["event not relayed for a minute"],
        ),
        (
            "INSERT INTO conflicts SELECT merchant, id, 'settled_twice', '{}', '{}' FROM payments",
            ["both regions acted"],
        ),
    ],
)
def test_what_was_spoilt_is_reported(world, run, damage, found):
    async def story():
        async with world() as w:
            client = await w.client(w.east, await w.merchant("east"))
            await client.pay()
            await w.east.settle()
            await w.west.mirror(w.east)
            if damage:
                await w.east.pool.execute(damage)
            since = datetime.now(UTC) - timedelta(days=1)
            assert [each["what"] for each in await differences(w.east.pool, since)] == found
            assert await differences(w.west.pool, since) == []

    run(story())
