"""Rules for Amazon OpenSearch Service, and Elasticsearch as it was called before."""

from collections.abc import Iterator
from typing import Final

from policies.rule import UNKNOWN, Resource, Severity, rule
from policies.rules.documents import open_to_anybody, whose
from policies.rules.remedy import Code, hub
from policies.rules.shapes import at, must_be_given, must_be_one_of, must_be_true

ELASTIC: Final = ("aws:elasticsearch/domain:Domain",)
OPEN: Final = ("aws:opensearch/domain:Domain",)
BOTH: Final = (*OPEN, *ELASTIC)
STRONG: Final = ("Policy-Min-TLS-1-2-PFS-2023-10", "Policy-Min-TLS-1-2-RFC9151-FIPS-2024-08")

opensearch_encrypted = must_be_true(
    "encryptAtRest.enabled",
    id="opensearch-encrypted",
    title="OpenSearch domains encrypt their storage",
    on=OPEN,
    pci=("3.5.1",),
    controls=("Opensearch.1",),
    severity=Severity.HIGH,
    says="Its indices and snapshots lie in clear",
    why="A lost disk must not give away what was indexed.",
)

elasticsearch_encrypted = must_be_true(
    "encryptAtRest.enabled",
    id="elasticsearch-encrypted",
    title="Elasticsearch domains encrypt their storage",
    on=ELASTIC,
    pci=("3.5.1",),
    controls=("ES.1",),
    severity=Severity.HIGH,
    says="Its indices and snapshots lie in clear",
    why="A lost disk must not give away what was indexed.",
)

opensearch_in_network = must_be_given(
    "vpcOptions.subnetIds",
    good=[Code("subnet.id")],
    id="opensearch-in-network",
    title="OpenSearch domains stand in a network of ours",
    on=OPEN,
    pci=("1.4.4",),
    controls=("Opensearch.2",),
    severity=Severity.CRITICAL,
    says="It answers on the internet",
    why="Stored account data may not be reachable from an untrusted network.",
)

elasticsearch_in_network = must_be_given(
    "vpcOptions.subnetIds",
    good=[Code("subnet.id")],
    id="elasticsearch-in-network",
    title="Elasticsearch domains stand in a network of ours",
    on=ELASTIC,
    pci=("1.4.4",),
    controls=("ES.2",),
    severity=Severity.CRITICAL,
    says="It answers on the internet",
    why="Stored account data may not be reachable from an untrusted network.",
)

opensearch_nodes_speak_tls = must_be_true(
    "nodeToNodeEncryption.enabled",
    id="opensearch-nodes-speak-tls",
    title="OpenSearch nodes talk to one another over TLS",
    on=OPEN,
    pci=("4.2.1",),
    controls=("Opensearch.3",),
    severity=Severity.MEDIUM,
    says="Its nodes copy indices to one another in clear",
    why="What is encrypted on its way in does not go on in clear.",
)

elasticsearch_nodes_speak_tls = must_be_true(
    "nodeToNodeEncryption.enabled",
    id="elasticsearch-nodes-speak-tls",
    title="Elasticsearch nodes talk to one another over TLS",
    on=ELASTIC,
    pci=("4.2.1",),
    controls=("ES.3",),
    severity=Severity.MEDIUM,
    says="Its nodes copy indices to one another in clear",
    why="What is encrypted on its way in does not go on in clear.",
)

opensearch_demands_https = must_be_true(
    "domainEndpointOptions.enforceHttps",
    default=True,
    id="opensearch-demands-https",
    title="Search domains take HTTPS only",
    on=BOTH,
    pci=("4.2.1",),
    controls=("Opensearch.8", "ES.8"),
    severity=Severity.HIGH,
    says="It answers over plain HTTP",
    why="Queries and their results hold account data.",
)

opensearch_tls_strong = must_be_one_of(
    "domainEndpointOptions.tlsSecurityPolicy",
    STRONG,
    unlike="Policy-Min-TLS-1-0-2019-07",
    default="Policy-Min-TLS-1-0-2019-07",
    id="opensearch-tls-strong",
    title="Search domains use TLS 1.2 with forward secrecy",
    on=BOTH,
    pci=("4.2.1",),
    controls=("Opensearch.8", "ES.8"),
    severity=Severity.MEDIUM,
    says="{value} allows what is no longer strong",
    why="Old TLS and old ciphers are broken; a policy that allows them is one that uses them.",
)

opensearch_knows_its_users = must_be_true(
    "advancedSecurityOptions.enabled",
    id="opensearch-knows-its-users",
    title="OpenSearch gives rights by index and by field",
    on=OPEN,
    pci=("7.2.2",),
    controls=("Opensearch.7",),
    severity=Severity.HIGH,
    says="Whoever gets in reads every index",
    why="Rights are given by job; a support clerk's job is not the whole index.",
)

opensearch_updates_itself = must_be_true(
    "softwareUpdateOptions.autoSoftwareUpdateEnabled",
    id="opensearch-updates-itself",
    title="OpenSearch takes service updates by itself",
    on=OPEN,
    pci=("6.3.3",),
    controls=("Opensearch.10",),
    severity=Severity.LOW,
    says="Security fixes wait for somebody to install them",
    why="Critical fixes have to be in within a month of their release.",
)


def _audit(*, enabled: object) -> dict[str, object]:
    """A domain that says whether it sends its audit log away."""
    log = {"logType": "AUDIT_LOGS", "enabled": enabled, "cloudwatchLogGroupArn": "arn:log"}
    return {"logPublishingOptions": [log]}


@rule(
    id="opensearch-audited",
    title="OpenSearch domains send their audit log away",
    on=OPEN,
    pci=("10.2.1",),
    controls=("Opensearch.5",),
    severity=Severity.MEDIUM,
    fix='aws.opensearch.Domain(..., log_publishing_options=[{"log_type": "AUDIT_LOGS",'
    ' "cloudwatch_log_group_arn": log.arn}])',
    reference=hub("Opensearch.5"),
    passes=(_audit(enabled=True),),
    fails=({}, _audit(enabled=False)),
    undecidable=(_audit(enabled=UNKNOWN),),
)
def opensearch_audited(domain: Resource) -> Iterator[str]:
    """Access to account data is traced to a person."""
    yield from _unaudited(domain)


@rule(
    id="elasticsearch-audited",
    title="Elasticsearch domains send their audit log away",
    on=ELASTIC,
    pci=("10.4.2",),
    controls=("ES.5",),
    severity=Severity.MEDIUM,
    fix='aws.elasticsearch.Domain(..., log_publishing_options=[{"log_type": "AUDIT_LOGS",'
    ' "cloudwatch_log_group_arn": log.arn}])',
    reference=hub("ES.5"),
    passes=(_audit(enabled=True),),
    fails=({}, _audit(enabled=False)),
    undecidable=(_audit(enabled=UNKNOWN),),
)
def elasticsearch_audited(domain: Resource) -> Iterator[str]:
    """Access to account data is traced to a person."""
    yield from _unaudited(domain)


def _unaudited(domain: Resource) -> Iterator[str]:
    on = [
        each.get("enabled", default=True)
        for each in domain.items("logPublishingOptions[]")
        if each.get("logType") == "AUDIT_LOGS"
    ]
    if not any(on):
        yield "Who read what in it leaves no trace"


@rule(
    id="opensearch-policy-not-public",
    title="Search domains name who may use them",
    on=(*BOTH, "aws:opensearch/domainPolicy:DomainPolicy"),
    pci=("7.2.1",),
    severity=Severity.CRITICAL,
    fix='aws.opensearch.Domain(..., access_policies=...)  # "Principal": {"AWS": role.arn}',
    reference="https://docs.aws.amazon.com/opensearch-service/latest/developerguide/ac.html",
    passes=({"accessPolicies": whose("arn:aws:iam::111122223333:role/api", "es:ESHttpGet")}, {}),
    fails=({"accessPolicies": whose("*", "es:*")},),
    undecidable=(at("accessPolicies", UNKNOWN),),
)
def opensearch_policy_not_public(domain: Resource) -> Iterator[str]:
    """A domain that anybody may ask is a public one, whatever its addresses are."""
    for statement in domain.document("accessPolicies"):
        if open_to_anybody(statement) and "IpAddress" not in statement.conditions:
            yield f"Anybody may {', '.join(statement.actions)}"
