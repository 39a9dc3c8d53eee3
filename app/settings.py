"""What a part is told by its environment; the only reader of it."""

import ipaddress
import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Part = Literal["api", "relay", "fraud", "risk", "processor", "projection", "migrate",
               "reconcile"]  # fmt: skip
PARTS: tuple[Part, ...] = ("api", "relay", "fraud", "risk", "processor", "projection", "migrate",
                         "reconcile")  # fmt: skip

_ALWAYS = ("REGION", "VAULT_ADDR", "VAULT_ROLE", "VAULT_TOKEN_FILE", "DATABASE_HOST",
           "DATABASE_ROLE")  # fmt: skip
_KAFKA = ("POD_IP", "PEER_REGION", "KAFKA_BROKERS", "KAFKA_SIGN_IN")
_NEEDS: dict[Part, tuple[str, ...]] = {
    "api": ("POD_IP", "PEER_REGION", "TOKEN_ISSUER", "PEER_INTAKE_URL"),
    "relay": _KAFKA,
    "fraud": _KAFKA,
    "risk": _KAFKA,
    "processor": (*_KAFKA, "ACQUIRER_URL"),
    "projection": _KAFKA,
    "migrate": (),
    "reconcile": (),
}


class SettingsError(Exception):
    """The environment lacks something or has nonsense in it; the message lists all of it."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """One part's environment, checked. Empty text stands for what the part does not need."""

    part: Part
    region: str
    peer_region: str
    host: str
    """Where to listen: the pod's own address."""
    port: int
    pod: str
    vault_addr: str
    vault_role: str
    vault_token_file: str
    database_host: str
    database_port: int
    database_name: str
    database_role: str
    trust_bundle: str
    """PEM file of the authorities that servers are believed by."""
    kafka_brokers: str
    kafka_sign_in: str
    kafka_certificate: str
    kafka_key: str
    acquirer_url: str
    token_issuer: str
    peer_intake_url: str
    trusted_proxy: bool
    """Whether what sets x-forwarded-client-cert is our own gateway."""
    otlp_endpoint: str

    @classmethod
    def from_env(cls, part: Part, env: Mapping[str, str] = os.environ) -> "Settings":
        """Read the environment of a part.

        Raises:
            SettingsError: naming every variable that is missing or wrong.

        """
        wrong = [f"{name} is not set" for name in (*_ALWAYS, *_NEEDS[part]) if not env.get(name)]
        ports = {name: env.get(name) or default for name, default in _PORTS.items()}
        wrong += [
            f"{name} is {value!r}, not a port" for name, value in ports.items() if not _port(value)
        ]
        sign_in = env.get("KAFKA_SIGN_IN", "")
        if sign_in not in ("", "iam", "certificate"):
            wrong.append(f"KAFKA_SIGN_IN is {sign_in!r}, not iam or certificate")
        if sign_in == "certificate":
            wrong += [
                f"{name} is not set, and KAFKA_SIGN_IN is certificate"
                for name in ("KAFKA_CERTIFICATE", "KAFKA_KEY")
                if not env.get(name)
            ]
        if not env.get("TRUST_BUNDLE") and not _loopback(env.get("DATABASE_HOST", "")):
            wrong.append("TRUST_BUNDLE is not set: without it only a loopback server is spoken to")
        if wrong:
            raise SettingsError("; ".join(wrong))
        return cls(
            part=part,
            region=env["REGION"],
            peer_region=env.get("PEER_REGION", ""),
            host=env.get("POD_IP", ""),
            port=int(ports["HTTP_PORT"]),
            pod=env.get("POD_NAME", part),
            vault_addr=env["VAULT_ADDR"].rstrip("/"),
            vault_role=env["VAULT_ROLE"],
            vault_token_file=env["VAULT_TOKEN_FILE"],
            database_host=env["DATABASE_HOST"],
            database_port=int(ports["DATABASE_PORT"]),
            database_name=env.get("DATABASE_NAME") or "payments",
            database_role=env["DATABASE_ROLE"],
            trust_bundle=env.get("TRUST_BUNDLE", ""),
            kafka_brokers=env.get("KAFKA_BROKERS", ""),
            kafka_sign_in=sign_in,
            kafka_certificate=env.get("KAFKA_CERTIFICATE", ""),
            kafka_key=env.get("KAFKA_KEY", ""),
            acquirer_url=env.get("ACQUIRER_URL", "").rstrip("/"),
            token_issuer=env.get("TOKEN_ISSUER", "").rstrip("/"),
            peer_intake_url=env.get("PEER_INTAKE_URL", "").rstrip("/"),
            trusted_proxy=env.get("TRUSTED_PROXY", "") == "true",
            otlp_endpoint=env.get("OTEL_EXPORTER_OTLP_ENDPOINT", ""),
        )


_PORTS = {"HTTP_PORT": "8080", "DATABASE_PORT": "5432"}


def _port(value: str) -> bool:
    return value.isdecimal() and 0 < int(value) < 65536  # noqa: PLR2004 - the range of TCP ports


def _loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
