"""A pod's status, from the state of its containers."""

from collections.abc import Sequence
from typing import Any

from local.agent.container import Container

Object = dict[str, Any]


def phase(containers: Sequence[Container], *, ended: bool) -> str:
    """Return the pod's phase; `ended`: no container will be started again."""
    ends = [each.state.get("terminated") for each in containers]
    if ended and all(ends):
        return "Failed" if any(each and each["exitCode"] for each in ends) else "Succeeded"
    if any("running" in each.state or each.restarts for each in containers) or any(ends):
        return "Running"
    return "Pending"


def status(
    containers: Sequence[Container], address: str, before: Object, moment: str, *, ended: bool
) -> Object:
    """Return the status to publish. `before` is the published one, `moment` is now."""
    current = phase(containers, ended=ended)
    ready = bool(containers) and all(each.ready for each in containers)
    reason = None
    if not ready:
        reason = "PodCompleted" if current == "Succeeded" else "ContainersNotReady"
    conditions = [
        _condition(type_, holds, reason if type_ in _ABOUT_CONTAINERS else None, before, moment)
        for type_, holds in (
            ("PodScheduled", True),
            ("Initialized", True),
            ("ContainersReady", ready),
            ("Ready", ready),
        )
    ]
    return {
        "phase": current,
        "podIP": address,
        "podIPs": [{"ip": address}],
        "hostIP": address,
        "startTime": before.get("startTime", moment),
        "conditions": conditions,
        "containerStatuses": [_container(each) for each in containers],
    }


_ABOUT_CONTAINERS = ("ContainersReady", "Ready")


def _condition(type_: str, holds: bool, reason: str | None, before: Object, moment: str) -> Object:  # noqa: FBT001 - a condition's own value
    text = "True" if holds else "False"
    changed = moment
    for each in before.get("conditions", []):
        if each["type"] == type_ and each["status"] == text:
            changed = each["lastTransitionTime"]
    found = {"type": type_, "status": text, "lastTransitionTime": changed}
    return {**found, "reason": reason} if reason else found


def _container(container: Container) -> Object:
    return {
        "name": container.name,
        "image": container.image,
        "imageID": "",
        "ready": container.ready,
        "started": container.started,
        "restartCount": container.restarts,
        "state": container.state,
        "lastState": container.last_state,
    }
