"""Our own program with one mistake in it: the rule that is meant finds it, and no other does."""

import json

import pytest
from google.protobuf import json_format

from policies import pack, requirements
from policies.run import Occasion, Run
from policies.stack import Stack
from policies.verdict import Verdict
from policies.wire import resource
from tests.policies.asking import encode, registered_member

STACK = "us-east-1"
GONE = object()

KAFKA = "aws:msk/cluster:Cluster"
TRAIL = "aws:cloudtrail/trail:Trail"
LOGS = "aws:cloudwatch/logGroup:LogGroup"
PODS = "kubernetes:apps/v1:Deployment"
POD = "spec.template.spec"
CONTAINER = f"{POD}.containers.0.securityContext"
TRANSIT = "vault:transit/secretBackendKey:SecretBackendKey"
DATABASE_ROLE = "vault:database/secretBackendStaticRole:SecretBackendStaticRole"

MISTAKES = [
    (KAFKA, "encryptionInfo.encryptionInTransit.inCluster", False, "msk-brokers-speak-tls"),
    (
        KAFKA,
        "encryptionInfo.encryptionInTransit.clientBroker",
        "TLS_PLAINTEXT",
        "msk-clients-speak-tls",
    ),
    (KAFKA, "encryptionInfo.encryptionAtRestKmsKeyArn", GONE, "msk-encrypted-with-own-key"),
    (KAFKA, "clientAuthentication.unauthenticated", True, "msk-knows-its-clients"),
    (KAFKA, "loggingInfo", GONE, "msk-brokers-log"),
    ("aws:eks/cluster:Cluster", "encryptionConfig", GONE, "eks-secrets-encrypted"),
    ("aws:kms/key:Key", "enableKeyRotation", False, "kms-key-rotates"),
    (LOGS, "retentionInDays", 30, "cloudwatch-log-kept"),
    (LOGS, "kmsKeyId", GONE, "cloudwatch-log-encrypted"),
    (TRAIL, "enableLogFileValidation", False, "cloudtrail-tamper-evident"),
    (TRAIL, "kmsKeyId", GONE, "cloudtrail-encrypted"),
    (PODS, f"{POD}.hostNetwork", True, "pod-no-host-network"),
    (PODS, f"{POD}.hostPID", True, "pod-no-host-pid"),
    (PODS, f"{POD}.containers.0.image", "registry.example.com/pay:1", "pod-image-by-digest"),
    (PODS, f"{CONTAINER}.privileged", True, "pod-not-privileged"),
    (PODS, f"{CONTAINER}.readOnlyRootFilesystem", False, "pod-root-filesystem-read-only"),
    (PODS, f"{CONTAINER}.allowPrivilegeEscalation", True, "pod-no-privilege-escalation"),
    (DATABASE_ROLE, "rotationPeriod", 31_536_000, "vault-database-passwords-change"),
    (TRANSIT, "exportable", True, "vault-key-not-exportable"),
    ("postgresql:index/role:Role", "superuser", True, "postgres-no-superuser"),
]


def changed(request, urn, path, value):
    """The resource with one property changed, or without it."""
    message = registered_member(request, urn)
    props = json_format.MessageToDict(message.properties)
    at = props
    *way, last = path.split(".")
    for key in way:
        at = at[int(key)] if key.isdigit() else at.setdefault(key, {})
    if value is GONE:
        del at[last]
    else:
        at[int(last) if last.isdigit() else last] = value
    message.properties.CopyFrom(encode(json.loads(json.dumps(props))))
    return message


def failures(messages):
    """(rule, URN) of what fails in the PCI pack."""
    run = Run(
        pack.load("pci").rules,
        requirements=requirements.load(),
        occasion=Occasion("evenkeel", STACK),
    )
    resources = [resource(each) for each in messages]
    for each in resources:
        run.resource(each)
    run.stack(Stack(tuple(resources)))
    return {(each.rule.id, each.urn) for each in run.findings if each.verdict is Verdict.FAIL}


KEPT = []
"""The program is run and judged once for all mistakes."""


@pytest.fixture
def whole(recorded):
    """The program as it is, and what fails in it."""
    if not KEPT:
        resources = recorded(STACK)
        messages = [registered_member(request, urn) for request, urn in resources]
        KEPT.append((resources, messages, failures(messages)))
    return KEPT[0]


@pytest.mark.parametrize(
    ("type_", "path", "value", "rule"), MISTAKES, ids=[each[3] for each in MISTAKES]
)
def test_one_mistake_is_found_by_its_rule_and_by_no_other(whole, type_, path, value, rule):
    resources, messages, before = whole
    place = next(number for number, (each, _) in enumerate(resources) if each.type == type_)
    bad = [*messages]
    bad[place] = changed(*resources[place], path, value)
    assert failures(bad) - before == {(rule, resources[place][1])}
