"""What the payment service may call outside of the mesh: by name, and each part its own list."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
from pulumi_kubernetes.apiextensions import CustomResource

from infra import names
from infra.pod import selector
from infra.services import SERVICES, Callee

NETWORKING = "networking.istio.io/v1"
NAMESPACE = "payments"


@dataclass(frozen=True, kw_only=True)
class EgressArgs:
    """Whom the region calls."""

    region: str
    peers: tuple[str, ...]
    acquirer_host: str
    webhook_hosts: tuple[str, ...]
    kafka_brokers: pulumi.Input[str]
    """host:port, parted by commas."""


@dataclass(frozen=True, kw_only=True)
class Outside:
    """Hosts that are called for one purpose."""

    hosts: pulumi.Output[Sequence[str]]
    port: int
    protocol: str = "TLS"
    location: str = "MESH_EXTERNAL"


class Egress(pulumi.ComponentResource):
    """A ServiceEntry for each purpose, and a Sidecar for each part that sees only its own."""

    def __init__(
        self, name: str, args: EgressArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("platform:security:Egress", name, None, opts)
        outside = _outside(args)
        for callee, each in outside.items():
            self._custom(
                callee,
                "ServiceEntry",
                {
                    "hosts": each.hosts,
                    "location": each.location,
                    "resolution": "DNS",
                    "ports": [
                        {
                            "number": each.port,
                            "name": each.protocol.lower(),
                            "protocol": each.protocol,
                        }
                    ],
                    "exportTo": ["."],
                },
            )
        for service in SERVICES:
            hosts = pulumi.Output.all(
                *(outside[callee].hosts for callee in service.calls if callee in outside)
            ).apply(_egress_hosts)
            self._custom(
                service.name,
                "Sidecar",
                {
                    "workloadSelector": {"labels": selector(service.name)},
                    "outboundTrafficPolicy": {"mode": "REGISTRY_ONLY"},
                    "egress": [{"hosts": hosts}],
                },
            )
        self.register_outputs({})

    def _custom(self, name: str, kind: str, spec: dict[str, Any]) -> None:
        CustomResource(
            f"{kind}-{name}".lower(),
            api_version=NETWORKING,
            kind=kind,
            metadata={"name": name, "namespace": NAMESPACE},
            spec=spec,
            opts=pulumi.ResourceOptions(parent=self),
        )


def _egress_hosts(lists: list[list[str]]) -> list[str]:
    # The collector of traces is a Service of the cluster, and istiod gives the sidecar its rules.
    return ["istio-system/*", "monitoring/*", *sorted(f"./{h}" for hosts in lists for h in hosts)]


def _outside(args: EgressArgs) -> Mapping[Callee, Outside]:
    brokers = pulumi.Output.from_input(args.kafka_brokers).apply(
        lambda text: sorted(each.rsplit(":", 1)[0] for each in text.split(",") if each)
    )
    found: dict[Callee, Outside] = {
        "vault": Outside(hosts=_known(names.vault_host(args.region)), port=names.VAULT_PORT),
        "database": Outside(
            hosts=_known(names.database_host(args.region)),
            port=names.DATABASE_PORT,
            # PostgreSQL begins in clear and turns to TLS itself; the mesh passes it on as it is.
            protocol="TCP",
            location="MESH_INTERNAL",
        ),
        "kafka": Outside(hosts=brokers, port=names.KAFKA_IAM_PORT),
        "peer-intake": Outside(
            hosts=_known(*(names.intake_host(each) for each in args.peers)),
            port=names.INTAKE_PORT,
        ),
        "acquirer": Outside(hosts=_known(args.acquirer_host), port=443),
    }
    if args.webhook_hosts:
        found["merchants"] = Outside(hosts=_known(*args.webhook_hosts), port=443)
    return found


def _known(*hosts: str) -> pulumi.Output[Sequence[str]]:
    return pulumi.Output.from_input(list(hosts))
