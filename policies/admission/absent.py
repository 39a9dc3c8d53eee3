"""Rules about Kubernetes that are not at admission, each with its reason."""

from collections.abc import Mapping
from typing import Final

_EXEMPT = "the API server puts its own admission configuration before no admission policy"
_TEXT = "it reads a file format inside of a ConfigMap, which CEL has no parser for"

ABSENT: Final[Mapping[str, str]] = {
    "admission-webhook-fails-closed": _EXEMPT,
    "admission-policy-denies": _EXEMPT,
    "secret-not-in-the-program": "at admission nobody sees whether a Secret came from a program",
    "logs-masked": _TEXT,
    "logs-sent-encrypted": _TEXT,
    "vault-listens-on-tls": _TEXT,
    "vault-listens-on-tls-1-2-or-later": _TEXT,
    "vault-sealed-by-kms": _TEXT,
    "vault-storage-not-raw": _TEXT,
    "vault-no-web-console": _TEXT,
    "vault-metrics-authenticated": _TEXT,
}
"""Rules that look at a whole stack need no reason here: no single object answers them."""
