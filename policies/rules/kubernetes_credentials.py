"""Rules for the secrets and tokens that a pod is given."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from policies.rule import UNKNOWN, Resource, Severity, rule
from policies.rules.pod import (
    WORKLOADS,
    bare_pod,
    called,
    containers,
    cron_job,
    deployment,
    spec,
)

_SECRETS = "https://kubernetes.io/docs/concepts/security/secrets-good-practices/"
_TOKENS = "https://kubernetes.io/docs/tasks/configure-pod-container/configure-service-account/"
SECRET_NAME = re.compile(
    r"(^|_|-)(password|passwd|pwd|secret|token|api_?key|private_?key|access_?key|credentials?)$",
    re.IGNORECASE,
)
SECRET_ARGUMENT = re.compile(
    r"(^|[\s-])-{0,2}(password|passwd|secret|token|api-?key|private-?key)=[^$\s/]\S*"
    r"|://[^/\s:@]+:[^/\s@$]+@",
    re.IGNORECASE,
)
_HOUR = 3600
_PROJECTION = (
    '{"service_account_token": {"audience": "vault", "expiration_seconds": 600, "path": "token"}}'
)


def _environment(*variables: Mapping[str, Any]) -> dict[str, object]:
    """A container with these variables."""
    return {"env": list(variables)}


def _token(**projection: object) -> dict[str, object]:
    """A pod with a projected token of its service account."""
    source = {"serviceAccountToken": {"path": "token", **projection}}
    return {"volumes": [{"name": "vault-token", "projected": {"sources": [source]}}]}


@rule(
    id="pod-no-secret-in-environment-text",
    title="No password stands in an environment variable's text",
    on=WORKLOADS,
    pci=("8.6.2",),
    severity=Severity.CRITICAL,
    fix='{"env": [{"name": "VAULT_ROLE", "value": "payments-api"}]}  # Vault has the secret',
    reference=_SECRETS,
    passes=(
        deployment(),
        deployment(_environment({"name": "VAULT_TOKEN_FILE", "value": "/var/run/secrets/token"})),
        deployment(_environment({"name": "PASSWORD", "value": ""})),
    ),
    fails=(
        deployment(_environment({"name": "DATABASE_PASSWORD", "value": "opensesame"})),
        cron_job(_environment({"name": "API_KEY", "value": "opensesame"})),
        bare_pod(_environment({"name": "token", "value": "opensesame"})),
    ),
    undecidable=(deployment({"env": UNKNOWN}),),
)
def pod_no_secret_in_environment_text(workload: Resource) -> Iterator[str]:
    """It is in clear in the program, in its state, in etcd and in every `kubectl describe`."""
    for container in containers(workload):
        for variable in container.items("env"):
            name = variable.get("name", "")
            if SECRET_NAME.search(name) and variable.has("value"):
                yield f"{called(container)} is given {name} as text"


@rule(
    id="pod-no-secret-in-arguments",
    title="No password stands in a command line",
    on=WORKLOADS,
    pci=("8.6.2",),
    severity=Severity.CRITICAL,
    fix='{"args": ["--password-file=/var/run/secrets/database/password"]}',
    reference=_SECRETS,
    passes=(
        deployment(),
        deployment({"args": ["--token-file=/var/run/secrets/token", "--port=8080"]}),
        deployment({"args": ["--password=$(DATABASE_PASSWORD)"]}),
    ),
    fails=(
        deployment({"args": ["--password=opensesame"]}),
        cron_job({"command": ["psql", "postgres://payments:opensesame@db/payments"]}),
    ),
    undecidable=(deployment({"args": UNKNOWN}),),
)
def pod_no_secret_in_arguments(workload: Resource) -> Iterator[str]:
    """Arguments are in the process list of the node, which everything on it reads."""
    for container in containers(workload):
        for part in ("command", "args"):
            if any(SECRET_ARGUMENT.search(word) for word in container.get(part, [])):
                yield f"{called(container)} has a password in its {part}"


@rule(
    id="pod-secrets-not-in-environment",
    title="Secrets reach a container as files, not as environment variables",
    on=WORKLOADS,
    pci=("8.3.2",),
    severity=Severity.MEDIUM,
    fix='{"volumes": [{"name": "tls", "secret": {"secret_name": "tls", "default_mode": 0o440}}]}',
    reference=_SECRETS,
    passes=(
        deployment(),
        deployment(
            _environment(
                {"name": "POD_IP", "valueFrom": {"fieldRef": {"fieldPath": "status.podIP"}}}
            )
        ),
    ),
    fails=(
        deployment(
            _environment(
                {"name": "PIN", "valueFrom": {"secretKeyRef": {"name": "pins", "key": "pin"}}}
            )
        ),
        cron_job({"envFrom": [{"secretRef": {"name": "database"}}]}),
    ),
    undecidable=(deployment({"envFrom": UNKNOWN}),),
)
def pod_secrets_not_in_environment(workload: Resource) -> Iterator[str]:
    """An environment is inherited by every child process and printed by every crash report."""
    for container in containers(workload):
        for variable in container.items("env"):
            if variable.has("valueFrom.secretKeyRef"):
                yield f"{called(container)} has a secret in {variable.get('name')}"
        for source in container.items("envFrom"):
            if source.has("secretRef"):
                yield f"{called(container)} has all of a Secret in its environment"


@rule(
    id="pod-secret-files-private",
    title="Files of a Secret cannot be read by every user of the container",
    on=WORKLOADS,
    pci=("8.3.2",),
    severity=Severity.LOW,
    fix='{"secret": {"secret_name": "tls", "default_mode": 0o440}}',
    reference="https://kubernetes.io/docs/concepts/configuration/secret/#secret-files-permissions",
    passes=(
        deployment(),
        deployment(
            pod={
                "volumes": [{"name": "tls", "secret": {"secretName": "tls", "defaultMode": 0o440}}]
            }
        ),
    ),
    fails=(
        deployment(pod={"volumes": [{"name": "tls", "secret": {"secretName": "tls"}}]}),
        cron_job(
            pod={
                "volumes": [{"name": "tls", "secret": {"secretName": "tls", "defaultMode": 0o444}}]
            }
        ),
    ),
    undecidable=(
        deployment(
            pod={
                "volumes": [{"name": "tls", "secret": {"secretName": "t", "defaultMode": UNKNOWN}}]
            }
        ),
    ),
)
def pod_secret_files_private(workload: Resource) -> Iterator[str]:
    """Kubernetes writes them 0644 unless told otherwise."""
    for volume in spec(workload).items("volumes"):
        if volume.has("secret") and int(volume.get("secret.defaultMode", 0o644)) % 8:
            yield f"Volume {volume.get('name', '')!r} can be read by everybody in the pod"


@rule(
    id="pod-service-account-of-its-own",
    title="Pods run under a service account of their own",
    on=WORKLOADS,
    pci=("2.2.2",),
    severity=Severity.HIGH,
    fix='{"service_account_name": service_account.metadata["name"]}',
    reference=_TOKENS,
    passes=(
        deployment(pod={"serviceAccountName": "payments-api"}),
        cron_job(pod={"serviceAccountName": "payments-purge"}),
    ),
    fails=(
        deployment(),
        deployment(pod={"serviceAccountName": "default"}),
        cron_job(),
        bare_pod(),
    ),
    undecidable=(deployment(pod={"serviceAccountName": UNKNOWN}),),
)
def pod_service_account_of_its_own(workload: Resource) -> Iterator[str]:
    """Every namespace comes with `default`: what one pod may do with it, all others may too."""
    if spec(workload).get("serviceAccountName", "default") in ("", "default"):
        yield "Runs as the namespace's default service account"


@rule(
    id="pod-no-ambient-token",
    title="Pods get no token for the Kubernetes API unless they ask for one",
    on=WORKLOADS,
    pci=("7.2.5",),
    severity=Severity.MEDIUM,
    fix='{"automount_service_account_token": False}',
    reference=_TOKENS,
    passes=(
        deployment(pod={"automountServiceAccountToken": False}),
        cron_job(pod={"automountServiceAccountToken": False}),
    ),
    fails=(
        deployment(),
        deployment(pod={"automountServiceAccountToken": True}),
        cron_job(),
        bare_pod(),
    ),
    undecidable=(deployment(pod={"automountServiceAccountToken": UNKNOWN}),),
)
def pod_no_ambient_token(workload: Resource) -> Iterator[str]:
    """A service that never calls the Kubernetes API has no use for a key to it; an intruder has."""
    if spec(workload).get("automountServiceAccountToken", True):
        yield "A token for the Kubernetes API is mounted into every container"


@rule(
    id="pod-token-short-lived",
    title="Tokens that a pod asks for are good for an hour at most",
    on=WORKLOADS,
    pci=("8.2.5",),
    severity=Severity.MEDIUM,
    fix=_PROJECTION,
    reference="https://kubernetes.io/docs/concepts/storage/projected-volumes/#serviceaccounttoken",
    passes=(
        deployment(),
        deployment(pod=_token(audience="vault")),
        deployment(pod=_token(audience="vault", expirationSeconds=600)),
    ),
    fails=(
        deployment(pod=_token(audience="vault", expirationSeconds=86400)),
        cron_job(pod=_token(expirationSeconds=7200)),
    ),
    undecidable=(deployment(pod=_token(expirationSeconds=UNKNOWN)),),
)
def pod_token_short_lived(workload: Resource) -> Iterator[str]:
    """A stolen token stays good until it ends: nobody can call it back."""
    for seconds in spec(workload).get(
        "volumes[].projected.sources[].serviceAccountToken.expirationSeconds"
    ):
        if int(seconds) > _HOUR:
            yield f"A token is good for {seconds} seconds"


@rule(
    id="pod-token-for-one-audience",
    title="Tokens that a pod asks for name whom they are for",
    on=WORKLOADS,
    pci=("8.3.11",),
    severity=Severity.MEDIUM,
    fix=_PROJECTION,
    reference="https://kubernetes.io/docs/concepts/storage/projected-volumes/#serviceaccounttoken",
    passes=(deployment(), deployment(pod=_token(audience="vault"))),
    fails=(deployment(pod=_token()), cron_job(pod=_token(expirationSeconds=600))),
    undecidable=(deployment(pod=_token(audience=UNKNOWN)),),
)
def pod_token_for_one_audience(workload: Resource) -> Iterator[str]:
    """Without an audience the token opens the Kubernetes API too, for whoever it is shown to."""
    for source in spec(workload).items("volumes[].projected.sources[].serviceAccountToken"):
        if not source.has("audience"):
            yield f"{source.path} is good for the Kubernetes API itself"
