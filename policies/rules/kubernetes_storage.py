"""Rules for what a cluster keeps: volumes, Secrets and ConfigMaps."""

import re
from collections.abc import Iterator
from typing import Any

from policies.rule import UNKNOWN, NotApplicable, Resource, Severity, Stack, rule, stack_rule

_CLASS = "kubernetes:storage.k8s.io/v1:StorageClass"
_CLAIM = "kubernetes:core/v1:PersistentVolumeClaim"
_STATEFUL = "kubernetes:apps/v1:StatefulSet"
_SECRET = "kubernetes:core/v1:Secret"  # noqa: S105 - a type's name
_CONFIG_MAP = "kubernetes:core/v1:ConfigMap"
_EBS = "https://github.com/kubernetes-sigs/aws-ebs-csi-driver/blob/master/docs/parameters.md"
_SECRETS = "https://kubernetes.io/docs/concepts/security/secrets-good-practices/"
_AWS_DISKS = ("ebs.csi.aws.com", "kubernetes.io/aws-ebs", "ebs.csi.eks.amazonaws.com")
PRIVATE_KEY = re.compile(r"-----BEGIN (RSA |EC |OPENSSH |ENCRYPTED |DSA )?PRIVATE KEY-----")
PASSWORD = re.compile(
    r"^\s*[\"']?[\w.-]*(password|passwd|secret_?key|api_?key|access_?key)[\"']?\s*[:=]\s*"
    r"[\"']?[^\s\"'${<%][^\s\"']*",
    re.IGNORECASE | re.MULTILINE,
)
SECRET_KEY = re.compile(r"(^|[._-])(password|passwd|secret|token|api-?key)$", re.IGNORECASE)


def storage_class(provisioner: object = "ebs.csi.aws.com", **parameters: object) -> dict[str, Any]:
    """A class of volumes with these parameters."""
    return {
        "apiVersion": "storage.k8s.io/v1",
        "kind": "StorageClass",
        "metadata": {"name": "encrypted"},
        "provisioner": provisioner,
        "parameters": parameters,
    }


def claim(*, annotations: object = None, labels: object = None, **spec: object) -> dict[str, Any]:
    """A claim for a volume."""
    metadata = {"name": "data", "namespace": "database"}
    given = {"annotations": annotations, "labels": labels}
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": metadata | {key: value for key, value in given.items() if value},
        "spec": {
            "accessModes": ["ReadWriteOnce"],
            "resources": {"requests": {"storage": "100Gi"}},
            **spec,
        },
    }


def config_map(**data: object) -> dict[str, Any]:
    """A ConfigMap; `__` in a key stands for a dot."""
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "settings", "namespace": "payments"},
        "data": {key.replace("__", "."): value for key, value in data.items()},
    }


@rule(
    id="storage-class-encrypted",
    title="Volumes are encrypted",
    on=(_CLASS,),
    pci=("3.5.1",),
    severity=Severity.HIGH,
    fix='parameters={"type": "gp3", "encrypted": "true", "kmsKeyId": key.arn}',
    reference=_EBS,
    passes=(storage_class(encrypted="true"), storage_class("kubernetes.io/no-provisioner")),
    fails=(storage_class(), storage_class(encrypted="false")),
    undecidable=(storage_class(encrypted=UNKNOWN),),
)
def storage_class_encrypted(resource: Resource) -> Iterator[str]:
    """A volume of the class is a disk of AWS, and its snapshots travel without the cluster."""
    if resource.get("provisioner") in _AWS_DISKS and (
        str(resource.get("parameters.encrypted", "")).lower() != "true"
    ):
        yield "Its volumes are not encrypted"


@rule(
    id="storage-class-key-of-its-own",
    title="Volumes are encrypted with a key of the platform's",
    on=(_CLASS,),
    pci=("3.5.1.3",),
    severity=Severity.MEDIUM,
    fix='parameters={"encrypted": "true", "kmsKeyId": key.arn}',
    reference=_EBS,
    passes=(storage_class(encrypted="true", kmsKeyId="arn:aws:kms:us-east-1:123456789012:key/1"),),
    fails=(
        storage_class(encrypted="true"),
        storage_class(encrypted="true", kmsKeyId="alias/aws/ebs"),
    ),
    undecidable=(storage_class(UNKNOWN), storage_class(encrypted="true", kmsKeyId=UNKNOWN)),
)
def storage_class_key_of_its_own(resource: Resource) -> Iterator[str]:
    """The default key opens for whoever may use the account's disks; ours has its own policy."""
    if resource.get("provisioner") not in _AWS_DISKS:
        return
    key = resource.get("parameters.kmsKeyId")
    if not key or str(key).endswith("alias/aws/ebs"):
        yield "Its volumes are encrypted with the account's default key"


def _classes(resource: Resource) -> Iterator[tuple[str, object]]:
    """The storage class of each claim that a resource makes."""
    if resource.type == _CLAIM:
        yield "spec.storageClassName", resource.get("spec.storageClassName")
    for part in resource.items("spec.volumeClaimTemplates"):
        yield f"{part.path}.spec.storageClassName", part.get("spec.storageClassName")


@rule(
    id="volume-claim-names-its-class",
    title="Claims for volumes name their storage class",
    on=(_CLAIM, _STATEFUL),
    pci=("3.5.1",),
    severity=Severity.MEDIUM,
    fix='{"storage_class_name": storage_class.metadata["name"]}',
    reference="https://kubernetes.io/docs/concepts/storage/persistent-volumes/#class-1",
    passes=(claim(storageClassName="encrypted"),),
    fails=(claim(), claim(storageClassName="")),
    undecidable=(claim(storageClassName=UNKNOWN),),
)
def volume_claim_names_its_class(resource: Resource) -> Iterator[str]:
    """The default class is whatever the cluster came with, and that is not encrypted."""
    for where, name in _classes(resource):
        if not name:
            yield f"{where} is the cluster's default"


@rule(
    id="volume-card-data-encrypted-twice",
    title="A volume with card data says how the fields in it are encrypted",
    on=(_CLAIM,),
    pci=("3.5.1.2",),
    severity=Severity.MEDIUM,
    fix='# metadata={"annotations": {"pci-field-encryption": "vault:transit/cards"}, ...}',
    reference="https://docs-prv.pcisecuritystandards.org/PCI%20DSS/Standard/PCI-DSS-v4_0_1.pdf",
    passes=(
        claim(labels={"pci-data": "token"}),
        claim(
            labels={"pci-data": "card"}, annotations={"pci-field-encryption": "vault:transit/cards"}
        ),
    ),
    fails=(claim(labels={"pci-data": "card"}),),
    undecidable=(claim(labels={"pci-data": UNKNOWN}),),
    not_applicable=(claim(),),
)
def volume_card_data_encrypted_twice(resource: Resource) -> Iterator[str]:
    """Encryption of a disk ends where it is mounted: it hides nothing from a running system."""
    data = resource.get(("metadata", "labels", "pci-data"))
    if data is None:
        raise NotApplicable("it does not say that it holds card data")
    if data == "card" and not resource.has(("metadata", "annotations", "pci-field-encryption")):
        yield "Only the disk under the card data is encrypted"


@rule(
    id="volume-not-of-a-node",
    title="No volume is a folder of a node",
    on=("kubernetes:core/v1:PersistentVolume",),
    pci=("2.2.4",),
    severity=Severity.HIGH,
    fix='spec={"csi": {"driver": "ebs.csi.aws.com", "volume_handle": volume.id}}',
    reference="https://kubernetes.io/docs/concepts/storage/persistent-volumes/",
    passes=(
        {
            "apiVersion": "v1",
            "kind": "PersistentVolume",
            "metadata": {"name": "data"},
            "spec": {
                "capacity": {"storage": "1Gi"},
                "accessModes": ["ReadWriteOnce"],
                "csi": {"driver": "ebs.csi.aws.com", "volumeHandle": "vol-1"},
            },
        },
    ),
    fails=(
        {
            "apiVersion": "v1",
            "kind": "PersistentVolume",
            "metadata": {"name": "data"},
            "spec": {
                "capacity": {"storage": "1Gi"},
                "accessModes": ["ReadWriteOnce"],
                "hostPath": {"path": "/data"},
            },
        },
    ),
    undecidable=({"spec": UNKNOWN},),
)
def volume_not_of_a_node(resource: Resource) -> Iterator[str]:
    """By way of such a volume a pod that may not mount the node mounts it all the same."""
    for kind in ("hostPath", "local"):
        if resource.has(f"spec.{kind}"):
            yield f"Is a {kind} volume"


@rule(
    id="config-map-no-private-key",
    title="No ConfigMap holds a private key",
    on=(_CONFIG_MAP,),
    pci=("3.7.2",),
    severity=Severity.CRITICAL,
    fix="# issue the key with cert-manager or Vault, into the pod's own volume",
    reference=_SECRETS,
    passes=(config_map(ca__pem="-----BEGIN CERTIFICATE-----\nMIIB..."),),
    fails=(config_map(tls__key="-----BEGIN EC PRIVATE KEY-----\nMHcC..."),),
    undecidable=(config_map(tls__key=UNKNOWN),),
)
def config_map_no_private_key(resource: Resource) -> Iterator[str]:
    """ConfigMaps are not encrypted in etcd, and every role that reads settings reads them."""
    for key, value in resource.get("data", {}).items():
        if PRIVATE_KEY.search(str(value)):
            yield f"{key} is a private key"


@rule(
    id="config-map-no-password",
    title="No ConfigMap holds a password",
    on=(_CONFIG_MAP,),
    pci=("8.6.2",),
    severity=Severity.CRITICAL,
    fix="# take it out, and let the workload fetch it from Vault",
    reference=_SECRETS,
    passes=(
        config_map(settings__toml='password_file = "/var/run/secrets/password"\nport = 5432'),
        config_map(envoy__yaml="password: ${DATABASE_PASSWORD}"),
    ),
    fails=(
        config_map(settings__toml='db_password = "opensesame"'),
        config_map(password="opensesame"),  # noqa: S106 - what the rule is about
    ),
    undecidable=(config_map(settings__toml=UNKNOWN),),
)
def config_map_no_password(resource: Resource) -> Iterator[str]:
    """It is in clear in the program, in etcd and in every backup of both."""
    for key, value in resource.get("data", {}).items():
        if SECRET_KEY.search(key) or PASSWORD.search(str(value)):
            yield f"{key} has a password in it"


@rule(
    id="secret-no-stored-token",
    title="No Secret holds a service account's token",
    on=(_SECRET,),
    pci=("8.6.3",),
    severity=Severity.HIGH,
    fix="# take it out; a pod asks for a token with a projected volume",
    reference="https://kubernetes.io/docs/concepts/configuration/secret/#serviceaccount-token-secrets",
    passes=({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "a"}, "type": "Opaque"},),
    fails=(
        {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {
                "name": "a",
                "namespace": "payments",
                "annotations": {"kubernetes.io/service-account.name": "payments-api"},
            },
            "type": "kubernetes.io/service-account-token",
        },
    ),
    undecidable=({"type": UNKNOWN},),
)
def secret_no_stored_token(resource: Resource) -> Iterator[str]:
    """Such a token is good for ever."""
    if resource.get("type") == "kubernetes.io/service-account-token":
        yield "Holds a token without an end"


@rule(
    id="secret-not-in-the-program",
    title="No Secret's contents stand in the program",
    on=(_SECRET,),
    pci=("3.6.1.2",),
    severity=Severity.HIGH,
    fix="# let Vault or cert-manager make it where it is used",
    reference=_SECRETS,
    passes=(
        {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "a"}},
        {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "a"}, "data": {}},
    ),
    fails=(
        {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {"name": "a"},
            "stringData": {"password": "opensesame"},
        },
        {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {"name": "a"},
            "data": {"password": "b3BlbnNlc2FtZQ=="},
        },
    ),
    undecidable=({"stringData": UNKNOWN},),
)
def secret_not_in_the_program(resource: Resource) -> Iterator[str]:
    """Base64 is no encryption; and a key that passes through the program stays in its state."""
    for part in ("data", "stringData"):
        if resource.has(part):
            yield f"{part} comes from the program"


def _secret(namespace: str, name: str = "tls") -> dict[str, Any]:
    return {
        "type": _SECRET,
        "name": f"{namespace}-{name}",
        "props": {"metadata": {"name": name, "namespace": namespace}, "data": {"tls.key": "a2V5"}},
    }


@stack_rule(
    id="secret-in-one-place",
    title="No Secret is copied to another namespace",
    on=(_SECRET,),
    pci=("3.6.1.4",),
    severity=Severity.MEDIUM,
    fix="# issue a key of its own to each namespace that needs one",
    reference=_SECRETS,
    passes=([_secret("payments"), _secret("payments", "other")],),
    fails=([_secret("payments"), _secret("database")],),
    undecidable=(
        [
            _secret("payments"),
            {"type": _SECRET, "name": "b", "props": {"data": UNKNOWN}},
        ],
    ),
)
def secret_in_one_place(stack: Stack) -> Iterator[tuple[Resource, str]]:
    """A key is kept in as few places as can be: each copy is one more that must be changed."""
    seen: dict[str, str] = {}
    for each in stack.of(_SECRET):
        content = f"{each.get('data', {})} {each.get('stringData', {})}"
        home = each.get("metadata.namespace", "default")
        if content != "{} {}" and seen.setdefault(content, home) != home:
            yield each, f"Holds what a Secret of {seen[content]} holds"
