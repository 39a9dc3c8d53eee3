"""A region of the service in one process: real database, real Vault, the bus in memory."""

import asyncio
import contextlib
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import httpx
from starlette.applications import Starlette

from app import api, fraud, outbox, ownership, risk
from app.acquirer import Acquirer
from app.bus import Message
from app.database import open_pool
from app.health import Health
from app.judging import judging
from app.merchants import Merchants
from app.peer import Peer
from app.projection import projecting
from app.service import Service
from app.settings import Settings
from app.settlement import Settlement
from app.store import Store
from app.tokens import Tokens
from app.vault import Vault
from local.acquirer.book import Book
from local.acquirer.server import application as acquirer_application

CERTIFICATE = "ab" * 32
ISSUER = "https://pay.example.test"
CARD = "4242424242424242"


class Bus:
    """Topics in memory: what Kafka would keep."""

    def __init__(self) -> None:
        self.topics: dict[str, list[Message]] = defaultdict(list)
        self.broken = False

    async def publish(self, messages: Sequence[Message]) -> None:
        """Keep all of them, or fail."""
        if self.broken:
            raise ConnectionError("no broker")
        for message in messages:
            self.topics[message.topic].append(message)


@dataclass
class Region:
    """One region: its API as an ASGI application, its consumers as functions to be stepped."""

    name: str
    service: Service
    app: Starlette
    pools: dict[str, asyncpg.Pool]
    bus: Bus
    settlement: Settlement
    acquirer: Acquirer
    read: dict[str, int] = field(default_factory=dict)

    @property
    def pool(self) -> asyncpg.Pool:
        """Connections as superuser, to look."""
        return self.pools["superuser"]

    async def relay(self) -> int:
        """Relay everything that is not yet sent."""
        total = 0
        while sent := await outbox.relay_once(self.pools["relay"], self.bus):
            total += sent
        return total

    async def consume(self, name: str, topic: str, bus: "Bus", handler: Any) -> int:
        """Handle what a consumer has not yet read of a topic."""
        messages = bus.topics[topic][self.read.get(f"{name}:{topic}", 0):]  # fmt: skip
        for message in messages:
            await handler(message)
        self.read[f"{name}:{topic}"] = len(bus.topics[topic])
        return len(messages)

    async def settle(self) -> None:
        """Run judges and processor until nothing moves."""
        moved = 1
        while moved:
            moved = await self.relay()
            for name, judge in (("fraud", fraud.judge), ("risk", risk.judge)):
                handler = judging(self.pools[name], name, judge, self.name)
                moved += await self.consume(name, "payments.incoming", self.bus, handler)
            moved += await self.relay()
            for topic in ("payments.incoming", "payments.verdicts"):
                moved += await self.consume("processor", topic, self.bus, self.settlement.handle)

    async def mirror(self, peer: "Region") -> None:
        """Take in what the peer has published."""
        handler = projecting(self.pools["projection"], self.name)
        for topic in ("payments.incoming", "payments.settled"):
            await self.consume(f"mirror-{peer.name}", topic, peer.bus, handler)

    async def row(self, payment: str, table: str = "payments") -> asyncpg.Record:
        """Return a payment as its table has it."""
        row = await self.pool.fetchrow(f"SELECT * FROM {table} WHERE id = $1", UUID(payment))  # noqa: S608 - our own name
        assert row is not None
        return row


class Client:
    """A merchant at one region's gateway."""

    def __init__(self, region: Region, merchant: str, certificate: str = CERTIFICATE) -> None:
        self.region = region
        self.merchant = merchant
        self.http = httpx.AsyncClient(
            transport=httpx.ASGITransport(region.app, raise_app_exceptions=False),
            base_url="https://gateway.test",
            headers={"x-forwarded-client-cert": f'Hash={certificate};Subject="CN={merchant}"'},
        )

    async def sign_in(self, scope: str | None = None) -> httpx.Response:
        """Get a token and send it from now on."""
        form = {"grant_type": "client_credentials", "client_id": self.merchant}
        answer = await self.http.post(
            "/oauth/token", data=form | ({"scope": scope} if scope else {})
        )
        if answer.is_success:
            self.http.headers["authorization"] = f"Bearer {answer.json()['access_token']}"
        return answer

    async def pay(self, key: str | None = None, **order: object) -> httpx.Response:
        """Ask for a payment."""
        return await self.http.post(
            "/v1/payments", json=payment(**order), headers={"idempotency-key": key or str(uuid4())}
        )

    async def post(self, path: str, key: str | None = None, **body: object) -> httpx.Response:
        """Ask for an operation."""
        return await self.http.post(
            path, json=body, headers={"idempotency-key": key or str(uuid4())}
        )


def payment(number: str = CARD, **order: object) -> dict[str, object]:
    """Return the body of a payment."""
    card = {"number": number, "expiry_month": 12, "expiry_year": 2099}
    return {"amount": 1999, "currency": "EUR", "card": card, **order}


@contextlib.asynccontextmanager
async def region(
    settings: Settings, book: Book, superuser: str, peer_app: Callable[[], Starlette | None]
) -> AsyncIterator[Region]:
    """Build a region on its database; `peer_app` is what answers at the peer's address."""
    async with contextlib.AsyncExitStack() as stack:
        vault = Vault(
            addr=settings.vault_addr, role=settings.vault_role,
            token_file=settings.vault_token_file, trust_bundle="",
        )  # fmt: skip
        stack.push_async_callback(vault.close)
        pools = {"superuser": await asyncpg.create_pool(superuser, min_size=0, max_size=4)}
        for name in ("api", "relay", "fraud", "risk", "processor", "projection"):
            own = replace(settings, database_role=f"payments_{name}")
            pools[name] = await open_pool(own, vault, size_max=16, size_min=0)
        for pool in pools.values():
            stack.callback(pool.terminate)
        tokens = Tokens(vault, region=settings.region, issuer=ISSUER)
        peer = Peer(
            "http://peer", region=settings.region, peer_region=settings.peer_region,
            tokens=tokens, trust_bundle="",
        )  # fmt: skip
        peer._http = httpx.AsyncClient(transport=_Wan(peer_app), base_url="http://peer", timeout=5)
        service = Service(
            region=settings.region, issuer=ISSUER, trusted_proxy=True, vault=vault,
            store=Store(pools["api"]), merchants=Merchants(pools["api"]), tokens=tokens,
            peer=peer, health=Health(["keys"]),
        )  # fmt: skip
        await tokens.refresh()
        acquirer = Acquirer("http://acquirer", trust_bundle="")
        acquirer._http = httpx.AsyncClient(
            transport=httpx.ASGITransport(acquirer_application(book)), base_url="http://acquirer"
        )
        settlement = Settlement(pools["processor"], vault, acquirer, settings.region)
        yield Region(settings.region, service, api.application(service), pools, Bus(), settlement,
                     acquirer)  # fmt: skip


class _Wan(httpx.AsyncBaseTransport):
    """The way to the peer; cut while its `app` is None."""

    def __init__(self, peer_app: Callable[[], Starlette | None]) -> None:
        self._peer_app = peer_app

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        app = self._peer_app()
        if app is None:
            raise httpx.ConnectError("the link is cut")
        return await httpx.ASGITransport(app).handle_async_request(request)


async def meet(*regions: Region) -> None:
    """Let regions learn each other's public keys and ownership."""
    for each in regions:
        await ownership.refresh_keys(each.service, each.pools["api"])
        await ownership.adopt(each.pools["api"], each.service.peer.read)
        await each.service.merchants.refresh()


async def eventually(holds: Callable[[], Any], within_s: float = 30) -> None:
    """Wait for a condition; fail at the deadline."""
    async with asyncio.timeout(within_s):
        while not await holds():  # noqa: ASYNC110 - the condition is another process's
            await asyncio.sleep(0.02)
