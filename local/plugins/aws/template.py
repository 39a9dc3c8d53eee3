"""Identifiers in AWS's formats, the same for the same resource on every machine.

In a template stand

- `{account}`, `{region}`, `{name}`, and once they are made `{id}`;
- `{in:path}`: an input, nested ones by dotted path; `{last:path}` and `{tail:path}`: what
  follows its last slash, its first;
- made from the resource's URN and a word: `{hex:word}` (17 digits, as EC2 has them), `{half:word}`
  (16), `{short:word}` (8), `{number:word}` (10 decimals), `{upper:word}` (13 of A-Z0-9),
  `{uuid:word}`, `{ip:word}` (of the addresses for documentation).
"""

import base64
import hashlib
import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from local.plugins.values import Properties, StandInError

_PLACE = re.compile(r"\{(\w+)(?::([\w.]+))?\}")


@dataclass(frozen=True, kw_only=True)
class Context:
    """What a template may refer to."""

    seed: str
    """What the resource is told apart by."""
    words: Mapping[str, str]
    inputs: Properties

    def fill(self, template: Any) -> Any:
        """Return a template with its places filled, in lists and tables too.

        Raises:
            StandInError: the resource lacks an input that the template names.

        """
        if isinstance(template, str):
            return _PLACE.sub(self._place, template)
        if isinstance(template, list):
            return [self.fill(each) for each in cast("list[Any]", template)]
        if isinstance(template, dict):
            items = cast("Properties", template).items()
            return {key: self.fill(each) for key, each in items}
        return template

    def _place(self, found: re.Match[str]) -> str:
        kind, rest = found[1], found[2] or ""
        if kind in ("in", "last", "tail"):
            text = str(self._input(rest))
            return {"in": text, "last": text.rpartition("/")[2], "tail": text.partition("/")[2]}[
                kind
            ]
        if kind in self.words:
            return self.words[kind]
        return derived(kind, f"{self.seed}|{rest}")

    def _input(self, path: str) -> Any:
        value: Any = self.inputs
        for key in path.split("."):
            value = cast("Properties", value).get(key) if isinstance(value, dict) else None
        if value is None:
            raise StandInError(f"{path} is not given, and the resource's id or ARN holds it")
        return value


def derived(kind: str, text: str) -> str:
    """Return an identifier of a kind that follows from a text.

    Raises:
        KeyError: there is no such kind.

    """
    digest = hashlib.sha256(text.encode()).digest()
    number = int.from_bytes(digest[:8])
    return {
        "hex": digest.hex()[:17],
        "half": digest.hex()[:16],
        "short": digest.hex()[:8],
        "number": f"{number % 10**10:010}",
        "upper": base64.b32encode(digest).decode()[:13],
        "uuid": str(uuid.UUID(bytes=digest[:16], version=4)),
        "ip": f"203.0.113.{number % 254 + 1}",
    }[kind]


def laid_over(inputs: Any, computed: Any) -> Any:
    """Return inputs with computed values over them, table by table; None counts as not given."""
    if isinstance(inputs, dict) and isinstance(computed, dict):
        below, above = cast("Properties", inputs), cast("Properties", computed)
        return {**below, **{key: laid_over(below.get(key), each) for key, each in above.items()}}
    return computed
