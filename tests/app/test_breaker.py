"""The breaker opens, waits, and lets one try."""

import asyncio

import pytest

from app.breaker import Breaker, BreakerOpenError


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


async def fail(breaker):
    with pytest.raises(OSError):
        async with breaker.call(OSError):
            raise OSError


def test_it_opens_after_failures_in_a_row_and_closes_after_one_success():
    async def story():
        clock = Clock()
        breaker = Breaker("test", failures_max=3, pause_s=5, clock=clock)
        for _ in range(2):
            await fail(breaker)
        async with breaker.call(OSError):
            pass
        for _ in range(3):
            assert breaker.state == "closed"
            await fail(breaker)
        assert breaker.state == "open"
        with pytest.raises(BreakerOpenError):
            async with breaker.call(OSError):
                raise AssertionError

        clock.now = 5
        await fail(breaker)
        assert breaker.state == "open"

        clock.now = 10
        async with breaker.call(OSError):
            # While one tries, nobody else does.
            with pytest.raises(BreakerOpenError):
                async with breaker.call(OSError):
                    raise AssertionError
        assert breaker.state == "closed"

    asyncio.run(story())


def test_an_error_that_is_not_the_downstreams_does_not_count():
    async def story():
        breaker = Breaker("test", failures_max=1)
        with pytest.raises(KeyError):
            async with breaker.call(OSError):
                raise KeyError
        assert breaker.state == "closed"

    asyncio.run(story())
