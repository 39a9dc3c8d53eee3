"""Rules for Amazon ECS."""

import json
from collections.abc import Iterator
from typing import Any, Final

from policies.rule import UNKNOWN, Example, NotApplicable, Resource, Severity, Undecidable, rule
from policies.rules.literals import secret_variable
from policies.rules.remedy import hub
from policies.rules.shapes import (
    at,
    must_be_false,
    must_be_one_of,
    must_not_be,
)

SERVICE: Final = "aws:ecs/service:Service"
SET: Final = "aws:ecs/taskSet:TaskSet"
TASK: Final = "aws:ecs/taskDefinition:TaskDefinition"
CLUSTER: Final = "aws:ecs/cluster:Cluster"

ecs_service_private = must_be_false(
    "networkConfiguration.assignPublicIp",
    default=False,
    id="ecs-service-private",
    title="Services get no public address",
    on=(SERVICE,),
    pci=("1.4.4",),
    controls=("ECS.2",),
    severity=Severity.HIGH,
    says="Each of its tasks gets a public address",
    why="Only load balancers stand between the internet and what handles account data.",
)

ecs_set_private = must_be_false(
    "networkConfiguration.assignPublicIp",
    default=False,
    id="ecs-set-private",
    title="Task sets get no public address",
    on=(SET,),
    pci=("1.4.4",),
    controls=("ECS.16",),
    severity=Severity.HIGH,
    says="Each of its tasks gets a public address",
    why="Only load balancers stand between the internet and what handles account data.",
)

ecs_platform_latest = must_be_one_of(
    "platformVersion",
    ("LATEST",),
    unlike="1.3.0",
    default="LATEST",
    id="ecs-platform-latest",
    title="Fargate services run on the latest platform",
    on=(SERVICE,),
    only={"launchType": ("FARGATE",)},
    pci=("6.3.3",),
    controls=("ECS.10",),
    severity=Severity.MEDIUM,
    says="It stays on platform {value}, whatever holes are found in it",
    why="Critical fixes have to be in within a month of their release.",
)

ecs_no_way_in = must_be_false(
    "enableExecuteCommand",
    default=False,
    id="ecs-no-way-in",
    title="Nobody runs commands in a running task",
    on=(SERVICE,),
    pci=("8.6.1", "2.2.4"),
    severity=Severity.MEDIUM,
    says="Whoever has the right gets a shell in it, with its rights",
    reference="https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-exec.html",
    why="A service's account is not for people.",
)

ecs_namespace_own = must_not_be(
    "pidMode",
    ("host",),
    good="task",
    id="ecs-namespace-own",
    title="Tasks do not see the processes of their host",
    on=(TASK,),
    pci=("2.2.3", "7.2.5"),
    controls=("ECS.3",),
    severity=Severity.HIGH,
    says="It sees, and may stop, what else runs on the host",
    why="Functions of different security levels do not share a process table.",
)


def containers(task: Resource) -> list[dict[str, Any]]:
    """The container definitions, which are JSON inside of a text.

    Raises:
        Undecidable: They are unknown, or no JSON.

    """
    text = task.get("containerDefinitions", default="[]")
    try:
        found = json.loads(text) if isinstance(text, str) else text
    except ValueError:
        raise Undecidable("containerDefinitions", "is no JSON") from None
    return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []


def running(**container: object) -> dict[str, object]:
    """A task of one container."""
    return {"containerDefinitions": json.dumps([{"name": "app", **container}])}


@rule(
    id="ecs-no-secret-in-variables",
    title="Tasks' variables hold no secret",
    on=(TASK,),
    pci=("8.6.2",),
    controls=("ECS.8",),
    severity=Severity.HIGH,
    fix='aws.ecs.TaskDefinition(..., container_definitions=json.dumps([{"secrets":'
    ' [{"name": "DATABASE_PASSWORD", "valueFrom": secret_arn}], **rest}]))',
    reference=hub("ECS.8"),
    passes=(
        running(environment=[{"name": "REGION", "value": "us-east-1"}]),
        running(secrets=[{"name": "DATABASE_PASSWORD", "valueFrom": "arn:secret"}]),
    ),
    fails=(
        running(environment=[{"name": "DATABASE_PASSWORD", "value": "hunter2-and-more"}]),
        running(environment=[{"name": "AWS_ACCESS_KEY_ID", "value": "AKIAIOSFODNN7EXAMPLE"}]),
    ),
    undecidable=({"containerDefinitions": UNKNOWN}, {"containerDefinitions": "no"}),
)
def ecs_no_secret_in_variables(task: Resource) -> Iterator[str]:
    """Whoever may look at a task reads its variables."""
    for container in containers(task):
        for variable in container.get("environment") or []:
            name = str(variable.get("name", "")) if isinstance(variable, dict) else ""
            if name and secret_variable(name, variable.get("value", "")):
                yield f"{name} is written out in its variables"


@rule(
    id="ecs-not-privileged",
    title="No container is as powerful as its host",
    on=(TASK,),
    pci=("2.2.6", "7.2.5"),
    controls=("ECS.4",),
    severity=Severity.HIGH,
    fix='aws.ecs.TaskDefinition(..., container_definitions=json.dumps([{"privileged": False,'
    " **rest}]))",
    reference=hub("ECS.4"),
    passes=(running(), running(privileged=False)),
    fails=(running(privileged=True),),
    undecidable=({"containerDefinitions": UNKNOWN},),
)
def ecs_not_privileged(task: Resource) -> Iterator[str]:
    """A privileged container is root on its host, with all that runs there."""
    for container in containers(task):
        if container.get("privileged") is True:
            yield f"{container.get('name', 'one')} is as powerful as its host"


@rule(
    id="ecs-root-read-only",
    title="Containers cannot change their own files",
    on=(TASK,),
    pci=("2.2.6", "11.5.2"),
    controls=("ECS.5",),
    severity=Severity.MEDIUM,
    fix="aws.ecs.TaskDefinition(..., "
    'container_definitions=json.dumps([{"readonlyRootFilesystem": True, **rest}]))',
    reference=hub("ECS.5"),
    passes=(running(readonlyRootFilesystem=True),),
    fails=(running(), running(readonlyRootFilesystem=False)),
    undecidable=({"containerDefinitions": UNKNOWN},),
)
def ecs_root_read_only(task: Resource) -> Iterator[str]:
    """An intruder who cannot write a file has a harder time staying."""
    for container in containers(task):
        if container.get("readonlyRootFilesystem") is not True:
            yield f"{container.get('name', 'one')} can change its own programs"


@rule(
    id="ecs-logs",
    title="Containers send their logs away",
    on=(TASK,),
    pci=("10.2.1",),
    controls=("ECS.9",),
    severity=Severity.MEDIUM,
    fix='aws.ecs.TaskDefinition(..., container_definitions=json.dumps([{"logConfiguration":'
    ' {"logDriver": "awslogs", "options": options}, **rest}]))',
    reference=hub("ECS.9"),
    passes=(running(logConfiguration={"logDriver": "awslogs"}),),
    fails=(running(), running(logConfiguration={"logDriver": "none"})),
    undecidable=({"containerDefinitions": UNKNOWN},),
)
def ecs_logs(task: Resource) -> Iterator[str]:
    """What a container said is lost with the container."""
    for container in containers(task):
        logging = container.get("logConfiguration") or {}
        if logging.get("logDriver", "none") in ("none", "json-file"):
            yield f"{container.get('name', 'one')} keeps its log to itself"


@rule(
    id="ecs-image-by-digest",
    title="Images are named by their digest",
    on=(TASK,),
    pci=("6.3.2", "11.5.2"),
    severity=Severity.MEDIUM,
    fix="aws.ecs.TaskDefinition(..., "
    'container_definitions=json.dumps([{"image": f"{repository}@{digest}", **rest}]))',
    reference="https://docs.aws.amazon.com/AmazonECS/latest/bestpracticesguide/container-considerations.html",
    passes=(running(image="repository@sha256:" + "0" * 64),),
    fails=(running(image="repository:latest"), running()),
    undecidable=({"containerDefinitions": UNKNOWN},),
)
def ecs_image_by_digest(task: Resource) -> Iterator[str]:
    """A tag can name another image tomorrow; a digest cannot."""
    for container in containers(task):
        image = str(container.get("image", "no image"))
        if "@sha256:" not in image:
            yield f"{image} can be another image tomorrow"


@rule(
    id="ecs-not-on-hosts-network",
    title="Tasks have a network of their own",
    on=(TASK,),
    pci=("1.3.1", "2.2.3"),
    controls=("ECS.17",),
    severity=Severity.MEDIUM,
    fix='aws.ecs.TaskDefinition(..., network_mode="awsvpc")',
    reference=hub("ECS.17"),
    passes=({"networkMode": "awsvpc"}, {}),
    fails=({"networkMode": "host"},),
    undecidable=({"networkMode": UNKNOWN},),
)
def ecs_not_on_hosts_network(task: Resource) -> Iterator[str]:
    """On its host's network a task has its host's rights, and no security group of its own."""
    if task.get("networkMode") == "host":
        yield "It uses the network of its host"


@rule(
    id="ecs-files-over-tls",
    title="Tasks mount file systems over TLS",
    on=(TASK,),
    pci=("4.2.1",),
    severity=Severity.HIGH,
    fix='aws.ecs.TaskDefinition(..., volumes=[{"efs_volume_configuration":'
    ' {"transit_encryption": "ENABLED", **rest}}])',
    reference="https://docs.aws.amazon.com/AmazonECS/latest/developerguide/efs-volumes.html",
    passes=(at("volumes[].efsVolumeConfiguration.transitEncryption", "ENABLED"),),
    fails=(
        at("volumes[].efsVolumeConfiguration.transitEncryption", "DISABLED"),
        at("volumes[].efsVolumeConfiguration.fileSystemId", "files"),
    ),
    undecidable=(at("volumes[].efsVolumeConfiguration.transitEncryption", UNKNOWN),),
    not_applicable=(Example({}), at("volumes[].name", "scratch")),
)
def ecs_files_over_tls(task: Resource) -> Iterator[str]:
    """NFS itself is plain text."""
    shared = [each for each in task.items("volumes[]") if each.has("efsVolumeConfiguration")]
    if not shared:
        raise NotApplicable("it mounts no file system")
    for volume in shared:
        if volume.get("efsVolumeConfiguration.transitEncryption", "DISABLED") != "ENABLED":
            yield "Its files travel in clear"


@rule(
    id="ecs-watched",
    title="Clusters report what goes on in them",
    on=(CLUSTER,),
    pci=("10.4.2",),
    controls=("ECS.12",),
    severity=Severity.LOW,
    fix='aws.ecs.Cluster(..., settings=[{"name": "containerInsights", "value": "enabled"}])',
    reference=hub("ECS.12"),
    passes=(
        {"settings": [{"name": "containerInsights", "value": "enabled"}]},
        {"settings": [{"name": "containerInsights", "value": "enhanced"}]},
    ),
    fails=({}, {"settings": [{"name": "containerInsights", "value": "disabled"}]}),
    undecidable=({"settings": [{"name": "containerInsights", "value": UNKNOWN}]},),
)
def ecs_watched(cluster: Resource) -> Iterator[str]:
    """Load that no request explains is seen in the containers' own numbers."""
    for each in cluster.items("settings[]"):
        if each.get("name") == "containerInsights" and each.get("value") in ("enabled", "enhanced"):
            return
    yield "What goes on in it shows nowhere"
