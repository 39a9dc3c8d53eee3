"""Storage classes: each encrypts its volumes under the key of what is kept on them."""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
import pulumi_kubernetes as k8s

DATABASE = "evenkeel-database"
VAULT = "evenkeel-vault"
LOGS = "evenkeel-logs"


@dataclass(frozen=True, kw_only=True)
class StorageClassesArgs:
    """The ARN of each class's KMS key, by the class's name."""

    key_arns: Mapping[str, pulumi.Input[str]]


class StorageClasses(pulumi.ComponentResource):
    """gp3 volumes that grow, stay when their claim goes, and wait for their pod's zone."""

    def __init__(
        self, name: str, args: StorageClassesArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("platform:index:StorageClasses", name, None, opts)
        for each, key in args.key_arns.items():
            k8s.storage.v1.StorageClass(
                each,
                metadata={"name": each},
                provisioner="ebs.csi.aws.com",
                parameters={"type": "gp3", "encrypted": "true", "kmsKeyId": key},
                allow_volume_expansion=True,
                reclaim_policy="Retain",
                volume_binding_mode="WaitForFirstConsumer",
                opts=pulumi.ResourceOptions(parent=self),
            )
        self.register_outputs({})
