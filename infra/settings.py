"""A stack's settings: the only reader of its configuration.

`load()` reports everything that is wrong at once, before any resource is declared.
"""

import ipaddress
import itertools
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from typing import Annotated, Any, Literal

import pulumi

from infra.database.settings import DatabaseSettings
from infra.kafka.settings import KafkaSettings
from infra.kafka.topics import INCOMING
from infra.regions.settings import (
    ClusterSettings,
    EdgeSettings,
    NetworkSettings,
    NodesSettings,
    RegionPlan,
)
from infra.sections import Matches, Mistake, Range, camel_case, read_fields
from infra.security.settings import AdmissionSettings, MeshSettings, VaultSettings

HPA_REPLICAS_MAX = min(200, INCOMING.partitions)
"""The most processors of a region: one for each partition, and never more than 200."""


@dataclass(frozen=True, kw_only=True)
class ProcessorSettings:
    """How far the payment processors scale on lag."""

    min: Annotated[int, Range(1, 200)] = 4
    max: Annotated[int, Range(1, 200)] = HPA_REPLICAS_MAX
    lag_per_pod: Annotated[int, Range(1, 1_000_000)] = 5000

    def __post_init__(self) -> None:
        if self.max > INCOMING.partitions:
            raise ValueError(
                f"max no more than {INCOMING.partitions}, the partitions of {INCOMING.name}: "
                "a pod beyond them idles"
            )
        if self.min > self.max:
            raise ValueError(f"min no more than max, {self.max}")


@dataclass(frozen=True, kw_only=True)
class AuditSettings:
    """How long the trail is kept, and how firmly."""

    retention_years: Annotated[int, Range(1, 100)] = 7
    mode: Literal["COMPLIANCE", "GOVERNANCE"] = "COMPLIANCE"
    """Under COMPLIANCE nobody, not even root, deletes before the time is over."""
    organization: bool = False
    """Whether the trail takes in all accounts of the organisation."""


@dataclass(frozen=True, kw_only=True)
class BackupSettings:
    """AWS Backup's vault."""

    retention_days: Annotated[int, Range(7, 3650)] = 35
    copy_retention_days: Annotated[int, Range(7, 3650)] = 35
    """Of the copy in the other region."""
    lock_after_days: Annotated[int, Range(3, 365)] = 7
    """Until then a wrong lock can be taken back; afterwards by nobody."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """All that differs from one installation, or one region, to the next."""

    region: str
    regions: Mapping[str, RegionPlan]
    """Every region, in one order in all stacks."""
    peer: str = ""
    """The region, or regions parted by commas, that this stack links to. Empty in the first."""
    account_id: Annotated[str, Matches(r"\d{12}", "an AWS account's twelve digits")]
    domain: Annotated[str, Matches(r"([a-z0-9-]+\.)+[a-z]{2,}", "a domain, such as example.com")]
    owner: Annotated[str, Matches(r".{1,100}", "who answers for it")]
    cost_centre: Annotated[str, Matches(r".{1,100}", "who pays for it")]
    provisioner_arn: Annotated[
        str, Matches(r"arn:aws:iam::\d{12}:(role|user)/.+", "the ARN of who runs pulumi")
    ]
    image: Annotated[
        str,
        Matches(r"[^@\s]+@sha256:[0-9a-f]{64}", "an image by digest: <repository>@sha256:<64 hex>"),
    ]
    acquirer_url: Annotated[str, Matches(r"https://\S+", "the https URL of the settlement bank")]
    telemetry_endpoint: str = ""
    """Where OpenTelemetry goes; empty for nowhere."""
    deletion_protected: bool = True
    """While true, nothing that keeps data can be deleted. Deleting asks to set it false first."""
    network: NetworkSettings = field(default_factory=NetworkSettings)
    cluster: ClusterSettings = field(default_factory=ClusterSettings)
    nodes: NodesSettings = field(default_factory=NodesSettings)
    kafka: KafkaSettings = field(default_factory=KafkaSettings)
    processor: ProcessorSettings = field(default_factory=ProcessorSettings)
    audit: AuditSettings = field(default_factory=AuditSettings)
    backup: BackupSettings = field(default_factory=BackupSettings)
    database: DatabaseSettings = field(default_factory=DatabaseSettings)
    vault: VaultSettings = field(default_factory=VaultSettings)
    mesh: MeshSettings = field(default_factory=MeshSettings)
    admission: AdmissionSettings = field(default_factory=AdmissionSettings)
    edge: EdgeSettings

    @property
    def plan(self) -> RegionPlan:
        """Return this region's own network and zones."""
        return self.regions[self.region]

    @property
    def peers(self) -> tuple[str, ...]:
        """The regions that this stack links to."""
        return _peers(self.peer)

    @property
    def is_first(self) -> bool:
        """Whether no region was there before it: what all regions share is made here."""
        return not self.peers

    @property
    def other_regions(self) -> tuple[str, ...]:
        """Every region but this."""
        return tuple(each for each in self.regions if each != self.region)

    @property
    def neighbour(self) -> str:
        """The region that takes this one's payments too before a `global` answer: the next one."""
        ring = list(self.regions)
        return ring[(ring.index(self.region) + 1) % len(ring)]


class ConfigurationError(Exception):
    """Everything that is wrong with a stack's configuration."""

    def __init__(self, mistakes: list[Mistake]) -> None:
        self.mistakes = mistakes
        count = "1 mistake" if len(mistakes) == 1 else f"{len(mistakes)} mistakes"
        lines = "\n".join(f"  {each}" for each in mistakes)
        super().__init__(f"the stack's configuration has {count}\n{lines}")


def load() -> Settings:
    """Return the settings of the stack that runs. Raises ConfigurationError with every mistake."""
    return parse(_found(pulumi.Config()))


def parse(found: Mapping[str, object]) -> Settings:
    """Return the settings in a configuration's plain data. Raises ConfigurationError."""
    mistakes: list[Mistake] = []
    values = read_fields(Settings, found, f"{pulumi.Config().name}:", mistakes)
    mistakes += _contradictions(values)
    if mistakes:
        raise ConfigurationError(mistakes)
    return Settings(**values)


def _found(config: pulumi.Config) -> dict[str, object]:
    """Return the configuration's values, typed: Pulumi hands all but texts over as JSON."""
    prefix = f"{config.name}:"
    set_keys = {
        each.removeprefix(prefix)
        for each in {**pulumi.runtime.config.CONFIG.get(), **pulumi.runtime.config.get_config_env()}
        if each.startswith(prefix)
    }
    texts = {camel_case(each.name) for each in fields(Settings) if not _is_json(each.type)}
    found: dict[str, object] = {}
    for key in sorted(set_keys | {camel_case(each.name) for each in fields(Settings)}):
        text = config.get(key)
        if text is not None:
            found[key] = text if key in texts else _json(text)
    return found


def _is_json(hint: Any) -> bool:
    """Whether a field holds more than a text."""
    return hint is not str and getattr(hint, "__origin__", None) is not str


def _json(text: str) -> object:
    """Return a value out of JSON; what is not JSON stays a text, and will be found wrong."""
    try:
        return json.loads(text)
    except ValueError:
        return text


def _peers(peer: str) -> tuple[str, ...]:
    return tuple(each.strip() for each in peer.split(",") if each.strip())


def _contradictions(values: Mapping[str, Any]) -> Iterator[Mistake]:
    """Say what is wrong between settings, as far as they could be read."""
    name = f"{pulumi.Config().name}:"
    regions: Mapping[str, RegionPlan] = values.get("regions", {})
    region, peers = values.get("region", ""), _peers(values.get("peer", ""))
    known = ", ".join(regions)
    if regions and region and region not in regions:
        yield Mistake(f"{name}region", region, f"one of the regions: {known}")
    for each in peers if regions else ():
        if each == region or each not in regions:
            yield Mistake(f"{name}peer", each, f"another of the regions: {known}")
    if len(regions) == 1:
        yield Mistake(f"{name}regions", list(regions), "two regions at least")
    for (one, first), (other, second) in itertools.combinations(regions.items(), 2):
        if ipaddress.ip_network(first.cidr).overlaps(ipaddress.ip_network(second.cidr)):
            yield Mistake(
                f"{name}regions.{other}.cidr",
                second.cidr,
                f"a network apart from {one}'s {first.cidr}: linked regions must not overlap",
            )
    account, provisioner = values.get("account_id"), values.get("provisioner_arn", "")
    if account and provisioner and f"::{account}:" not in provisioner:
        yield Mistake(f"{name}provisionerArn", provisioner, f"an ARN of account {account}")
