"""One part of the payment service in the cluster: its pods, name, identity, width and safety."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import pulumi
import pulumi_kubernetes as k8s

from infra import pod


@dataclass(frozen=True, kw_only=True)
class Lag:
    """Width by how far a consumer group is behind on a topic."""

    topic: str
    partitions: int
    """More pods than partitions idle, so there are never more."""
    messages_per_pod: int = 5000
    minimum: int = 4
    ceiling: int = 200

    def __post_init__(self) -> None:
        if self.maximum < self.minimum:
            raise ValueError(
                f"{self.topic} has {self.partitions} partitions, fewer than the minimum of"
                f" {self.minimum} pods: the rest would idle"
            )

    @property
    def maximum(self) -> int:
        """The most pods: no more than the topic's partitions."""
        return min(self.ceiling, self.partitions)

    def metric(self) -> k8s.autoscaling.v2.MetricSpecArgsDict:
        """Return the HPA's metric: lag over pods."""
        return {
            "type": "External",
            "external": {
                "metric": {
                    "name": "kafka_consumer_lag",
                    "selector": {"match_labels": {"topic": self.topic}},
                },
                "target": {"type": "AverageValue", "average_value": str(self.messages_per_pod)},
            },
        }


@dataclass(frozen=True, kw_only=True)
class Cpu:
    """Width by the share of the requested CPU in use."""

    percent: int = 60
    minimum: int = 2
    maximum: int = 20

    def metric(self) -> k8s.autoscaling.v2.MetricSpecArgsDict:
        """Return the HPA's metric: CPU over pods."""
        return {
            "type": "Resource",
            "resource": {
                "name": "cpu",
                "target": {"type": "Utilization", "average_utilization": self.percent},
            },
        }


@dataclass(frozen=True, kw_only=True)
class WorkloadArgs:
    """Where it runs, what its pods are, and how many."""

    namespace: str
    pod: pod.PodArgs
    replicas: int = 2
    """How many, where nothing scales it."""
    scaling: Lag | Cpu | None = None
    data: Literal["card", "token", "none"]
    """Which class of data passes through it; the data-flow diagram is drawn from this."""

    def __post_init__(self) -> None:
        if self.replicas < 2:  # noqa: PLR2004 - two is the point
            raise ValueError(
                f"{self.pod.service_account}: {self.replicas} replica cannot outlive its node;"
                " expected at least 2"
            )


class Workload(pulumi.ComponentResource):
    """A Deployment, with all that lets it be found, scaled, and drained without an outage."""

    deployment: k8s.apps.v1.Deployment
    """The Deployment itself, for what must wait until its pods are ready."""

    def __init__(
        self, name: str, args: WorkloadArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("platform:index:Workload", name, None, opts)
        self._name, self._args = name, args
        self._child = pulumi.ResourceOptions(parent=self)
        account = k8s.core.v1.ServiceAccount(
            name,
            metadata=self._metadata(),
            automount_service_account_token=False,
            opts=self._child,
        )
        self.deployment = k8s.apps.v1.Deployment(
            name,
            metadata=self._metadata(),
            spec=self._deployment(),
            opts=pulumi.ResourceOptions(parent=self, depends_on=[account]),
        )
        k8s.core.v1.Service(
            name,
            # Its pods are waited for by the Deployment.
            metadata=self._metadata({"pulumi.com/skipAwait": "true"}),
            spec={
                "selector": pod.selector(name),
                "ports": [{"name": "http", "port": pod.HTTP_PORT, "target_port": "http"}],
            },
            opts=self._child,
        )
        k8s.policy.v1.PodDisruptionBudget(
            name,
            metadata=self._metadata(),
            spec={
                "max_unavailable": 1,
                "selector": {"match_labels": pod.selector(name)},
                # A pod that is not ready serves nobody and must not block a drain.
                "unhealthy_pod_eviction_policy": "AlwaysAllow",
            },
            opts=self._child,
        )
        if args.scaling:
            self._scale(args.scaling)
        self.register_outputs({"deployment": self.deployment.metadata.name})

    def _metadata(
        self, annotations: Mapping[str, str] | None = None
    ) -> k8s.meta.v1.ObjectMetaArgsDict:
        return {
            "name": self._name,
            "namespace": self._args.namespace,
            "labels": {**pod.labels(self._name), "pci/data": self._args.data},
            "annotations": annotations,
        }

    def _deployment(self) -> k8s.apps.v1.DeploymentSpecArgsDict:
        spec: k8s.apps.v1.DeploymentSpecArgsDict = {
            "selector": {"match_labels": pod.selector(self._name)},
            "strategy": {
                "type": "RollingUpdate",
                "rolling_update": {"max_unavailable": 0, "max_surge": "25%"},
            },
            "min_ready_seconds": 5,
            "revision_history_limit": 5,
            "template": pod.template(self._args.pod),
        }
        if not self._args.scaling:
            # Elsewhere the autoscaler owns the number, and an update must not put it back.
            spec["replicas"] = self._args.replicas
        return spec

    def _scale(self, scaling: Lag | Cpu) -> None:
        k8s.autoscaling.v2.HorizontalPodAutoscaler(
            self._name,
            metadata=self._metadata(),
            spec={
                "scale_target_ref": {
                    "api_version": "apps/v1",
                    "kind": "Deployment",
                    "name": self._name,
                },
                "min_replicas": scaling.minimum,
                "max_replicas": scaling.maximum,
                "metrics": [scaling.metric()],
                # Each change of a consumer group's members stops all of it for a moment: up at
                # once, down only when the lag has stayed low for five minutes.
                "behavior": {
                    "scale_up": {
                        "policies": [{"type": "Percent", "value": 100, "period_seconds": 30}]
                    },
                    "scale_down": {
                        "stabilization_window_seconds": 300,
                        "policies": [{"type": "Percent", "value": 25, "period_seconds": 60}],
                    },
                },
            },
            opts=pulumi.ResourceOptions(parent=self, depends_on=[self.deployment]),
        )
