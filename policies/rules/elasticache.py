"""Rules for Amazon ElastiCache and MemoryDB."""

from collections.abc import Iterator
from typing import Final

from policies.rule import UNKNOWN, Resource, Severity, rule
from policies.rules.remedy import Code, hub
from policies.rules.shapes import must_be_given, must_be_true, must_not_be

CACHE: Final = "aws:elasticache/cluster:Cluster"
GROUP: Final = "aws:elasticache/replicationGroup:ReplicationGroup"
MEMORY: Final = ("aws:memorydb/cluster:Cluster",)
USER: Final = ("aws:elasticache/user:User",)

elasticache_upgrades_itself = must_be_true(
    "autoMinorVersionUpgrade",
    default=True,
    id="elasticache-upgrades-itself",
    title="Caches take minor versions by themselves",
    on=(CACHE, GROUP, *MEMORY),
    pci=("6.3.3",),
    controls=("ElastiCache.2",),
    severity=Severity.HIGH,
    says="Security fixes wait for somebody to install them",
    why="Critical fixes have to be in within a month of their release.",
)

elasticache_speaks_tls = must_be_true(
    "transitEncryptionEnabled",
    id="elasticache-speaks-tls",
    title="Caches speak TLS",
    on=(GROUP,),
    pci=("4.2.1",),
    controls=("ElastiCache.5",),
    severity=Severity.HIGH,
    says="What is cached travels in clear",
    why="A cache holds what its application last handled.",
)

elasticache_tls_demanded = must_not_be(
    "transitEncryptionMode",
    ("preferred",),
    good="required",
    id="elasticache-tls-demanded",
    title="Caches demand TLS, not just offer it",
    on=(GROUP,),
    pci=("4.2.1",),
    severity=Severity.MEDIUM,
    says="A client that does not ask for TLS is served in clear",
    reference="https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/in-transit-encryption-enable.html",
    why="The mode is for a migration, and stays when the migration is done.",
)

elasticache_encrypted = must_be_true(
    "atRestEncryptionEnabled",
    id="elasticache-encrypted",
    title="Caches encrypt what they write to disk",
    on=(GROUP,),
    unless={"engine": ("valkey",)},
    pci=("3.5.1",),
    controls=("ElastiCache.4",),
    severity=Severity.HIGH,
    says="Its snapshots and swap lie in clear",
    why="A snapshot of a cache is a file of what was last handled.",
)

memorydb_speaks_tls = must_be_true(
    "tlsEnabled",
    default=True,
    id="memorydb-speaks-tls",
    title="MemoryDB speaks TLS",
    on=MEMORY,
    pci=("4.2.1",),
    severity=Severity.HIGH,
    says="What it holds travels in clear",
    reference="https://docs.aws.amazon.com/memorydb/latest/devguide/in-transit-encryption.html",
    why="A store in memory holds account data as any other does.",
)

memorydb_asks_who = must_not_be(
    "aclName",
    ("open-access",),
    good="payments",
    id="memorydb-asks-who",
    title="MemoryDB asks who is calling",
    on=MEMORY,
    pci=("8.3.1", "7.3.1"),
    severity=Severity.HIGH,
    says="Whoever reaches it may do everything (list {value})",
    reference="https://docs.aws.amazon.com/memorydb/latest/devguide/clusters.acls.html",
    why="Each component signs in, so that each right can be given and taken singly.",
)

elasticache_user_signs_in = must_not_be(
    "authenticationMode.type",
    ("no-password-required",),
    good="iam",
    id="elasticache-user-signs-in",
    title="No user of a cache is without a password",
    on=USER,
    pci=("8.3.1",),
    severity=Severity.HIGH,
    says="Whoever names it is let in",
    reference="https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/Clusters.RBAC.html",
    why="Each access takes at least one factor.",
)

elasticache_own_network = must_be_given(
    "subnetGroupName",
    good=Code("private.name"),
    id="elasticache-own-network",
    title="Caches name the subnets that they stand in",
    on=(GROUP, CACHE),
    pci=("1.4.1",),
    controls=("ElastiCache.7",),
    severity=Severity.HIGH,
    says="It stands in the default network, whose subnets are public",
    why="Stores stand in subnets that nobody reaches from outside.",
)


@rule(
    id="elasticache-asks-who",
    title="Caches ask who is calling",
    on=(GROUP,),
    pci=("7.3.1", "8.3.1"),
    controls=("ElastiCache.6",),
    severity=Severity.MEDIUM,
    fix="aws.elasticache.ReplicationGroup(..., user_group_ids=[users.user_group_id])",
    reference=hub("ElastiCache.6"),
    passes=({"userGroupIds": ["payments"]}, {"authToken": "generated"}),
    fails=({}, {"userGroupIds": []}),
    undecidable=({"userGroupIds": UNKNOWN},),
)
def elasticache_asks_who(group: Resource) -> Iterator[str]:
    """A cache without users serves whoever reaches its port."""
    if not any(group.has(each) for each in ("authToken", "authTokenWo", "userGroupIds")):
        yield "Whoever reaches it may read and change all of it"


@rule(
    id="elasticache-user-narrow",
    title="No user of a cache may do everything",
    on=USER,
    pci=("7.2.5",),
    severity=Severity.LOW,
    fix='aws.elasticache.User(..., access_string="on ~payments:* +@read +@write -@dangerous")',
    reference="https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/Clusters.RBAC.html",
    passes=({"accessString": "on ~payments:* +@read"}, {"accessString": "off ~* +@all"}),
    fails=({"accessString": "on ~* +@all"},),
    undecidable=({"accessString": UNKNOWN},),
)
def elasticache_user_narrow(user: Resource) -> Iterator[str]:
    """A component that may flush and reconfigure the cache can be made to do so."""
    words = str(user.get("accessString", default="")).split()
    if "on" in words and "~*" in words and "+@all" in words:
        yield "It may run every command on every key"
