"""Reliability: topics, brokers and mirrors that lose nothing with one broker, zone or region."""

from collections.abc import Iterator
from typing import Any

from policies.rule import (
    UNKNOWN,
    NotApplicable,
    Resource,
    ResourceRule,
    Severity,
    Stack,
    rule,
    stack_rule,
)
from policies.rules.kafka import (
    CONFIGURATION,
    CONNECTOR,
    TOPIC,
    brokers,
    mirror,
    server_properties,
    settings,
    topic,
)

_CLUSTER = "aws:msk/cluster:Cluster"
_BEST = "https://docs.aws.amazon.com/msk/latest/developerguide/bestpractices.html"
_BROKER_DOCS = "https://kafka.apache.org/documentation/#brokerconfigs"
_MIRROR_DOCS = "https://kafka.apache.org/documentation/#georeplication"
_REPLICAS, _IN_SYNC = 3, 2


@rule(
    id="topic-has-three-replicas",
    title="Topics have three replicas",
    on=(TOPIC,),
    pack="reliability",
    severity=Severity.HIGH,
    fix="replication_factor = 3",
    reference=_BEST,
    passes=(topic(),),
    fails=(topic(replicationFactor=2), topic(replicationFactor=1)),
    undecidable=(topic(replicationFactor=UNKNOWN),),
)
def topic_has_three_replicas(resource: Resource) -> Iterator[str]:
    """With two, a broker that is patched while another fails takes the partition along."""
    if int(resource.get("replicationFactor", 1)) < _REPLICAS:
        yield f"Has {resource.get('replicationFactor', 1)} replicas"


@rule(
    id="topic-acknowledges-on-quorum",
    title="A message is acknowledged once two replicas have it",
    on=(TOPIC,),
    pack="reliability",
    severity=Severity.HIGH,
    fix='configs = json.dumps({"min.insync.replicas": "2"})',
    reference=_BEST,
    passes=(topic({"min.insync.replicas": "2"}), topic()),
    fails=(topic({"min.insync.replicas": "1"}), topic({"min.insync.replicas": "3"})),
    undecidable=(topic(UNKNOWN),),
)
def topic_acknowledges_on_quorum(resource: Resource) -> Iterator[str]:
    """One replica is one disk; all three is no write at all while a broker restarts."""
    text = settings(resource).get("min.insync.replicas")
    if text is None:
        return
    if int(text) < _IN_SYNC:
        yield f"Acknowledges on {text} replica"
    elif int(text) >= int(resource.get("replicationFactor", _REPLICAS)):
        yield "Takes no message while a broker is away"


@rule(
    id="topic-elects-no-stale-leader",
    title="A replica that is behind never becomes the leader",
    on=(TOPIC,),
    pack="reliability",
    severity=Severity.CRITICAL,
    fix='configs = json.dumps({"unclean.leader.election.enable": "false"})',
    reference=_BROKER_DOCS,
    passes=(topic(), topic({"unclean.leader.election.enable": "false"})),
    fails=(topic({"unclean.leader.election.enable": "true"}),),
    undecidable=(topic(UNKNOWN),),
)
def topic_elects_no_stale_leader(resource: Resource) -> Iterator[str]:
    """Such a leader throws acknowledged payments away."""
    if settings(resource).get("unclean.leader.election.enable", "false").lower() == "true":
        yield "May lose messages that were acknowledged"


def _broker(  # one call a rule, with names
    key: str, good: str, bad: str, id_: str, title: str, why: str, *, least: bool = False
) -> ResourceRule:
    """The rule that a broker setting is given outright and is good, or (`least`) not below it."""

    def judge(resource: Resource) -> Iterator[str]:
        value = server_properties(resource).get(key)
        fine = value is not None and (
            value.isdigit() and int(value) >= int(good) if least else value.lower() == good
        )
        if not fine:
            yield f"{key} is {value or 'left to the default'}"

    judge.__doc__ = why
    judge.__module__ = __name__
    name = key.replace(".", "_")
    return rule(
        id=id_,
        title=title,
        on=(CONFIGURATION,),
        pack="reliability",
        severity=Severity.HIGH,
        fix=f'server_properties = "{key}={good}"',
        reference=_BROKER_DOCS,
        passes=(brokers(**{name: good}),),
        fails=(brokers(), brokers(**{name: bad})),
        undecidable=({"serverProperties": UNKNOWN},),
    )(judge)


brokers_replicate_threefold = _broker(
    "default.replication.factor",
    "3",
    "2",
    "brokers-replicate-threefold",
    "Topics that say nothing have three replicas",
    "A topic that nobody sized is a topic that somebody needs.",
    least=True,
)
brokers_acknowledge_on_quorum = _broker(
    "min.insync.replicas",
    "2",
    "1",
    "brokers-acknowledge-on-quorum",
    "A message is acknowledged once two brokers have it",
    "The default of one means that one lost disk loses payments that were acknowledged.",
    least=True,
)
brokers_elect_no_stale_leader = _broker(
    "unclean.leader.election.enable",
    "false",
    "true",
    "brokers-elect-no-stale-leader",
    "Brokers elect no leader that is behind",
    "MSK turns unclean election on for some versions unless it is told otherwise.",
)
brokers_keep_offsets_threefold = _broker(
    "offsets.topic.replication.factor",
    "3",
    "1",
    "brokers-keep-offsets-threefold",
    "The offsets of consumers have three replicas",
    "Where a consumer stands is as much worth as what it reads.",
    least=True,
)
brokers_keep_transactions_threefold = _broker(
    "transaction.state.log.replication.factor",
    "3",
    "1",
    "brokers-keep-transactions-threefold",
    "The log of transactions has three replicas",
    "Exactly once is only as safe as the log of what was done.",
    least=True,
)


def cluster(
    nodes: object = 3, subnets: object = ("a", "b", "c"), **fields: object
) -> dict[str, Any]:
    """An MSK cluster."""
    listed = list(subnets) if isinstance(subnets, tuple) else subnets
    return {
        "numberOfBrokerNodes": nodes,
        "brokerNodeGroupInfo": {"clientSubnets": listed},
        **fields,
    }


@rule(
    id="brokers-in-three-zones",
    title="Brokers stand in three zones",
    on=(_CLUSTER,),
    pack="reliability",
    severity=Severity.CRITICAL,
    fix='broker_node_group_info = {"client_subnets": [each.id for each in subnets]}',
    reference=_BEST,
    passes=(cluster(), cluster(subnets=[UNKNOWN, UNKNOWN, UNKNOWN])),
    fails=(cluster(subnets=("a", "b")),),
    undecidable=(cluster(subnets=UNKNOWN),),
)
def brokers_in_three_zones(resource: Resource) -> Iterator[str]:
    """A quorum of three needs three places that do not fail together."""
    zones = resource.count("brokerNodeGroupInfo.clientSubnets")
    if zones < _REPLICAS:
        yield f"Stands in {zones} zones"


@rule(
    id="brokers-even-over-zones",
    title="Each zone has as many brokers",
    on=(_CLUSTER,),
    pack="reliability",
    severity=Severity.MEDIUM,
    fix="number_of_broker_nodes = 3",
    reference=_BEST,
    passes=(cluster(), cluster(6)),
    fails=(cluster(4), cluster(2)),
    undecidable=(cluster(UNKNOWN),),
)
def brokers_even_over_zones(resource: Resource) -> Iterator[str]:
    """The zone with fewest brokers decides what the others can take over."""
    zones = resource.count("brokerNodeGroupInfo.clientSubnets")
    nodes = int(resource.get("numberOfBrokerNodes", 0))
    if not zones or nodes % zones or nodes < _REPLICAS:
        yield f"{nodes} brokers over {zones} zones"


@rule(
    id="connector-has-a-spare-worker",
    title="A connector has two workers or more",
    on=(CONNECTOR,),
    pack="reliability",
    severity=Severity.HIGH,
    fix='capacity = {"autoscaling": {"min_worker_count": 2, "max_worker_count": 4, ...: ...}}',
    reference="https://docs.aws.amazon.com/msk/latest/developerguide/msk-connect-workers.html",
    passes=(
        {"capacity": {"provisionedCapacity": {"workerCount": 2}}},
        {"capacity": {"autoscaling": {"minWorkerCount": 2}}},
    ),
    fails=(
        {"capacity": {"provisionedCapacity": {"workerCount": 1}}},
        {"capacity": {"autoscaling": {"minWorkerCount": 1}}},
        {},
    ),
    undecidable=({"capacity": UNKNOWN},),
)
def connector_has_a_spare_worker(resource: Resource) -> Iterator[str]:
    """A mirror that stands still is a gap that grows by each payment."""
    fixed = int(resource.get("capacity.provisionedCapacity.workerCount", 0))
    fewest = int(resource.get("capacity.autoscaling.minWorkerCount", 0))
    if max(fixed, fewest) < _IN_SYNC:
        yield f"Has {max(fixed, fewest)} workers at least"


def _mirrored(key: str, good: str, id_: str, title: str, why: str, bad: object) -> ResourceRule:
    """The rule that a setting of MirrorMaker is good, given outright."""
    place = ("connectorConfiguration", key)

    def judge(resource: Resource) -> Iterator[str]:
        kind = str(resource.get(("connectorConfiguration", "connector.class"), ""))
        if "MirrorSource" not in kind and "MirrorCheckpoint" not in kind:
            raise NotApplicable("it is no MirrorMaker connector")
        wanted = (
            "MirrorCheckpoint" if key.startswith(("sync.group", "emit.check")) else "MirrorSource"
        )
        if wanted not in kind:
            raise NotApplicable("the setting is another connector's")
        value = str(resource.get(place, "left to the default")).lower()
        if value != good:
            yield f"{key} is {value}"

    judge.__doc__ = why
    judge.__module__ = __name__
    checkpoint = key.startswith(("sync.group", "emit.check"))
    kind = "Checkpoint" if checkpoint else "Source"
    known = {"connector__class": f"org.apache.kafka.connect.mirror.Mirror{kind}Connector"}
    name = key.replace(".", "__")
    return rule(
        id=id_,
        title=title,
        on=(CONNECTOR,),
        pack="reliability",
        severity=Severity.HIGH,
        fix=f'connector_configuration = {{"{key}": "{good}"}}',
        reference=_MIRROR_DOCS,
        passes=(mirror(**known, **{name: good}),),
        fails=(mirror(**known, **{name: bad}),),
        undecidable=(mirror(**known, **{name: UNKNOWN}),),
        not_applicable=({"connectorConfiguration": {"connector.class": "com.example.Sink"}},),
    )(judge)


mirror_replicates_threefold = _mirrored(
    "replication.factor",
    "3",
    "mirror-replicates-threefold",
    "Mirrored topics have three replicas",
    "The copy is what is left when the original is lost.",
    "2",
)
mirror_moves_consumers = _mirrored(
    "sync.group.offsets.enabled",
    "true",
    "mirror-moves-consumers",
    "MirrorMaker carries over where consumers stand",
    "Otherwise a failover begins at the oldest message or, worse, at the newest.",
    None,
)


@stack_rule(
    id="mirror-copies-what-is-written",
    title="Each topic that is named for mirroring exists here",
    on=(CONNECTOR,),
    pack="reliability",
    severity=Severity.MEDIUM,
    fix='connector_configuration = {"topics": "payments.incoming"}',
    reference=_MIRROR_DOCS,
    passes=(
        [
            {"type": CONNECTOR, "name": "m", "props": mirror(topics="payments.incoming")},
            {"type": TOPIC, "name": "t", "props": topic()},
        ],
        [{"type": CONNECTOR, "name": "m", "props": mirror(topics="payments\\..*")}],
    ),
    fails=(
        [
            {"type": CONNECTOR, "name": "m", "props": mirror(topics="payments.incomming")},
            {"type": TOPIC, "name": "t", "props": topic()},
        ],
    ),
    undecidable=(
        [
            {"type": CONNECTOR, "name": "m", "props": mirror(topics=UNKNOWN)},
            {"type": TOPIC, "name": "t", "props": topic()},
        ],
    ),
)
def mirror_copies_what_is_written(stack: Stack) -> Iterator[tuple[Resource, str]]:
    """Both regions have the same topics; a misspelt name in the list mirrors nothing, silently."""
    topics = {each.get("name", each.name) for each in stack.of(TOPIC)}
    for connector in stack.of(CONNECTOR):
        kind = str(connector.get(("connectorConfiguration", "connector.class"), ""))
        if not topics or "MirrorSource" not in kind:
            continue
        for name in str(connector.get(("connectorConfiguration", "topics"), "")).split(","):
            plain = name.strip().replace("\\.", ".")
            if plain and not set(plain) & set("*+?[](){}|\\^$") and plain not in topics:
                yield connector, f"Mirrors {plain}, which is no topic of the platform"
