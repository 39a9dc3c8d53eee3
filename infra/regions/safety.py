"""What guards the inside of a region: mesh, gateway, network policies, rights, admission, logs."""

from dataclasses import dataclass
from urllib.parse import urlsplit

import pulumi

from infra.monitoring import Scrape
from infra.regions.operators import Operators
from infra.security.admission import Admission, AdmissionArgs
from infra.security.egress import Egress, EgressArgs
from infra.security.gateway import Gateway, GatewayArgs
from infra.security.logs import LogStore, LogStoreArgs
from infra.security.mesh import Mesh
from infra.security.netpolicy import NetworkPolicies, NetworkPoliciesArgs
from infra.security.rbac import Rbac
from infra.security.settings import AdmissionSettings, MeshSettings
from infra.security.tokens import Tokens, TokensArgs
from infra.settings import Settings


@dataclass(frozen=True, kw_only=True)
class SafetyArgs:
    """The region, and how firmly it is guarded."""

    settings: Settings
    mesh: MeshSettings
    admission: AdmissionSettings
    operators: Operators
    kafka_brokers: pulumi.Input[str]
    target_group_arn: pulumi.Input[str]


class Safety(pulumi.ComponentResource):
    """Each guard, after the operator that knows its kinds of objects."""

    def __init__(
        self, name: str, args: SafetyArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("platform:regions:Safety", name, None, opts)
        self._args = args
        settings = args.settings
        NetworkPolicies(
            "network-policies",
            NetworkPoliciesArgs(
                vpc_cidr=settings.plan.cidr,
                peer_cidrs=tuple(settings.regions[each].cidr for each in settings.other_regions),
            ),
            self._after(),
        )
        Rbac("rbac", self._after())
        Admission("admission", AdmissionArgs(settings=args.admission), self._after("gatekeeper"))
        self._mesh()
        Scrape("scrape", self._after("prometheus"))
        if args.admission.log_store == "elastic":
            LogStore("log-store", LogStoreArgs(), self._after("eck-operator"))
        self.register_outputs({})

    def _after(self, *releases: str) -> pulumi.ResourceOptions:
        return pulumi.ResourceOptions(
            parent=self, depends_on=[self._args.operators.releases[each] for each in releases]
        )

    def _mesh(self) -> None:
        args, settings = self._args, self._args.settings
        Mesh("mesh", self._after("istiod"))
        Gateway(
            "gateway",
            GatewayArgs(
                region=settings.region,
                domain=settings.domain,
                settings=args.mesh,
                target_group_arn=args.target_group_arn,
            ),
            self._after("gateway", "aws-load-balancer-controller"),
        )
        Tokens(
            "tokens",
            TokensArgs(
                region=settings.region, domain=settings.domain, peers=settings.other_regions
            ),
            self._after("istiod"),
        )
        Egress(
            "egress",
            EgressArgs(
                region=settings.region,
                peers=settings.other_regions,
                acquirer_host=urlsplit(settings.acquirer_url).hostname or "",
                webhook_hosts=args.mesh.webhook_hosts,
                kafka_brokers=args.kafka_brokers,
            ),
            self._after("istiod"),
        )
