"""Rules for Amazon EBS: volumes and their snapshots."""

from collections.abc import Iterator

from policies.rule import UNKNOWN, Resource, Severity, rule
from policies.rules.neighbours import must_accompany_a_network
from policies.rules.remedy import Code, hub
from policies.rules.shapes import must_be_given, must_be_one_of, must_be_true, must_not_be

VOLUME = "aws:ebs/volume:Volume"
INSTANCE = "aws:ec2/instance:Instance"
TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate"
CONFIGURATION = "aws:ec2/launchConfiguration:LaunchConfiguration"
READ_FROM_A_COPY = "A copied snapshot or a lost disk must not give away what was on it."

ebs_volume_encrypted = must_be_true(
    "encrypted",
    id="ebs-volume-encrypted",
    title="Volumes are encrypted",
    on=(VOLUME,),
    pci=("3.5.1",),
    controls=("EC2.3",),
    severity=Severity.HIGH,
    says="What is on it, and on its snapshots, lies in clear",
    why=READ_FROM_A_COPY,
)

ebs_volume_own_key = must_be_given(
    "kmsKeyId",
    good=Code("key.arn"),
    beside={"encrypted": True},
    id="ebs-volume-own-key",
    title="Volumes are encrypted with a key of our own",
    on=(VOLUME,),
    pci=("3.6.1",),
    severity=Severity.LOW,
    says="It uses the key that all of the account's volumes share, whose policy is AWS's",
    reference="https://docs.aws.amazon.com/ebs/latest/userguide/ebs-encryption.html",
    why="Only a customer-managed key has a policy that names its custodians.",
)

ebs_root_encrypted = must_be_true(
    "rootBlockDevice.encrypted",
    id="ebs-root-encrypted",
    title="Root volumes are encrypted",
    on=(INSTANCE, CONFIGURATION),
    pci=("3.5.1",),
    controls=("EC2.3",),
    severity=Severity.HIGH,
    says="Its root volume lies in clear, unless the region's default helps",
    why=READ_FROM_A_COPY,
)

ebs_further_volumes_encrypted = must_be_true(
    "encrypted",
    id="ebs-further-volumes-encrypted",
    title="Further volumes of an instance are encrypted",
    on=(INSTANCE, CONFIGURATION),
    each="ebsBlockDevices[]",
    pci=("3.5.1",),
    controls=("EC2.3",),
    severity=Severity.HIGH,
    says="One of its volumes lies in clear",
    why=READ_FROM_A_COPY,
)

ebs_template_volumes_encrypted = must_be_true(
    "encrypted",
    id="ebs-template-volumes-encrypted",
    title="Volumes of a launch template are encrypted",
    on=(TEMPLATE,),
    each="blockDeviceMappings[].ebs",
    pci=("3.5.1",),
    controls=("EC2.3",),
    severity=Severity.HIGH,
    says="One of its volumes lies in clear",
    why=READ_FROM_A_COPY,
)

ebs_copy_encrypted = must_be_true(
    "encrypted",
    id="ebs-copy-encrypted",
    title="Copies of snapshots and images are encrypted",
    on=("aws:ebs/snapshotCopy:SnapshotCopy", "aws:ec2/amiCopy:AmiCopy"),
    pci=("3.5.1",),
    severity=Severity.HIGH,
    says="The copy lies in clear",
    reference="https://docs.aws.amazon.com/ebs/latest/userguide/ebs-copy-snapshot.html",
    why=READ_FROM_A_COPY,
)

ebs_encrypted_by_default = must_accompany_a_network(
    "aws:ebs/encryptionByDefault:EncryptionByDefault",
    wants={"enabled": True},
    defaults={"enabled": True},
    id="ebs-encrypted-by-default",
    title="Each region encrypts new volumes by default",
    pci=("3.5.1",),
    controls=("EC2.7",),
    severity=Severity.MEDIUM,
    says="A volume made by hand in this network's region lies in clear",
    why="A default also covers the volumes that no program knows.",
)

ebs_default_on = must_be_true(
    "enabled",
    default=True,
    id="ebs-default-on",
    title="The region's default for volumes is encryption",
    on=("aws:ebs/encryptionByDefault:EncryptionByDefault",),
    pci=("3.5.1",),
    controls=("EC2.7",),
    severity=Severity.HIGH,
    says="It turns encryption by default off",
    why="A default also covers the volumes that no program knows.",
)

ebs_snapshots_stay_private = must_accompany_a_network(
    "aws:ebs/snapshotBlockPublicAccess:SnapshotBlockPublicAccess",
    wants={"state": ("block-all-sharing", "block-new-sharing")},
    id="ebs-snapshots-stay-private",
    title="The region refuses public snapshots",
    pci=("1.4.4",),
    controls=("EC2.182",),
    severity=Severity.MEDIUM,
    says="Nothing stops a snapshot of this network's region from being made public by hand",
    why="A block also covers the snapshots that no program knows.",
)

ebs_block_on = must_be_one_of(
    "state",
    ("block-all-sharing", "block-new-sharing"),
    unlike="unblocked",
    id="ebs-block-on",
    title="The block of public snapshots is on",
    on=("aws:ebs/snapshotBlockPublicAccess:SnapshotBlockPublicAccess",),
    pci=("1.4.4",),
    controls=("EC2.182",),
    severity=Severity.HIGH,
    says="Its state is {value}",
    why="A public snapshot is the whole disk, for anybody to copy.",
)

ebs_snapshot_not_public = must_not_be(
    "accountId",
    ("all",),
    good="111122223333",
    id="ebs-snapshot-not-public",
    title="Snapshots are shared with named accounts only",
    on=("aws:ec2/snapshotCreateVolumePermission:SnapshotCreateVolumePermission",),
    pci=("1.4.4",),
    controls=("EC2.1",),
    severity=Severity.CRITICAL,
    says="Anybody may make a volume of the snapshot",
    why="A public snapshot is the whole disk, for anybody to copy.",
)


@rule(
    id="ebs-image-encrypted",
    title="Machine images are encrypted and not public",
    on=("aws:ec2/ami:Ami",),
    pci=("3.5.1",),
    controls=("EC2.3",),
    severity=Severity.MEDIUM,
    fix='aws.ec2.Ami(..., ebs_block_devices=[{"device_name": "/dev/xvda", "encrypted": True}])',
    reference=hub("EC2.3"),
    passes=({"ebsBlockDevices": [{"deviceName": "a", "encrypted": True}]}, {}),
    fails=({"ebsBlockDevices": [{"deviceName": "a"}]},),
    undecidable=({"ebsBlockDevices": [{"deviceName": "a", "encrypted": UNKNOWN}]},),
)
def ebs_image_encrypted(image: Resource) -> Iterator[str]:
    """An image is a snapshot with a name; whoever may start it reads all of it."""
    for device in image.items("ebsBlockDevices[]"):
        if not device.has("snapshotId") and not device.get("encrypted", default=False):
            yield f"Its {device.get('deviceName', 'volume')} lies in clear"
