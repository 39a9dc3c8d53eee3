"""What must not happen on a node, and who is told: Falco's values and rules."""

from pathlib import Path
from typing import Any

RULES = Path(__file__).parent / "falco_rules.yaml"


def values() -> dict[str, Any]:
    """Return the values of Falco's chart."""
    return {
        "driver": {
            "kind": "modern_ebpf",
            # Nothing is compiled or loaded on the node, so the pods need no init container.
            "modernEbpf": {"leastPrivileged": True},
            "loader": {"enabled": False},
        },
        "customRules": {"evenkeel.yaml": RULES.read_text()},
        "tolerations": [{"operator": "Exists"}],
        "resources": {
            "requests": {"cpu": "100m", "memory": "512Mi"},
            "limits": {"cpu": "1", "memory": "1Gi"},
        },
        "falco": {
            "json_output": True,
            # Alerts go out with the container's own log, by the collector on each node.
            "stdout_output": {"enabled": True},
            "buffered_outputs": False,
            "priority": "notice",
            "metrics": {"enabled": True},
            "webserver": {"prometheus_metrics_enabled": True},
        },
        "collectors": {"kubernetes": {"enabled": True}},
    }
