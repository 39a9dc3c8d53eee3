"""What people may do in the cluster, by group. Nobody may do everything, and nobody reads Secrets.

Groups come from the access entries of the cluster, which the identity provider fills.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_kubernetes as k8s

READ = ("get", "list", "watch")


@dataclass(frozen=True, kw_only=True)
class Right:
    """Verbs on kinds of objects."""

    group: str
    resources: tuple[str, ...]
    verbs: tuple[str, ...] = READ


@dataclass(frozen=True, kw_only=True)
class Duty:
    """What one group of people does."""

    group: str
    why: str
    rights: tuple[Right, ...]
    namespaces: tuple[str, ...] = ()
    """Empty: in the whole cluster."""


_WORKLOADS = (
    Right(
        group="",
        resources=("pods", "services", "endpoints", "events", "configmaps", "nodes"),
    ),
    Right(group="apps", resources=("deployments", "replicasets", "statefulsets", "daemonsets")),
    Right(group="autoscaling", resources=("horizontalpodautoscalers",)),
    Right(group="batch", resources=("jobs", "cronjobs")),
    Right(group="policy", resources=("poddisruptionbudgets",)),
)

DUTIES = (
    Duty(
        group="evenkeel:operators",
        why="see what runs and why it does not",
        rights=_WORKLOADS,
    ),
    Duty(
        group="evenkeel:oncall",
        why="restart, and scale by hand when the autoscaler cannot",
        rights=(
            Right(group="apps", resources=("deployments",), verbs=("get", "patch")),
            Right(group="apps", resources=("deployments/scale",), verbs=("get", "patch")),
            Right(group="", resources=("pods",), verbs=("get", "delete")),
        ),
        namespaces=("payments", "istio-ingress"),
    ),
    Duty(
        group="evenkeel:security",
        why="read every rule that protects the cluster",
        rights=(
            Right(
                group="rbac.authorization.k8s.io",
                resources=("roles", "rolebindings", "clusterroles", "clusterrolebindings"),
            ),
            Right(group="networking.k8s.io", resources=("networkpolicies",)),
            Right(
                group="security.istio.io",
                resources=(
                    "authorizationpolicies",
                    "peerauthentications",
                    "requestauthentications",
                ),
            ),
            Right(group="networking.istio.io", resources=("gateways", "virtualservices")),
            Right(group="templates.gatekeeper.sh", resources=("constrainttemplates",)),
        ),
    ),
)


class Rbac(pulumi.ComponentResource):
    """A role and its binding for each duty."""

    def __init__(self, name: str, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("platform:security:Rbac", name, None, opts)
        self._child = pulumi.ResourceOptions(parent=self)
        for duty in DUTIES:
            if duty.namespaces:
                for namespace in duty.namespaces:
                    self._in_namespace(duty, namespace)
            else:
                self._in_cluster(duty)
        self.register_outputs({})

    def _in_cluster(self, duty: Duty) -> None:
        title = _title(duty)
        k8s.rbac.v1.ClusterRole(
            title,
            metadata={"name": title, "annotations": {"evenkeel.dev/why": duty.why}},
            rules=_rules(duty.rights),
            opts=self._child,
        )
        k8s.rbac.v1.ClusterRoleBinding(
            title,
            metadata={"name": title},
            role_ref={
                "api_group": "rbac.authorization.k8s.io",
                "kind": "ClusterRole",
                "name": title,
            },
            subjects=[_group(duty)],
            opts=self._child,
        )

    def _in_namespace(self, duty: Duty, namespace: str) -> None:
        title = _title(duty)
        k8s.rbac.v1.Role(
            f"{title}-{namespace}",
            metadata={
                "name": title,
                "namespace": namespace,
                "annotations": {"evenkeel.dev/why": duty.why},
            },
            rules=_rules(duty.rights),
            opts=self._child,
        )
        k8s.rbac.v1.RoleBinding(
            f"{title}-{namespace}",
            metadata={"name": title, "namespace": namespace},
            role_ref={"api_group": "rbac.authorization.k8s.io", "kind": "Role", "name": title},
            subjects=[_group(duty)],
            opts=self._child,
        )


def _title(duty: Duty) -> str:
    return duty.group.replace(":", "-")


def _group(duty: Duty) -> k8s.rbac.v1.SubjectArgsDict:
    return {"kind": "Group", "name": duty.group, "api_group": "rbac.authorization.k8s.io"}


def _rules(rights: Sequence[Right]) -> list[k8s.rbac.v1.PolicyRuleArgsDict]:
    return [
        {
            "api_groups": [each.group],
            "resources": list(each.resources),
            "verbs": list(each.verbs),
        }
        for each in rights
    ]
