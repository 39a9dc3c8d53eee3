"""Rules for Amazon EC2: instances, what they are launched from, and their metadata service."""

from collections.abc import Iterator

from policies.rule import UNKNOWN, Example, Resource, Severity, rule
from policies.rules.literals import secret_in
from policies.rules.neighbours import must_accompany_a_network
from policies.rules.remedy import hub
from policies.rules.shapes import (
    at,
    must_be_at_most,
    must_be_false,
    must_be_given,
    must_be_one_of,
    must_be_true,
    must_not_be,
)

INSTANCE = "aws:ec2/instance:Instance"
TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate"
CONFIGURATION = "aws:ec2/launchConfiguration:LaunchConfiguration"
LAUNCHED = (INSTANCE, TEMPLATE, CONFIGURATION)

ec2_instance_demands_imdsv2 = must_be_one_of(
    "metadataOptions.httpTokens",
    ("required",),
    unlike="optional",
    default="optional",
    id="ec2-instance-demands-imdsv2",
    title="Instances demand a session for their metadata (IMDSv2)",
    on=(INSTANCE,),
    unless={"metadataOptions.httpEndpoint": ("disabled",)},
    pci=("2.2.6",),
    controls=("EC2.8",),
    severity=Severity.HIGH,
    says="Its metadata service answers a single forged request (httpTokens is {value})",
    why="A page that can be made to fetch an address must not be able to fetch the role's keys.",
)

ec2_template_demands_imdsv2 = must_be_one_of(
    "metadataOptions.httpTokens",
    ("required",),
    unlike="optional",
    default="optional",
    id="ec2-template-demands-imdsv2",
    title="Launch templates demand a session for metadata (IMDSv2)",
    on=(TEMPLATE,),
    unless={"metadataOptions.httpEndpoint": ("disabled",)},
    pci=("2.2.6",),
    controls=("EC2.170",),
    severity=Severity.HIGH,
    says="Instances launched from it answer a forged request for keys (httpTokens is {value})",
    why="A page that can be made to fetch an address must not be able to fetch the role's keys.",
)

ec2_configuration_demands_imdsv2 = must_be_one_of(
    "metadataOptions.httpTokens",
    ("required",),
    unlike="optional",
    default="optional",
    id="ec2-configuration-demands-imdsv2",
    title="Launch configurations demand a session for metadata (IMDSv2)",
    on=(CONFIGURATION,),
    unless={"metadataOptions.httpEndpoint": ("disabled",)},
    pci=("2.2.6",),
    controls=("AutoScaling.3",),
    severity=Severity.HIGH,
    says="Instances launched from it answer a forged request for keys (httpTokens is {value})",
    why="A page that can be made to fetch an address must not be able to fetch the role's keys.",
)

ec2_metadata_near = must_be_at_most(
    "metadataOptions.httpPutResponseHopLimit",
    1,
    default=1,
    id="ec2-metadata-near",
    title="Metadata does not travel beyond the instance itself",
    on=LAUNCHED,
    pci=("2.2.4", "7.2.5"),
    controls=("AutoScaling.4",),
    severity=Severity.MEDIUM,
    says="Metadata travels {value} hops, so that a container gets the node's keys",
    why="A pod has a role of its own; the node's role is for the node.",
)

ec2_region_demands_imdsv2 = must_accompany_a_network(
    "aws:ec2/instanceMetadataDefaults:InstanceMetadataDefaults",
    wants={"httpTokens": "required"},
    id="ec2-region-demands-imdsv2",
    title="The region's default is IMDSv2",
    pci=("2.2.6",),
    severity=Severity.LOW,
    says="An instance started by hand in this network's region answers forged requests",
    reference="https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/configuring-IMDS-new-instances.html",
    why="A default also covers the instance that no program knows.",
)

ec2_instance_private = must_be_false(
    "associatePublicIpAddress",
    default=False,
    id="ec2-instance-private",
    title="Instances get no public address",
    on=(INSTANCE,),
    pci=("1.4.4",),
    controls=("EC2.9",),
    severity=Severity.HIGH,
    says="It gets a public address",
    why="Only load balancers stand between the internet and what handles account data.",
)

ec2_configuration_private = must_be_false(
    "associatePublicIpAddress",
    default=False,
    id="ec2-configuration-private",
    title="Launch configurations give no public address",
    on=(CONFIGURATION,),
    pci=("1.4.4",),
    controls=("Autoscaling.5",),
    severity=Severity.HIGH,
    says="Each instance of the group gets a public address",
    why="Only load balancers stand between the internet and what handles account data.",
)

ec2_template_private = must_be_false(
    "associatePublicIpAddress",
    default=False,
    id="ec2-template-private",
    title="Launch templates give no public address",
    on=(TEMPLATE,),
    each="networkInterfaces[]",
    pci=("1.4.4",),
    controls=("EC2.25",),
    severity=Severity.HIGH,
    says="Each instance launched from it gets a public address",
    why="Only load balancers stand between the internet and what handles account data.",
)

ec2_instance_has_role = must_be_given(
    "iamInstanceProfile",
    good="payments",
    id="ec2-instance-has-role",
    title="Instances have a role of their own",
    on=(INSTANCE, CONFIGURATION),
    pci=("7.2.5",),
    severity=Severity.LOW,
    says="It has no role, so that its programs need keys that do not end",
    reference="https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_switch-role-ec2.html",
    why="A role's keys end by themselves after hours.",
)

ec2_instance_watched = must_be_true(
    "monitoring",
    id="ec2-instance-watched",
    title="Instances are watched by the minute",
    on=(INSTANCE,),
    pci=("10.4.2",),
    severity=Severity.LOW,
    says="Its metrics come every five minutes",
    reference="https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/manage-detailed-monitoring.html",
    why="What happens within minutes does not show in averages of five.",
)

ec2_no_serial_console = must_be_false(
    "enabled",
    default=True,
    id="ec2-no-serial-console",
    title="The region's serial console is closed",
    on=("aws:ec2/serialConsoleAccess:SerialConsoleAccess",),
    pci=("2.2.4",),
    severity=Severity.MEDIUM,
    says="Whoever has the right may sit at a server's console, past every network control",
    reference="https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/configure-access-to-serial-console.html",
    why="A way in that no security group sees is one that is only opened when it is needed.",
)

ec2_image_private = must_not_be(
    "group",
    ("all",),
    good="",
    id="ec2-image-private",
    title="Machine images are not offered to everybody",
    on=("aws:ec2/amiLaunchPermission:AmiLaunchPermission",),
    pci=("1.4.4",),
    severity=Severity.CRITICAL,
    says="Anybody may start the image, and read what is on it",
    reference="https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/sharingamis-intro.html",
    why="Images carry configuration, keys and sometimes data.",
)

ec2_images_stay_private = must_accompany_a_network(
    "aws:ec2/imageBlockPublicAccess:ImageBlockPublicAccess",
    wants={"state": "block-new-sharing"},
    id="ec2-images-stay-private",
    title="The region refuses public machine images",
    pci=("1.4.4",),
    severity=Severity.LOW,
    says="Nothing stops an image of this network's region from being made public by hand",
    reference="https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/block-public-access-to-amis.html",
    why="A block also covers the images that no program knows.",
)


@rule(
    id="ec2-no-ssh-key",
    title="Nothing is launched with an SSH key",
    on=LAUNCHED,
    pci=("1.5.1", "8.2.2"),
    severity=Severity.LOW,
    fix="aws.ec2.Instance(...)  # no key_name; people come in through Systems Manager",
    reference="https://docs.aws.amazon.com/systems-manager/latest/userguide/session-manager.html",
    passes=({}, {"keyName": ""}),
    fails=({"keyName": "operators"}, Example({"keyName": "operators"}, type=TEMPLATE)),
    undecidable=({"keyName": UNKNOWN},),
)
def ec2_no_ssh_key(launched: Resource) -> Iterator[str]:
    """A key pair is shared, lasts for ever, and its use names nobody."""
    if launched.has("keyName"):
        yield f"Whoever has the key {launched.get('keyName')} may sign in, whoever that is"


@rule(
    id="ec2-user-data-without-secrets",
    title="Start-up scripts hold no secret",
    on=LAUNCHED,
    pci=("8.6.2",),
    severity=Severity.HIGH,
    fix="aws.ec2.Instance(..., user_data=...)  # read the secret from Secrets Manager at start",
    reference="https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/user-data.html",
    passes=({"userData": "#!/bin/sh\nsystemctl start app\n"}, {}),
    fails=(
        {"userData": "export DATABASE_PASSWORD=hunter2-and-more\n"},
        {"userData": "AKIAIOSFODNN7EXAMPLE"},
    ),
    undecidable=({"userData": UNKNOWN},),
)
def ec2_user_data_without_secrets(launched: Resource) -> Iterator[str]:
    """Start-up data is read by whatever runs on the instance, and by whoever may describe it."""
    found = secret_in(str(launched.get("userData", "")))
    if found:
        yield f"Its start-up data holds {found}"


@rule(
    id="ec2-traffic-not-forwarded",
    title="Instances refuse traffic that is not theirs",
    on=(INSTANCE, "aws:ec2/networkInterface:NetworkInterface"),
    pci=("1.4.3",),
    controls=("EC2.180",),
    severity=Severity.MEDIUM,
    fix="aws.ec2.Instance(..., source_dest_check=True)",
    reference=hub("EC2.180"),
    passes=({}, {"sourceDestCheck": True}),
    fails=({"sourceDestCheck": False},),
    undecidable=(at("sourceDestCheck", UNKNOWN),),
)
def ec2_traffic_not_forwarded(instance: Resource) -> Iterator[str]:
    """The check is what refuses packets with a forged sender; only a router may do without it."""
    if instance.get("sourceDestCheck", default=True) is False:
        yield "It sends and takes packets under any address"
