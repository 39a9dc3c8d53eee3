"""What the API's handlers share: built once, in `api.run`."""

import contextlib
import time
from collections.abc import Generator
from dataclasses import dataclass

from app import metrics, traces
from app.health import Health
from app.merchants import Merchants
from app.peer import Peer
from app.store import Store
from app.tokens import Tokens
from app.vault import Vault


@dataclass(frozen=True, kw_only=True)
class Service:
    """The API's collaborators."""

    region: str
    issuer: str
    trusted_proxy: bool
    vault: Vault
    store: Store
    merchants: Merchants
    tokens: Tokens
    peer: Peer
    health: Health


@contextlib.contextmanager
def step(name: str) -> Generator[None]:
    """Time one step of a request, as a span and as a metric."""
    began = time.perf_counter()
    with traces.span(name):
        try:
            yield
        finally:
            metrics.STEP.labels(name).observe(time.perf_counter() - began)
