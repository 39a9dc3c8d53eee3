"""What AWS would compute for each type that the stand-in knows: `catalogue/*.toml`.

A table is a resource type:

- `id`, `arn`, `outputs`: templates, see `template.py`. Outputs are laid over the inputs.
- `names`: the input that is its name, filled in where the program gives none; it begins with
  `prefix` then and has at most `longest` characters.
- `replaces`: inputs whose change replaces the resource, nested ones by dotted path.
- `deletes_first`: there can't be two of one name.
- `counters`: outputs that begin at 1 and grow by each update; `volatile`: others that an update
  changes.
"""

import functools
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parent / "catalogue"


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One resource type."""

    id: str
    arn: str | None = None
    names: str | None = None
    prefix: str = ""
    longest: int = 255
    replaces: Sequence[str] = ()
    deletes_first: bool = False
    counters: Sequence[str] = ()
    volatile: Sequence[str] = ()
    outputs: Mapping[str, Any] = field(default_factory=dict[str, Any])


@functools.cache
def entries() -> Mapping[str, Entry]:
    """Return all entries by resource type.

    Raises:
        ValueError: two files have an entry for one type.

    """
    found: dict[str, Entry] = {}
    for path in sorted(FOLDER.glob("*.toml")):
        for token, table in tomllib.loads(path.read_text()).items():
            if token in found:
                raise ValueError(f"{path.name} has a second entry for {token}")
            found[token] = Entry(**table)
    return found
