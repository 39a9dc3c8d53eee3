"""Where everything of the one-machine cloud lies: folders, addresses, credentials' files."""

import os
from dataclasses import dataclass
from pathlib import Path

from local import addresses

REPOSITORY = Path(__file__).resolve().parent.parent


def home() -> Path:
    """Return the folder of the cloud's state: `EVENKEEL_HOME`, else the user's data folder.

    Root's is /var/lib/evenkeel: PostgreSQL runs as another user then, who may not enter /root.
    """
    given = os.environ.get("EVENKEEL_HOME")
    if given:
        return Path(given)
    if os.geteuid() == 0:
        return Path("/var/lib/evenkeel")
    return Path.home() / ".local" / "share" / "evenkeel"


def cache() -> Path:
    """Return the folder of built tools: `EVENKEEL_CACHE`, else the user's cache folder."""
    given = os.environ.get("EVENKEEL_CACHE")
    return Path(given) if given else Path.home() / ".cache" / "evenkeel"


def pki() -> Path:
    """Return the folder of the cloud's certificate authority and what it issued."""
    return home() / "pki"


def logs() -> Path:
    """Return the folder of the servers' logs."""
    return home() / "logs"


@dataclass(frozen=True)
class Place:
    """One region of the one-machine cloud."""

    region: str

    @property
    def home(self) -> Path:
        """The region's folder."""
        return home() / self.region

    @property
    def peer(self) -> "Place":
        """The other region."""
        return next(Place(each) for each in addresses.REGIONS if each != self.region)

    def folder(self, server: str) -> Path:
        """Return a server's folder, made if need be, readable by its owner alone."""
        path = self.home / server
        path.mkdir(parents=True, exist_ok=True, mode=0o700)
        return path

    def address(self, server: str) -> str:
        """Return a server's loopback address."""
        return addresses.server(self.region, server)

    @property
    def ca(self) -> Path:
        """The certificate authority's certificate, PEM."""
        return pki() / "ca.pem"

    def certificate(self, name: str) -> Path:
        """Return the certificate of a client or server, PEM; its chain is in the file."""
        return pki() / f"{name}.pem"

    def key(self, name: str) -> Path:
        """Return the private key of a client or server, PEM."""
        return pki() / f"{name}.key"

    @property
    def kubernetes_url(self) -> str:
        """The API server."""
        return f"https://{self.address('kubernetes')}"

    @property
    def kubernetes_token(self) -> str:
        """The administrator's bearer token.

        Raises:
            FileNotFoundError: the region was never up.

        """
        return (self.home / "kubernetes" / "admin.token").read_text()

    @property
    def vault_url(self) -> str:
        """The region's Vault."""
        return f"https://{self.address('vault')}:8200"

    @property
    def kafka(self) -> str:
        """The broker's mutual-TLS listener, host:port."""
        return f"{self.address('kafka')}:9098"

    @property
    def connect_url(self) -> str:
        """The Connect worker's REST interface."""
        return f"http://{self.address('connect')}:8083"

    @property
    def aws_url(self) -> str:
        """The stand-in for the AWS APIs that servers call at run time: KMS and STS."""
        return f"http://{self.address('aws')}:4566"

    @property
    def postgres_host(self) -> str:
        """PostgreSQL's address."""
        return self.address("postgres")

    @property
    def postgres_port(self) -> int:
        """PostgreSQL's port."""
        return 5432

    @property
    def postgres_password(self) -> str:
        """The password of `provisioner`.

        Raises:
            FileNotFoundError: the region was never up.

        """
        return (self.home / "postgres" / "provisioner.password").read_text()
