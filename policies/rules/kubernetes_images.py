"""Rules for what a container is made of, and for who may step into it."""

import re
from collections.abc import Iterator

from policies.rule import UNKNOWN, Resource, Severity, rule
from policies.rules.pod import (
    WORKLOADS,
    bare_pod,
    called,
    containers,
    cron_job,
    deployment,
    template,
)

_IMAGES = "https://kubernetes.io/docs/concepts/containers/images/"
_DIGEST = re.compile(r"@sha256:[0-9a-f]{64}$")
_REGISTRY = re.compile(r"^([a-z0-9-]+(\.[a-z0-9-]+)+|localhost)(:\d+)?/")
_ONE_LAYER = ("sh", "bash", "ash", "/bin/sh", "/bin/bash", "/bin/ash", "sleep", "/bin/sleep")


@rule(
    id="pod-image-by-digest",
    title="Images are named by digest",
    on=WORKLOADS,
    pci=("6.3.2",),
    severity=Severity.HIGH,
    fix='{"image": f"{repository_url}@sha256:{digest}"}',
    reference=_IMAGES,
    passes=(deployment(), cron_job()),
    fails=(
        deployment({"image": "registry.k8s.io/pause:3.10"}),
        cron_job({"image": "registry.k8s.io/pause"}),
        bare_pod({"image": "registry.k8s.io/pause:latest"}),
    ),
    undecidable=(deployment({"image": UNKNOWN}),),
)
def pod_image_by_digest(workload: Resource) -> Iterator[str]:
    """A tag can be moved; only a digest says which software, with which parts, is running."""
    for container in containers(workload):
        image = container.get("image", "")
        if not _DIGEST.search(image):
            yield f"{called(container)} runs {image or 'an image that is not named'}, not a digest"


@rule(
    id="pod-image-registry-named",
    title="Each image names the registry that it comes from",
    on=WORKLOADS,
    pci=("12.8.1",),
    severity=Severity.MEDIUM,
    fix='{"image": "123456789012.dkr.ecr.us-east-1.amazonaws.com/payments@sha256:..."}',
    reference=_IMAGES,
    passes=(deployment(), deployment({"image": f"public.ecr.aws/istio/pilot@sha256:{'0' * 64}"})),
    fails=(
        deployment({"image": f"redis@sha256:{'0' * 64}"}),
        deployment({"image": "library/redis:8"}),
        cron_job({"image": "busybox"}),
    ),
    undecidable=(deployment({"image": UNKNOWN}),),
)
def pod_image_registry_named(workload: Resource) -> Iterator[str]:
    """An image without a registry comes from whichever third party the node is set up for."""
    for container in containers(workload):
        if not _REGISTRY.match(container.get("image", "")):
            yield f"{called(container)} does not say which registry its image comes from"


@rule(
    id="pod-no-terminal",
    title="No container waits for somebody to type",
    on=WORKLOADS,
    pci=("8.6.1",),
    severity=Severity.MEDIUM,
    fix='# leave "stdin" and "tty" out',
    reference="https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/#debugging",
    passes=(deployment(), deployment({"stdin": False, "tty": False})),
    fails=(deployment({"tty": True}), cron_job({"stdin": True}), bare_pod({"tty": True})),
    undecidable=(deployment({"tty": UNKNOWN}),),
)
def pod_no_terminal(workload: Resource) -> Iterator[str]:
    """A service account is not for a person; a container with a terminal is made for one."""
    for container in containers(workload):
        if container.get("tty", False) or container.get("stdin", False):
            yield f"{called(container)} keeps a terminal open"


@rule(
    id="pod-runs-no-shell",
    title="No container starts a bare shell",
    on=WORKLOADS,
    pci=("2.2.4",),
    severity=Severity.MEDIUM,
    fix='{"command": ["python", "-m", "app", "api"]}',
    reference="https://kubernetes.io/docs/tasks/inject-data-application/define-command-argument-container/",
    passes=(deployment(), deployment({"command": ["python", "-m", "app", "api"]})),
    fails=(
        deployment({"command": ["sh"]}),
        deployment({"command": ["/bin/sh", "-c", "sleep infinity"]}),
        cron_job({"command": ["sleep", "infinity"]}),
    ),
    undecidable=(deployment({"command": UNKNOWN}),),
)
def pod_runs_no_shell(workload: Resource) -> Iterator[str]:
    """A pod that only waits for a shell is a way in, and an image with a shell helps who got in."""
    for container in containers(workload):
        command = container.get("command", [])
        if command and command[0] in _ONE_LAYER:
            yield f"{called(container)} runs {command[0]}"


@rule(
    id="pod-in-mesh",
    title="No pod opts out of the mesh",
    on=WORKLOADS,
    pci=("4.2.1",),
    severity=Severity.HIGH,
    fix="# take the label and the annotation `sidecar.istio.io/inject` out",
    reference="https://istio.io/latest/docs/setup/additional-setup/sidecar-injection/",
    passes=(deployment(), deployment(annotations={"sidecar.istio.io/inject": "true"})),
    fails=(deployment(annotations={"sidecar.istio.io/inject": "false"}),),
    undecidable=(deployment(annotations={"sidecar.istio.io/inject": UNKNOWN}),),
)
def pod_in_mesh(workload: Resource) -> Iterator[str]:
    """Without its proxy a pod sends payments in clear, and is refused or, worse, let through."""
    made_from = template(workload)
    for place in ("annotations", "labels"):
        if made_from.get(("metadata", place, "sidecar.istio.io/inject")) == "false":
            yield f"The pods' {place} keep the mesh's proxy out"


@rule(
    id="pod-mesh-not-bypassed",
    title="No port or address goes round the mesh's proxy",
    on=WORKLOADS,
    pci=("4.2.1",),
    severity=Severity.HIGH,
    fix="# take the annotation out, and describe the destination by a ServiceEntry",
    reference="https://istio.io/latest/docs/reference/config/annotations/",
    passes=(
        deployment(),
        deployment(annotations={"traffic.sidecar.istio.io/excludeOutboundPorts": ""}),
    ),
    fails=(
        deployment(annotations={"traffic.sidecar.istio.io/excludeOutboundPorts": "5432"}),
        deployment(annotations={"traffic.sidecar.istio.io/excludeInboundPorts": "8080"}),
        deployment(annotations={"traffic.sidecar.istio.io/excludeOutboundIPRanges": "0.0.0.0/0"}),
    ),
    undecidable=(
        deployment(annotations={"traffic.sidecar.istio.io/excludeOutboundPorts": UNKNOWN}),
    ),
)
def pod_mesh_not_bypassed(workload: Resource) -> Iterator[str]:
    """What goes round the proxy is not encrypted by it, not authorised by it and not in its log."""
    made_from = template(workload)
    for name in ("excludeOutboundPorts", "excludeInboundPorts", "excludeOutboundIPRanges"):
        key = f"traffic.sidecar.istio.io/{name}"
        if value := made_from.get(("metadata", "annotations", key), ""):
            yield f"{name} lets {value} past the proxy"
