"""Waiting for what an object sets going: a Job's end, a Deployment's pods."""

from collections.abc import Iterator, Mapping
from typing import Any

from local.plugins.kubernetes.api import ApiServer, Object, wait

SECONDS_MAX = 600.0
"""As long as Pulumi's own plugin waits."""


class RolloutError(Exception):
    """What was set going failed; the message has what its pods said last."""


def settle(server: ApiServer, applied: Object) -> Object:
    """Wait for a Job to complete or a Deployment to be out; return the object as it is then.

    Raises:
        RolloutError: it failed.
        LateError: it had not come to an end in time.

    """
    done = {("batch/v1", "Job"): _job_done, ("apps/v1", "Deployment"): _deployment_done}.get(
        (applied["apiVersion"], applied["kind"])
    )
    if done is None:
        return applied
    latest = [applied]

    def settled() -> bool:
        found = server.read(applied)
        if found is None:
            raise RolloutError("somebody deleted it meanwhile")
        latest[0] = found
        return done(server, found)

    seconds_max = max(SECONDS_MAX, applied["spec"].get("activeDeadlineSeconds", 0))
    wait(
        settled,
        seconds_max,
        lambda: f"{_progress(latest[0])}; its pods say: {_pods_say(server, latest[0])}",
    )
    return latest[0]


def _conditions(found: Object) -> Mapping[str, Mapping[str, Any]]:
    return {each["type"]: each for each in found.get("status", {}).get("conditions") or []}


def _job_done(server: ApiServer, job: Object) -> bool:
    conditions = _conditions(job)
    failed = conditions.get("Failed", {})
    if failed.get("status") == "True":
        raise RolloutError(
            f"it failed: {failed.get('message', 'no reason given')}; its pods say:"
            f" {_pods_say(server, job)}"
        )
    return conditions.get("Complete", {}).get("status") == "True"


def _deployment_done(server: ApiServer, deployment: Object) -> bool:
    status = deployment.get("status", {})
    progressing = _conditions(deployment).get("Progressing", {})
    if progressing.get("reason") == "ProgressDeadlineExceeded":
        raise RolloutError(
            f"it does not get ready: {progressing.get('message')}; its pods say:"
            f" {_pods_say(server, deployment)}"
        )
    wanted = deployment["spec"]["replicas"]
    return (
        status.get("observedGeneration", 0) >= deployment["metadata"]["generation"]
        and status.get("updatedReplicas", 0) == wanted
        and status.get("replicas", 0) == wanted
        and status.get("availableReplicas", 0) == wanted
    )


def _progress(found: Object) -> str:
    status = found.get("status", {})
    if found["kind"] == "Job":
        return f"{status.get('active', 0)} pods ran, {status.get('failed', 0)} had failed"
    ready, wanted = status.get("readyReplicas", 0), found["spec"].get("replicas", 1)
    return f"{ready} of {wanted} pods were ready"


def _pods_say(server: ApiServer, owner: Object) -> str:
    """Return what the pods of a Job or Deployment that are not well say, the newest last."""
    labels = owner["spec"]["selector"]["matchLabels"]
    pods: list[Object] = server.get(
        f"/api/v1/namespaces/{owner['metadata']['namespace']}/pods",
        labelSelector=",".join(f"{key}={value}" for key, value in labels.items()),
    )["items"]
    pods.sort(key=_made)
    said = [line for pod in pods for line in _words(pod)]
    return "\n".join(said[-3:]) or "nothing; is the region's node agent up?"


def _words(pod: Object) -> Iterator[str]:
    name, status = pod["metadata"]["name"], pod.get("status", {})
    for container in status.get("containerStatuses", []):
        for state in (container.get("state", {}), container.get("lastState", {})):
            reason = state.get("waiting") or state.get("terminated") or {}
            text = reason.get("message") or reason.get("reason")
            if text and reason.get("exitCode") != 0:
                yield f"{name}: {text.strip()}"
    for condition in status.get("conditions", []):
        if condition["status"] == "False" and condition.get("message"):
            yield f"{name}: {condition['message']}"


def _made(pod: Object) -> str:
    """Return when a pod was made: RFC 3339 sorts as text."""
    return str(pod["metadata"]["creationTimestamp"])
