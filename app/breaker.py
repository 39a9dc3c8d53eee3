"""A circuit breaker: after failures in a row it refuses at once, then lets one call try again."""

import time
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from typing import Literal

from app import metrics

BreakerState = Literal["closed", "half_open", "open"]


class BreakerOpenError(Exception):
    """Not tried: the last calls failed."""


class Breaker:
    """Around the calls to one downstream. The clock is passed in, in seconds, monotonic."""

    def __init__(
        self,
        name: str,
        *,
        failures_max: int = 5,
        pause_s: float = 5,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.name = name
        self._failures_max = failures_max
        self._pause_s = pause_s
        self._clock = clock
        self._failures = 0
        self._opened_at: float | None = None
        self._trying = False
        self._publish()

    @property
    def state(self) -> BreakerState:
        """Where the breaker stands now."""
        if self._opened_at is None:
            return "closed"
        return "half_open" if self._clock() - self._opened_at >= self._pause_s else "open"

    @asynccontextmanager
    async def call(self, *failures: type[BaseException]) -> AsyncGenerator[None]:
        """Guard one call; only the given exceptions count against the downstream.

        Raises:
            BreakerOpenError: without running the call.

        """
        state = self.state
        if state == "open" or (state == "half_open" and self._trying):
            raise BreakerOpenError(f"{self.name} failed {self._failures} times in a row")
        trial = state == "half_open"
        self._trying = self._trying or trial
        try:
            yield
        except failures:
            self._failures += 1
            if trial or self._failures >= self._failures_max:
                self._opened_at = self._clock()
            raise
        else:
            self._failures = 0
            self._opened_at = None
        finally:
            if trial:
                self._trying = False
            self._publish()

    def _publish(self) -> None:
        for each in ("closed", "half_open", "open"):
            metrics.BREAKER.labels(self.name, each).set(float(each == self.state))
