from infra.kafka import lag
from infra.workload import Lag


def test_the_adapter_serves_the_metric_that_the_autoscaler_asks_for():
    asked = Lag(topic="payments.incoming", partitions=60).metric()["external"]["metric"]["name"]
    (rule,) = lag.adapter_values()["rules"]["external"]

    assert rule["name"] == {"as": asked}
    assert rule["resources"] == {"namespaced": False}


def test_lag_is_summed_over_the_processors_by_topic():
    query = lag.query()

    assert query.startswith("sum(")
    assert query.endswith("by (topic)")
    assert 'pod=~"payment-processor-.*"' in query
    assert "<<.LabelMatchers>>" in query
