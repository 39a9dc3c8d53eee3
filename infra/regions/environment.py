"""What the payment service's pods are told, by the names that the service reads."""

from collections.abc import Mapping

import pulumi

from infra import names, pod
from infra.settings import Settings


def environment(
    settings: Settings, account: str, kafka_brokers: pulumi.Input[str]
) -> Mapping[str, pulumi.Input[str]]:
    """Return the environment of the part that runs as a ServiceAccount. No secret is in it."""
    known = {
        "REGION": settings.region,
        "PEER_REGION": settings.neighbour,
        "HTTP_PORT": str(pod.HTTP_PORT),
        "VAULT_ADDR": names.vault_address(settings.region),
        "VAULT_ROLE": account,
        "VAULT_TOKEN_FILE": f"{pod.VAULT_TOKEN_FOLDER}/token",
        "DATABASE_HOST": names.database_host(settings.region),
        "DATABASE_PORT": str(names.DATABASE_PORT),
        "DATABASE_NAME": names.DATABASE,
        "DATABASE_ROLE": names.DATABASE_ROLES[account],
        "TRUST_BUNDLE": f"{pod.TRUST_FOLDER}/ca.pem",
        "KAFKA_SIGN_IN": "iam",
        "ACQUIRER_URL": settings.acquirer_url,
        "TOKEN_ISSUER": names.token_issuer(settings.domain),
        "PEER_INTAKE_URL": names.intake_url(settings.neighbour),
        # Only the gateway can reach the API, by the mesh's own rules.
        "TRUSTED_PROXY": "true",
    }
    if settings.telemetry_endpoint:
        known["OTEL_EXPORTER_OTLP_ENDPOINT"] = settings.telemetry_endpoint
    return {**known, "KAFKA_BROKERS": kafka_brokers}
