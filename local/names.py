"""The private DNS of the one-machine cloud: the platform's host names, as loopback addresses.

A name of the other region leads through the simulated Atlantic.
"""

import re

from local import addresses

_PATTERNS = (
    (r"vault\.(?P<region>[a-z0-9-]+)\.evenkeel\.internal", "vault"),
    (r"db\.(?P<region>[a-z0-9-]+)\.evenkeel\.internal", "postgres"),
    (r"intake\.(?P<region>[a-z0-9-]+)\.evenkeel\.internal", "gateway"),
    (r"(?P<region>[a-z0-9-]+)\.eks\.evenkeel\.internal", "kubernetes"),
    (r"b-\d+\.[a-z0-9.-]+\.kafka\.(?P<region>[a-z0-9-]+)\.amazonaws\.com", "kafka"),
)
ACQUIRER = "acquirer.example.com"
"""The settlement bank of the stacks' own configuration; each region reaches a simulator of it."""

_HOST = re.compile(
    "|".join(
        [*(pattern.replace("?P<region>", "") for pattern, _ in _PATTERNS), re.escape(ACQUIRER)]
    )
)


def resolve(host: str, seen_from: str) -> str:
    """Return the loopback address behind a platform's host name, else the name as it is."""
    if host == ACQUIRER:
        return addresses.server(seen_from, "acquirer")
    for pattern, server in _PATTERNS:
        found = re.fullmatch(pattern, host)
        if found and found["region"] in addresses.REGIONS:
            region = found["region"]
            if region == seen_from or server not in addresses.WAN:
                return addresses.server(region, server)
            return addresses.over_wan(region, server)
    return host


def resolve_all(text: str, seen_from: str) -> str:
    """Replace each of the platform's host names in a text, such as a URL or a broker list."""
    return _HOST.sub(lambda found: resolve(found[0], seen_from), text)
