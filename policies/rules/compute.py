"""Rules for services that run programs on instances: Auto Scaling, Elastic Beanstalk, EMR."""

from collections.abc import Iterator
from typing import Final

from policies.rule import (
    UNKNOWN,
    NotApplicable,
    Resource,
    Severity,
    Stack,
    Undecidable,
    rule,
    stack_rule,
)
from policies.rules.neighbours import must_accompany
from policies.rules.remedy import Code, hub
from policies.rules.shapes import must_be_given, must_be_true

GROUP: Final = "aws:autoscaling/group:Group"
ENVIRONMENT: Final = ("aws:elasticbeanstalk/environment:Environment",)
EMR: Final = "aws:emr/cluster:Cluster"
EMR_BLOCK: Final = "aws:emr/blockPublicAccessConfiguration:BlockPublicAccessConfiguration"
SUBNET: Final = "aws:ec2/subnet:Subnet"
MANAGED: Final = "aws:elasticbeanstalk:managedactions"
UPDATES: Final = "aws:elasticbeanstalk:managedactions:platformupdate"
LOGS: Final = "aws:elasticbeanstalk:cloudwatch:logs"

emr_public_blocked = must_accompany(
    (EMR,),
    EMR_BLOCK,
    wants={"blockPublicSecurityGroupRules": True},
    id="emr-public-blocked",
    title="The account refuses public EMR clusters",
    pci=("1.4.4",),
    controls=("EMR.2",),
    severity=Severity.CRITICAL,
    says="Nothing stops it from being opened to the internet",
    why="EMR's programs were not built to face strangers.",
)

emr_block_on = must_be_true(
    "blockPublicSecurityGroupRules",
    id="emr-block-on",
    title="The block of public EMR clusters is on",
    on=(EMR_BLOCK,),
    pci=("1.4.4",),
    controls=("EMR.2",),
    severity=Severity.CRITICAL,
    says="It takes the block off",
    why="EMR's programs were not built to face strangers.",
)

emr_secured = must_be_given(
    "securityConfiguration",
    good=Code("security.name"),
    id="emr-secured",
    title="EMR clusters have a security configuration",
    on=(EMR,),
    pci=("3.5.1", "4.2.1"),
    controls=("EMR.3", "EMR.4"),
    severity=Severity.HIGH,
    says="Nothing encrypts what it stores and what it moves",
    why="A cluster that computes on account data stores and moves all of it.",
)

emr_logs = must_be_given(
    "logUri",
    good="s3://logs/emr/",
    id="emr-logs",
    title="EMR clusters send their logs away",
    on=(EMR,),
    pci=("10.3.3",),
    severity=Severity.MEDIUM,
    says="Its logs end with it",
    reference="https://docs.aws.amazon.com/emr/latest/ManagementGuide/emr-plan-debugging.html",
    why="A cluster lives for hours, and its logs have to live for a year.",
)


def option(environment: Resource, namespace: str, name: str) -> str:
    """What an environment sets an option to; "" where it does not."""
    for each in environment.items("settings[]"):
        if each.get("namespace") == namespace and each.get("name") == name:
            return str(each.get("value", default=""))
    return ""


def options(*chosen: tuple[str, str, str]) -> dict[str, object]:
    """An environment that sets some options."""
    return {
        "settings": [
            {"namespace": namespace, "name": name, "value": value}
            for namespace, name, value in chosen
        ]
    }


@rule(
    id="elasticbeanstalk-updates-itself",
    title="Elastic Beanstalk takes platform updates by itself",
    on=ENVIRONMENT,
    pci=("6.3.3",),
    controls=("ElasticBeanstalk.2",),
    severity=Severity.HIGH,
    fix='aws.elasticbeanstalk.Environment(..., settings=[{"namespace":'
    ' "aws:elasticbeanstalk:managedactions", "name": "ManagedActionsEnabled", "value": "true"}])',
    reference=hub("ElasticBeanstalk.2"),
    passes=(
        options(
            (MANAGED, "ManagedActionsEnabled", "true"),
            (UPDATES, "UpdateLevel", "minor"),
        ),
    ),
    fails=(
        {},
        options((MANAGED, "ManagedActionsEnabled", "false")),
        options((MANAGED, "ManagedActionsEnabled", "true")),
    ),
    undecidable=(options((MANAGED, "ManagedActionsEnabled", UNKNOWN)),),
)
def elasticbeanstalk_updates_itself(environment: Resource) -> Iterator[str]:
    """Critical fixes have to be in within a month of their release."""
    on = option(environment, MANAGED, "ManagedActionsEnabled").lower() == "true"
    if not on or not option(environment, UPDATES, "UpdateLevel"):
        yield "Fixes of its platform wait for somebody to install them"


@rule(
    id="elasticbeanstalk-logs",
    title="Elastic Beanstalk sends its logs away",
    on=ENVIRONMENT,
    pci=("10.4.2",),
    controls=("ElasticBeanstalk.3",),
    severity=Severity.HIGH,
    fix='aws.elasticbeanstalk.Environment(..., settings=[{"namespace":'
    ' "aws:elasticbeanstalk:cloudwatch:logs", "name": "StreamLogs", "value": "true"}])',
    reference=hub("ElasticBeanstalk.3"),
    passes=(options((LOGS, "StreamLogs", "true")),),
    fails=({}, options((LOGS, "StreamLogs", "false"))),
    undecidable=(options((LOGS, "StreamLogs", UNKNOWN)),),
)
def elasticbeanstalk_logs(environment: Resource) -> Iterator[str]:
    """A log that only its own server holds is lost with the server."""
    if option(environment, LOGS, "StreamLogs").lower() != "true":
        yield "Its logs end with its servers"


@rule(
    id="autoscaling-asks-load-balancer",
    title="A group behind a load balancer believes the load balancer",
    on=(GROUP,),
    pci=("2.2.1",),
    controls=("AutoScaling.1",),
    severity=Severity.LOW,
    fix='aws.autoscaling.Group(..., health_check_type="ELB")',
    reference=hub("AutoScaling.1"),
    passes=({"targetGroupArns": ["arn:group"], "healthCheckType": "ELB"},),
    fails=({"targetGroupArns": ["arn:group"]}, {"loadBalancers": ["a"], "healthCheckType": "EC2"}),
    undecidable=({"targetGroupArns": ["arn:group"], "healthCheckType": UNKNOWN},),
    not_applicable=({},),
)
def autoscaling_asks_load_balancer(group: Resource) -> Iterator[str]:
    """A server that runs and answers nobody is replaced only if somebody asks it."""
    if not group.has("targetGroupArns") and not group.has("loadBalancers"):
        raise NotApplicable("it is behind no load balancer")
    if group.get("healthCheckType", default="EC2") != "ELB":
        yield "A server that answers nobody stays in it"


@stack_rule(
    id="emr-primary-private",
    title="EMR clusters stand in subnets without public addresses",
    on=(EMR,),
    pci=("1.4.4",),
    controls=("EMR.1",),
    severity=Severity.HIGH,
    fix='aws.emr.Cluster(..., ec2_attributes={"subnet_id": private_subnet.id, **rest})',
    reference=hub("EMR.1"),
    passes=(
        (
            {"type": EMR, "name": "jobs", "refs": {"ec2Attributes": "inside"}},
            {"type": SUBNET, "name": "inside"},
        ),
    ),
    fails=(
        (
            {"type": EMR, "name": "jobs", "refs": {"ec2Attributes": "outside"}},
            {"type": SUBNET, "name": "outside", "props": {"mapPublicIpOnLaunch": True}},
        ),
    ),
    undecidable=(
        ({"type": EMR, "name": "jobs", "props": {"ec2Attributes": {"subnetId": "subnet-1"}}},),
    ),
)
def emr_primary_private(stack: Stack) -> Iterator[tuple[Resource, str | Undecidable]]:
    """EMR's programs were not built to face strangers."""
    for cluster in stack.of(EMR):
        try:
            subnets = [
                each for each in stack.of(SUBNET) if stack.refers(cluster, each, "ec2Attributes")
            ]
            if not subnets:
                yield cluster, Undecidable("ec2Attributes", "names a subnet of another stack")
            for subnet in subnets:
                if subnet.get("mapPublicIpOnLaunch", default=False):
                    yield cluster, f"Its servers get public addresses in {subnet.name}"
        except Undecidable as unknown:
            yield cluster, unknown
