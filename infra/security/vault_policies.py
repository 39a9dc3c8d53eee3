"""Vault policies, as text, from the table of services."""

import json
from collections.abc import Iterable

from infra.services import Capability, Service

OWN_TOKEN = (
    Capability(
        path="auth/token/renew-self", capabilities=("update",), why="keep its own token alive"
    ),
    Capability(
        path="auth/token/lookup-self",
        capabilities=("read",),
        why="see when its own token ends",
    ),
    Capability(path="auth/token/revoke-self", capabilities=("update",), why="leave nothing behind"),
)


def policy(service: Service) -> str:
    """Return the policy of one part: each path with its reason, and nothing else."""
    return render((*service.capabilities, *OWN_TOKEN))


def render(capabilities: Iterable[Capability]) -> str:
    """Capabilities in Vault's policy language."""
    return "\n".join(
        f"# {each.why}\n"
        f"path {json.dumps(each.path)} {{\n"
        f"  capabilities = {json.dumps(list(each.capabilities))}\n"
        "}\n"
        for each in capabilities
    )
