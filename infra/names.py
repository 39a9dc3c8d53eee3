"""Names that regions, servers and people call each other by, all from one place.

They follow from the settings, so a region knows its peer's names without asking its stack.
"""

PROJECT = "evenkeel"
KAFKA_CLUSTER = "payments"

NAMESPACES = (
    "payments",
    "vault",
    "database",
    "istio-system",
    "istio-ingress",
    "gatekeeper-system",
    "falco",
    "logging",
    "monitoring",
)

DATABASE = "payments"
PROVISIONER_ROLE = "provisioner"

VAULT_PORT = 8200
DATABASE_PORT = 5432
INTAKE_PORT = 8443
KAFKA_IAM_PORT = 9098
KAFKA_TLS_PORT = 9094

DATABASE_ROLES = {
    "payments-api": "payments_api",
    "payment-relay": "payments_relay",
    "payment-fraud": "payments_fraud",
    "payment-risk": "payments_risk",
    "payment-processor": "payments_processor",
    "payment-projection": "payments_projection",
    "payments-migrate": "payments_migrator",
}
"""ServiceAccount to the database role that Vault gives it a password of."""


def internal_domain(region: str) -> str:
    """Return the private zone of a region."""
    return f"{region}.evenkeel.internal"


def vault_host(region: str) -> str:
    """Where a region's Vault answers."""
    return f"vault.{internal_domain(region)}"


def vault_address(region: str) -> str:
    """Return a region's Vault, as a URL."""
    return f"https://{vault_host(region)}:{VAULT_PORT}"


def database_host(region: str) -> str:
    """Where a region's Citus coordinator answers, on DATABASE_PORT."""
    return f"db.{internal_domain(region)}"


def intake_host(region: str) -> str:
    """Where a region takes payments that its peer wants durable in both."""
    return f"intake.{internal_domain(region)}"


def intake_url(region: str) -> str:
    """Return a region's intake for its peer, as a URL."""
    return f"https://{intake_host(region)}:{INTAKE_PORT}"


def public_host(domain: str) -> str:
    """Return the name that merchants use: the accelerator, thus any region."""
    return f"pay.{domain}"


def regional_host(region: str, domain: str) -> str:
    """Return the name of one region's gateway."""
    return f"{region}.pay.{domain}"


def token_issuer(domain: str) -> str:
    """Who signs access tokens: the same in all regions."""
    return f"https://{public_host(domain)}"


def alias(region: str) -> str:
    """Say what MirrorMaker calls a region's Kafka, in both directions alike: cycles show by it."""
    return region


def mirrored(topic: str, source_region: str) -> str:
    """Say what a topic of another region is called here."""
    return f"{alias(source_region)}.{topic}"


def direct_host(domain: str) -> str:
    """Name the regions' gateways without the accelerator, the nearest healthy one first."""
    return f"direct.{public_host(domain)}"


def consumer_group(service_account: str) -> str:
    """Name the consumer group of a part of the payment service: payments-<part>."""
    return f"payments-{service_account.split('-', 1)[1]}"


def stack(region: str, organization: str, project: str) -> str:
    """Name the stack of a region, as a StackReference takes it."""
    return f"{organization}/{project}/{region}"


def bucket(purpose: str, region: str, account_id: str) -> str:
    """Return a bucket's name, unique in the world and known before it exists."""
    return f"{PROJECT}-{account_id}-{region}-{purpose}"


def bucket_arn(purpose: str, region: str, account_id: str) -> str:
    """Return the ARN of `bucket`."""
    return f"arn:aws:s3:::{bucket(purpose, region, account_id)}"


def role(purpose: str, region: str) -> str:
    """Return an IAM role's name; roles are global, thus the region in it. At most 64 characters."""
    return f"{PROJECT}-{region}-{purpose}"


def role_arn(purpose: str, region: str, account_id: str) -> str:
    """Return the ARN of `role`, for policies that are written before the role is."""
    return f"arn:aws:iam::{account_id}:role/{role(purpose, region)}"


def key_alias(purpose: str) -> str:
    """Return a KMS key's alias; the same in each region."""
    return f"alias/{PROJECT}/{purpose}"


def log_group(subject: str) -> str:
    """Return a CloudWatch log group of ours."""
    return f"/{PROJECT}/{subject}"
