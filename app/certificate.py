"""The client's certificate, as the gateway that ended its TLS session names it."""

import base64
import re
from collections.abc import Mapping

_HASH = re.compile(r"(?:^|;)Hash=([0-9a-fA-F]{64})(?:;|$)")


def client_hash(headers: Mapping[str, str], *, trusted_proxy: bool) -> str | None:
    """Return the sha256 of the client's certificate (DER), hex, or None where there is none.

    The header is believed only behind our own gateway, which replaces whatever a client sends.
    More than one element means that someone added to it: then nothing is believed.
    """
    if not trusted_proxy:
        return None
    header = headers.get("x-forwarded-client-cert", "")
    found = _HASH.findall(header)
    return found[0].lower() if len(found) == 1 and header.count("Hash=") == 1 else None


def thumbprint(hexadecimal: str) -> str:
    """Return a certificate's hash as `x5t#S256` has it (RFC 8705, 3.1)."""
    return base64.urlsafe_b64encode(bytes.fromhex(hexadecimal)).rstrip(b"=").decode()
