"""Logs: one JSON object a line on stderr, in which no card number survives."""

import logging
import sys
from datetime import UTC, datetime

import msgspec
from opentelemetry import trace

from app import card

_OWN = frozenset(vars(logging.makeLogRecord({})))


class JsonFormatter(logging.Formatter):
    """Renders a record, its `extra` fields, its exception and its trace."""

    def __init__(self, **static: str) -> None:
        super().__init__()
        self._static = static

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as one line of JSON."""
        fields: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            **self._static,
            **{k: v for k, v in vars(record).items() if k not in _OWN and k != "message"},
        }
        span = trace.get_current_span().get_span_context()
        if span.is_valid:
            fields["trace_id"] = f"{span.trace_id:032x}"
        if record.exc_info:
            fields["exception"] = self.formatException(record.exc_info)
        return card.masked(msgspec.json.encode(fields, enc_hook=str).decode())


def start(**static: str) -> None:
    """Send every logger's records to stderr as JSON; `static` fields stand in each."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter(**static))
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    # One line a request is the metrics' work; httpx would write each URL.
    logging.getLogger("httpx").setLevel(logging.WARNING)
    logging.getLogger("aiokafka").setLevel(logging.WARNING)
