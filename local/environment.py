"""What a server or the engine inherits of the user's environment: nothing that steers it.

A `VAULT_ADDR`, `PGHOST` or `AWS_PROFILE` of the user's own would lead our servers and plugins to
the user's systems.
"""

import os

_OTHERS = ("AWS_", "CONSUL_", "KAFKA_", "KUBE", "OTEL_", "PG", "PULUMI_", "PYTHONPATH", "VAULT_")


def inherited() -> dict[str, str]:
    """Return the environment without the variables of the systems that we start ourselves."""
    return {key: value for key, value in os.environ.items() if not key.startswith(_OTHERS)}
