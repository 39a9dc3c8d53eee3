"""Secrets written out in a text, such as a start-up script or an environment variable."""

import re
from collections.abc import Iterator
from typing import Final

from policies.rule import Node, Undecidable

ACCESS_KEY: Final = re.compile(r"\b(AKIA|ASIA)[A-Z0-9]{16}\b")
PRIVATE_KEY: Final = re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----")
ASSIGNED: Final = re.compile(
    r"(?i)([\w-]*(?:password|passwd|secret|api_?key|private_?key|access_?key|auth_?token))"
    r"""["']?\s*[:=]\s*["']?([^\s"'${}<>,;]{6,})"""
)
NAMED: Final = re.compile(
    r"(?i)(password|passwd|secret|api_?key|private_?key|access_?key|auth_?token|credential)"
)
ELSEWHERE: Final = re.compile(r"^(arn:|ssm:|vault:|secret:|/|\{\{|\$|file:|https?://[^@]*$)")
POINTS: Final = re.compile(r"(?i)(_arn|_path|_file|_name|_id|_url|_endpoint|_version)$")


def secret_in(text: str) -> str:
    """What kind of secret a text holds, named so that a report may print it; "" for none."""
    if ACCESS_KEY.search(text):
        return "an AWS access key"
    if PRIVATE_KEY.search(text):
        return "a private key"
    assigned = ASSIGNED.search(text)
    if assigned and not ELSEWHERE.match(assigned.group(2)) and not POINTS.search(assigned.group(1)):
        return f"a value of {assigned.group(1)}"
    return ""


def secret_variable(name: str, value: object) -> bool:
    """Whether an environment variable is a secret, written out rather than pointed to."""
    text = str(value)
    if ACCESS_KEY.search(text) or PRIVATE_KEY.search(text):
        return True
    if not text or not NAMED.search(name) or POINTS.search(name):
        return False
    return not ELSEWHERE.match(text)


def secret_variables(node: Node, path: str) -> Iterator[str]:
    """Names of the secrets in an object of environment variables.

    Raises:
        Undecidable: The object, or a value in it, is unknown; after the names that are sure.

    """
    unknown: Undecidable | None = None
    for each in node.items(path):
        for name in each.props:
            try:
                value = each.get([name])
            except Undecidable as later:
                unknown = later
                continue
            if secret_variable(name, value):
                yield name
    if unknown:
        raise unknown
