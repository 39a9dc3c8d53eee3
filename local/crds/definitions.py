"""The definitions themselves: fetched, stripped of their prose, kept in the tools' cache."""

import functools
import hashlib
import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from local import places, tools
from local.crds.operators import OPEN, SOURCES, Open, Source
from local.plugins.kubernetes.api import Object

FINGERPRINT = "evenkeel.dev/definition"
"""The annotation that says which definition it is."""


class CrdError(Exception):
    """Definitions could not be had; the message says which and why."""


@functools.cache
def every() -> tuple[Object, ...]:
    """Return every definition; the modules are fetched and read once a machine.

    Raises:
        CrdError: a module could not be fetched, or is not the one that it was.

    """
    key = hashlib.sha256(repr((SOURCES, OPEN)).encode() + Path(__file__).read_bytes()).hexdigest()
    kept = places.cache() / "crds" / f"{key[:12]}.json"
    if not kept.exists():
        found = [*_fetched(), *(open_to_all(each) for each in OPEN)]
        kept.parent.mkdir(parents=True, exist_ok=True)
        scratch = kept.with_suffix(f".{os.getpid()}")
        scratch.write_text(json.dumps([_marked(each) for each in found]))
        scratch.replace(kept)
    return tuple(json.loads(kept.read_text()))


def _fetched() -> Iterator[Object]:
    for source in SOURCES:
        folder = _download(source)
        for pattern in source.files:
            files = sorted(folder.glob(pattern))
            if not files:
                raise CrdError(f"{source.module} has no file {pattern}")
            for file in files:
                # The C parser reads Istio's 800 KB in a tenth of the time.
                for each in yaml.load_all(file.read_text(), yaml.CSafeLoader):
                    if each and each.get("kind") == "CustomResourceDefinition":
                        yield _plain(each)


def _download(source: Source) -> Path:
    tools.check()
    result = subprocess.run(
        ["go", "mod", "download", "-json", source.module],
        cwd=places.cache(),
        capture_output=True,
        text=True,
        check=False,
    )
    answer: dict[str, str] = json.loads(result.stdout or "{}")
    if result.returncode or "Dir" not in answer:
        why = answer.get("Error") or result.stderr.strip()
        raise CrdError(f"{source.module} could not be fetched: {why}")
    if answer.get("Sum") != source.sum:
        raise CrdError(
            f"{source.module} has the checksum {answer.get('Sum')}, expected {source.sum}"
        )
    return Path(answer["Dir"])


def _plain(definition: Object) -> Object:
    """Return what of a definition decides: no chart's labels, no prose, no webhook of nobody's."""
    spec = {key: value for key, value in definition["spec"].items() if key != "conversion"}
    return {
        "apiVersion": definition["apiVersion"],
        "kind": definition["kind"],
        "metadata": {
            "name": definition["metadata"]["name"],
            # The API server asks for a word on who approved kinds of Kubernetes' own groups.
            "annotations": {
                key: value
                for key, value in definition["metadata"].get("annotations", {}).items()
                if key == "api-approved.kubernetes.io"
            },
        },
        "spec": _without_prose(spec),
    }


def _without_prose(value: Any) -> Any:
    """Leave out descriptions, which are most of a definition, but not properties of that name."""
    if isinstance(value, dict):
        return {
            key: _without_prose(each)
            for key, each in value.items()
            if key != "description" or not isinstance(each, str)
        }
    if isinstance(value, list):
        return [_without_prose(each) for each in value]
    return value


def open_to_all(kind: Open) -> Object:
    """Return the definition of a kind of which any field is taken."""
    anything = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{kind.plural}.{kind.group}", "annotations": {}},
        "spec": {
            "group": kind.group,
            "scope": "Namespaced" if kind.namespaced else "Cluster",
            "names": {
                "kind": kind.kind,
                "listKind": f"{kind.kind}List",
                "plural": kind.plural,
                "singular": kind.kind.lower(),
            },
            "versions": [
                {
                    "name": kind.version,
                    "served": True,
                    "storage": True,
                    "schema": {
                        "openAPIV3Schema": {
                            "type": "object",
                            "properties": {"spec": anything, "status": anything},
                        }
                    },
                    "subresources": {"status": {}},
                }
            ],
        },
    }


def _marked(definition: Object) -> Object:
    """Write on a definition what it is, so that the next start sees that it is there."""
    text = json.dumps(definition, sort_keys=True)
    digest = hashlib.sha256(text.encode()).hexdigest()[:12]
    definition["metadata"]["annotations"][FINGERPRINT] = digest
    return definition
