"""Every metric of the service, so that their names can be read in one place."""

from prometheus_client import Counter, Gauge, Histogram

_LATENCY_S = (0.005, 0.01, 0.02, 0.03, 0.05, 0.075, 0.1, 0.15, 0.25, 0.5, 1, 2.5, 10)

REQUESTS = Counter("payments_requests_total", "Requests answered", ["route", "method", "status"])
DURATION = Histogram(
    "payments_request_duration_seconds", "Time to answer", ["route", "method"], buckets=_LATENCY_S
)
STEP = Histogram(
    "payments_step_duration_seconds", "Time of one step of a request", ["step"], buckets=_LATENCY_S
)
ACCEPTED = Counter("payments_accepted_total", "Payments acknowledged", ["currency", "durability"])
FALLBACKS = Counter(
    "payments_durability_fallbacks_total", "Asked for global, acknowledged regional"
)
REPLAYS = Counter("payments_idempotent_replays_total", "Answers repeated", ["outcome"])
SETTLED = Counter("payments_settled_total", "Outcomes at the acquirer", ["kind", "outcome"])
FENCED = Counter("payments_fenced_total", "Writes refused because ownership has moved on")
OUTBOX_DEPTH = Gauge("payments_outbox_depth", "Events not yet in Kafka")
OUTBOX_AGE = Gauge("payments_outbox_oldest_seconds", "Age of the oldest event not yet in Kafka")
PUBLISHED = Counter("payments_events_published_total", "Events given to Kafka", ["topic"])
CONSUMED = Counter("payments_events_consumed_total", "Events handled", ["topic", "outcome"])
LAG = Gauge("payments_consumer_lag", "Events behind the end of the topic", ["topic"])
REPLICATION_LAG = Gauge(
    "payments_replication_lag_seconds", "Age of the peer's last event when it was taken in"
)
BREAKER = Gauge("payments_breaker_state", "1 for the state that holds", ["downstream", "state"])
WEBHOOKS = Counter("payments_webhooks_total", "Attempts to deliver", ["outcome"])
DEFAULT_PARTITION_ROWS = Gauge(
    "payments_default_partition_rows", "Rows outside every month's partition; alarm above 0"
)
