"""Copies another region's topics into this one: MirrorMaker 2 in the cluster, by Strimzi."""

from dataclasses import dataclass
from typing import Any

import pulumi
from pulumi_kubernetes.apiextensions import CustomResource

from infra import names
from infra.kafka.connectors import (
    IAM_SIGN_IN,
    Direction,
    MirrorPlan,
    connectors,
    refuse_loops,
)
from infra.kafka.ends import KafkaEnd, mirror_rights
from infra.kafka.settings import ReplicationSettings
from infra.regions.identities import Identities, IdentitiesArgs, Identity

NAMESPACE = "kafka"
PARTS = {"source": "sourceConnector", "checkpoint": "checkpointConnector"}
"""Strimzi runs no heartbeat: how far behind a quiet link is shows by the source's metrics."""


@dataclass(frozen=True, kw_only=True)
class StrimziMirrorArgs:
    """From where to where. It runs in the target's cluster."""

    account_id: str
    source: KafkaEnd
    target: KafkaEnd
    cluster_name: pulumi.Input[str]
    kubernetes: pulumi.ProviderResource
    settings: ReplicationSettings
    kafka_version: str = "3.9.0"

    def __post_init__(self) -> None:
        if not self.settings.strimzi_image:
            raise ValueError(
                "strimziImage: an image of Strimzi with aws-msk-iam-auth on its classpath; "
                "on the plugin path Kafka Connect would not find it"
            )
        refuse_loops(
            [
                self.there,
                Direction(
                    source=self.there.target,
                    target=self.there.source,
                    worker=self.there.source,
                    identity_names=self.there.identity_names,
                ),
            ]
        )

    @property
    def there(self) -> Direction:
        """The direction that it copies in."""
        return Direction(
            source=names.alias(self.source.region),
            target=names.alias(self.target.region),
            worker=names.alias(self.target.region),
            identity_names=self.settings.identity_names,
        )


class StrimziMirror(pulumi.ComponentResource):
    """A KafkaMirrorMaker2 with the same connector configuration as on MSK Connect, and its role."""

    def __init__(
        self, name: str, args: StrimziMirrorArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("platform:kafka:StrimziMirror", name, None, opts)
        self._args = args
        self._mirror = f"mirror-{args.source.region}"
        # Strimzi names the ServiceAccount after the object.
        account = f"{self._mirror}-mirrormaker2"
        Identities(
            name,
            IdentitiesArgs(
                region=args.target.region,
                account_id=args.account_id,
                cluster_name=args.cluster_name,
                identities=[
                    Identity(
                        namespace=NAMESPACE,
                        service_account=account,
                        may=mirror_rights(args.source, args.target),
                        fixed_session=True,
                    )
                ],
            ),
            pulumi.ResourceOptions(parent=self),
        )
        CustomResource(
            name,
            api_version="kafka.strimzi.io/v1",
            kind="KafkaMirrorMaker2",
            metadata={"name": self._mirror, "namespace": NAMESPACE},
            spec=self._spec(account),
            opts=pulumi.ResourceOptions(parent=self, provider=args.kubernetes),
        )
        self.register_outputs({})

    def _sign_in(self, account: str) -> dict[str, Any]:
        """Sign in as the pod's role under a fixed session name, so that it can do so again."""
        arn = names.role_arn(account, self._args.target.region, self._args.account_id)
        login = (
            "software.amazon.msk.auth.iam.IAMLoginModule required "
            f'awsRoleArn="{arn}" awsRoleSessionName="{account}";'
        )
        kept = {key: value for key, value in IAM_SIGN_IN.items() if key.startswith("sasl.")}
        return {
            "type": "custom",
            "sasl": True,
            "config": {**kept, "sasl.jaas.config": login},
        }

    def _spec(self, account: str) -> dict[str, Any]:
        args, mirror = self._args, self._mirror
        rendered = connectors(
            MirrorPlan(
                direction=args.there,
                source_brokers=args.source.brokers,
                target_brokers=args.target.brokers,
                tasks_max=args.settings.tasks_max,
            )
        )
        sign_in = self._sign_in(account)
        return {
            "version": args.kafka_version,
            "replicas": args.settings.workers,
            "image": args.settings.strimzi_image,
            "target": {
                "alias": args.there.target,
                "bootstrapServers": args.target.brokers,
                "groupId": mirror,
                "configStorageTopic": f"{mirror}-configs",
                "offsetStorageTopic": f"{mirror}-offsets",
                "statusStorageTopic": f"{mirror}-status",
                "tls": {"trustedCertificates": []},
                "authentication": sign_in,
            },
            "mirrors": [
                {
                    "source": {
                        "alias": args.there.source,
                        "bootstrapServers": args.source.brokers,
                        "tls": {"trustedCertificates": []},
                        "authentication": sign_in,
                    },
                    "topicsPattern": rendered["source"]["topics"],
                    "groupsPattern": rendered["checkpoint"]["groups"],
                    **{
                        key: {
                            "tasksMax": args.settings.tasks_max if part == "source" else 1,
                            "config": own_settings(rendered[part]),
                        }
                        for part, key in PARTS.items()
                    },
                }
            ],
        }


def own_settings(rendered: dict[str, Any]) -> dict[str, Any]:
    """Leave out what Strimzi itself writes: who the clusters are, which class, which topics."""
    written = (
        "source.cluster.",
        "target.cluster.",
        "connector.class",
        "tasks.max",
        "topics",
        "groups",
    )
    return {key: value for key, value in rendered.items() if not key.startswith(written)}
