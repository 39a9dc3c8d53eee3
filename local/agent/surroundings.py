"""What a container is told on one machine: its environment, with paths, names and identity mapped.

Everything else is as the pod's specification has it.
"""

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from local import names, pki
from local.places import Place

Object = dict[str, Any]


def environment(
    place: Place, pod: Object, container: Object, address: str, folder: Path
) -> dict[str, str]:
    """Return a container's environment. `folder` holds the pod's volumes, by name.

    Raises:
        ValueError: it asks for a value of a kind that is not provided here.

    """
    mounts = {
        each["mountPath"].rstrip("/"): folder / each["name"] / each.get("subPath", "")
        for each in container.get("volumeMounts", [])
    }
    told: dict[str, str] = {
        "PATH": f"{Path(sys.executable).parent}:{os.environ.get('PATH', os.defpath)}",
        "HOME": str(folder),
        "LANG": "C.UTF-8",
        "PYTHONUNBUFFERED": "1",
        **_identity(place),
    }
    if "/tmp" in mounts:  # noqa: S108 - the pod's own, a folder of ours here
        told["TMPDIR"] = str(mounts["/tmp"])  # noqa: S108 - the same
    for variable in container.get("env", []):
        told[variable["name"]] = _value(variable, pod, address, told, place, mounts)
    if told.get("KAFKA_SIGN_IN"):
        told |= _kafka_identity(place, pod["spec"]["serviceAccountName"])
    return told


def _value(
    variable: Object,
    pod: Object,
    address: str,
    told: Mapping[str, str],
    place: Place,
    mounts: Mapping[str, Path],
) -> str:
    source = variable.get("valueFrom")
    if source:
        return _field(variable["name"], source, pod, address)
    value = variable.get("value", "")
    for name, earlier in told.items():
        value = value.replace(f"$({name})", earlier)
    for path, folder in mounts.items():
        if value == path or value.startswith(f"{path}/"):
            return str(folder) + value.removeprefix(path)
    return names.resolve_all(value, place.region)


def _field(name: str, source: Object, pod: Object, address: str) -> str:
    path = source.get("fieldRef", {}).get("fieldPath")
    known = {
        "metadata.name": pod["metadata"]["name"],
        "metadata.namespace": pod["metadata"]["namespace"],
        "metadata.uid": pod["metadata"]["uid"],
        "spec.nodeName": pod["spec"].get("nodeName", ""),
        "spec.serviceAccountName": pod["spec"]["serviceAccountName"],
        "status.podIP": address,
        "status.hostIP": address,
    }
    if path not in known:
        raise ValueError(
            f"{name} comes from {source!r}; on one machine a variable is a literal or a fieldRef"
            f" of {', '.join(known)}"
        )
    return known[path]


def _identity(place: Place) -> dict[str, str]:
    """Stand in for EKS Pod Identity: the AWS SDK signs, and the region's stand-in answers."""
    return {
        "AWS_ENDPOINT_URL": place.aws_url,
        "AWS_REGION": place.region,
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",  # a signature's form is asked for, not a real key
        "AWS_EC2_METADATA_DISABLED": "true",
    }


def _kafka_identity(place: Place, account: str) -> dict[str, str]:
    """Sign in by a certificate of the pod's ServiceAccount: there is no IAM to ask."""
    if account not in pki.SERVICES:
        return {}
    return {
        "KAFKA_SIGN_IN": "certificate",
        "KAFKA_CERTIFICATE": str(place.certificate(account)),
        "KAFKA_KEY": str(place.key(account)),
    }
