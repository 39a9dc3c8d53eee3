"""What Vault is told of its surroundings, mapped to this machine.

Its process uses no names of the platform and no pod's token, so it gets addresses, the cloud's own
authority, and a token of the ServiceAccount that its pod would have.
"""

from http import HTTPStatus

from local import names
from local.plugins.kubernetes.api import ApiError, ApiServer
from local.plugins.vault.client import Body
from local.plugins.vault.kinds import Server

REVIEWER = ("vault", "vault")
"""Namespace and name of the ServiceAccount of Vault's own pods."""
REVIEWER_SECONDS = 365 * 24 * 3600
"""A pod's token is renewed by its kubelet; this one is asked for once."""


def database(server: Server, body: Body) -> Body:
    """Flatten the database's block, with an address and the authority that signed for it."""
    block = body.pop("postgresql", None)
    if not block:
        return body
    region = server.place.region
    flat = {_snake(key): value for key, value in block.items()}
    flat["connection_url"] = names.resolve_all(flat["connection_url"], region)
    return {
        "plugin_name": "postgresql-database-plugin",
        "tls_ca": server.place.ca.read_text(),
        **body,
        **flat,
    }


def kubernetes(server: Server, body: Body) -> Body:
    """Name the API server by address, and give Vault the token that its pod would have."""
    mapped = {
        **body,
        "kubernetes_host": names.resolve_all(body["kubernetes_host"], server.place.region),
        "kubernetes_ca_cert": server.place.ca.read_text(),
        "disable_local_ca_jwt": True,
    }
    if "token_reviewer_jwt" not in body:
        mapped["token_reviewer_jwt"] = _reviewer(server)
    return mapped


def _reviewer(server: Server) -> str:
    """Return a token of Vault's ServiceAccount; empty where there is none, as Vault takes it.

    Vault then shows the API server the token that it is asked about, whose account must be allowed
    to have itself reviewed.
    """
    namespace, name = REVIEWER
    try:
        return ApiServer.at(server.place).token(namespace, name, REVIEWER_SECONDS)
    except ApiError as error:
        if error.status == HTTPStatus.NOT_FOUND:
            return ""
        raise


def _snake(key: str) -> str:
    return "".join(f"_{each.lower()}" if each.isupper() else each for each in key)
