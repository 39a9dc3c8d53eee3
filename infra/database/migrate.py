"""The Job that brings the schema up to date before any pod of the new version starts."""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
import pulumi_kubernetes as k8s

from infra import pod
from infra.services import MIGRATE


@dataclass(frozen=True, kw_only=True)
class MigrationArgs:
    """Where it runs and with what."""

    namespace: str
    image: str
    environment: Mapping[str, pulumi.Input[str]]


class Migration(pulumi.ComponentResource):
    """A ServiceAccount and a Job; done once the Job has completed."""

    job: k8s.batch.v1.Job
    """What all Deployments wait for."""

    def __init__(
        self, name: str, args: MigrationArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("platform:database:Migration", name, None, opts)
        metadata: k8s.meta.v1.ObjectMetaArgsDict = {
            "name": MIGRATE.name,
            "namespace": args.namespace,
            "labels": pod.labels(MIGRATE.name),
        }
        account = k8s.core.v1.ServiceAccount(
            MIGRATE.name,
            metadata=metadata,
            automount_service_account_token=False,
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.job = k8s.batch.v1.Job(
            MIGRATE.name,
            metadata=metadata,
            spec={
                "backoff_limit": 6,
                "active_deadline_seconds": 1800,
                "template": pod.template(
                    pod.PodArgs(
                        service_account=MIGRATE.name,
                        part=MIGRATE.part,
                        image=args.image,
                        environment=args.environment,
                        serves=False,
                    )
                ),
            },
            opts=pulumi.ResourceOptions(
                parent=self,
                depends_on=[account],
                # A Job's pods cannot be changed, and two of one name cannot be.
                delete_before_replace=True,
                replace_on_changes=["spec"],
            ),
        )
        self.register_outputs({})
