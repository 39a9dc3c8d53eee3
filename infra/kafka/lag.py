"""`kafka_consumer_lag`, as the autoscaler asks for it: what consumers say, summed by Prometheus.

Each consumer tells the lag of the partitions that it has. Their sum is the lag of the group, since
each partition belongs to one consumer. While none runs there is no sum, and the autoscaler keeps to
its minimum.
"""

from typing import Any

from infra.services import BY_NAME

METRIC = "kafka_consumer_lag"
GAUGE = "payments_consumer_lag"
"""What each pod shows at /metrics, by topic."""
CONSUMER = BY_NAME["payment-processor"]


def query() -> str:
    """Return the PromQL of the metric, as the adapter's template."""
    return (
        f'sum(max_over_time({GAUGE}{{namespace="payments",pod=~"{CONSUMER.name}-.*",'
        "<<.LabelMatchers>>}[1m])) by (topic)"
    )


def adapter_values() -> dict[str, Any]:
    """Return the values of prometheus-adapter's chart: this one external metric, nothing else."""
    return {
        "replicas": 2,
        "prometheus": {
            "url": "http://prometheus-kube-prometheus-prometheus.monitoring.svc",
            "port": 9090,
        },
        "metricsRelistInterval": "30s",
        "podDisruptionBudget": {"enabled": True, "maxUnavailable": 1},
        "rules": {
            "default": False,
            "external": [
                {
                    "seriesQuery": f'{GAUGE}{{namespace="payments"}}',
                    # The metric belongs to no object of the cluster, only to a topic.
                    "resources": {"namespaced": False},
                    "name": {"as": METRIC},
                    "metricsQuery": query(),
                }
            ],
        },
    }
