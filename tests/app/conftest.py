"""Real servers for the service's tests: started once, always stopped."""

import asyncio
import contextlib
import secrets
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import pytest
import uvloop
from hypothesis import settings as hypothesis_settings

from app import migrate, traces
from app.settings import Settings
from local.acquirer.book import Book
from tests.app import vault_server
from tests.app.postgres import Postgres, make_roles, postgres
from tests.app.region import CERTIFICATE, Client, Region, meet, region

# A busy machine is slow, not wrong.
hypothesis_settings.register_profile("steady", deadline=None)
hypothesis_settings.load_profile("steady")


@pytest.fixture(scope="session", autouse=True)
def tracing():
    traces.start(service="tests", region="east", endpoint="")


@pytest.fixture(scope="session")
def database() -> Iterator[Postgres]:
    with postgres(secrets.token_hex(16)) as server:
        make_roles(server)
        yield server


@dataclass(frozen=True)
class Servers:
    database: Postgres
    vault: vault_server.VaultServer
    token_file: Path


@pytest.fixture(scope="session")
def servers(database: Postgres, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    folder = tmp_path_factory.mktemp("vault")
    with vault_server.vault(secrets.token_hex(16), folder) as server:
        token_file = vault_server.configure(server, database, folder)
        yield Servers(database, server, token_file)


def settings_of(servers: Servers, name: str, database: str) -> Settings:
    peer = {"east": "west", "west": "east"}[name]
    return Settings.from_env(
        "api",
        {
            "REGION": name,
            "PEER_REGION": peer,
            "POD_IP": "127.0.0.1",
            "VAULT_ADDR": servers.vault.addr,
            "VAULT_ROLE": "payments",
            "VAULT_TOKEN_FILE": str(servers.token_file),
            "DATABASE_HOST": "127.0.0.1",
            "DATABASE_PORT": str(servers.database.port),
            "DATABASE_NAME": database,
            "DATABASE_ROLE": "payments_api",
            "TOKEN_ISSUER": "https://pay.example.test",
            "PEER_INTAKE_URL": "http://peer",
            "TRUSTED_PROXY": "true",
        },
    )


@pytest.fixture(scope="session")
def template(database: Postgres) -> str:
    """A migrated database, to be copied."""
    database.execute("CREATE DATABASE template_payments OWNER payments_owner")
    migrate.apply(
        f"postgresql+psycopg://postgres:{database.password}@127.0.0.1:{database.port}"
        "/template_payments?options=-c%20role%3Dpayments_owner"
    )
    return "template_payments"


@dataclass
class World:
    """Two regions, the link between them, one acquirer, and merchants at home in each."""

    east: Region
    west: Region
    book: Book
    link: dict[str, bool]

    @property
    def regions(self) -> tuple[Region, Region]:
        return self.east, self.west

    async def merchant(self, home: str, **terms: object) -> str:
        name = f"m-{uuid4().hex[:12]}"
        values = {"durability": "regional", "peer_lost": "accept", "webhook_url": None,
                  "webhook_secret": None, **terms}  # fmt: skip
        for each in self.regions:
            await each.pool.execute(
                "SELECT register_merchant($1, $2, $3, $4, $5, $6, 100000000000, $7, $8)",
                name, CERTIFICATE, ["payments:read", "payments:write"], home,
                values["durability"], values["peer_lost"], values["webhook_url"],
                values["webhook_secret"],
            )  # fmt: skip
            await each.service.merchants.refresh()
        return name

    async def client(self, at: Region, merchant: str) -> Client:
        client = Client(at, merchant)
        (await client.sign_in()).raise_for_status()
        return client


@pytest.fixture
def world(servers: Servers, template: str) -> Callable[[], contextlib.AbstractAsyncContextManager]:
    """Return what opens a fresh world, whose two databases are dropped at its end."""

    @contextlib.asynccontextmanager
    async def opened() -> AsyncIterator[World]:
        database = servers.database
        names = {name: f"{name}_{uuid4().hex[:8]}" for name in ("east", "west")}
        for each in names.values():
            database.execute(f"CREATE DATABASE {each} TEMPLATE {template} OWNER payments_owner")
        link = {"up": True}
        regions: dict[str, Region] = {}
        book = Book()
        try:
            async with contextlib.AsyncExitStack() as stack:
                for name, peer in (("east", "west"), ("west", "east")):
                    superuser = f"postgresql://postgres:{database.password}@127.0.0.1:{database.port}/{names[name]}"
                    regions[name] = await stack.enter_async_context(
                        region(
                            settings_of(servers, name, names[name]),
                            book,
                            superuser,
                            lambda peer=peer: regions[peer].app if link["up"] else None,
                        )
                    )
                made = World(regions["east"], regions["west"], book, link)
                await meet(*made.regions)
                yield made
        finally:
            for each in names.values():
                database.execute(f"DROP DATABASE {each} WITH (FORCE)")

    return opened


@pytest.fixture
def run() -> Callable:
    """Run a coroutine on the event loop that the service runs on."""

    def runner(work):
        async def within_deadline():
            async with asyncio.timeout(180):
                return await work

        return uvloop.run(within_deadline())

    return runner
