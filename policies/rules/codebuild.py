"""Rules for AWS CodeBuild."""

import re
from collections.abc import Iterator
from typing import Final

from policies.rule import UNKNOWN, Resource, Severity, rule
from policies.rules.literals import secret_variable
from policies.rules.remedy import Code, hub
from policies.rules.shapes import (
    at,
    must_be_false,
    must_be_given,
    must_not_be,
)

PROJECT: Final = ("aws:codebuild/project:Project",)
IN_ADDRESS: Final = re.compile(r"^https?://[^/@]+@|^https?://x-token-auth:")
SOURCES: Final = ("source", "secondarySources[]")
KEYS: Final = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")

codebuild_log_encrypted = must_be_false(
    "logsConfig.s3Logs.encryptionDisabled",
    default=False,
    id="codebuild-log-encrypted",
    title="Builds' logs in S3 are encrypted",
    on=PROJECT,
    pci=("10.3.2",),
    controls=("CodeBuild.3",),
    severity=Severity.LOW,
    says="Its log lies in clear",
    why="A build's log holds what its tools printed, tokens included.",
)

codebuild_not_privileged = must_be_false(
    "environment.privilegedMode",
    default=False,
    id="codebuild-not-privileged",
    title="Builds are not as powerful as their host",
    on=PROJECT,
    pci=("7.2.5", "2.2.6"),
    severity=Severity.MEDIUM,
    says="Whatever it builds is root on its host",
    reference="https://docs.aws.amazon.com/codebuild/latest/userguide/troubleshooting.html",
    why="A build runs what its dependencies bring along.",
)

codebuild_artifacts_encrypted = must_be_false(
    "artifacts.encryptionDisabled",
    default=False,
    id="codebuild-artifacts-encrypted",
    title="Builds' results are encrypted",
    on=PROJECT,
    pci=("6.5.1",),
    severity=Severity.LOW,
    says="What it builds lies in clear",
    reference="https://docs.aws.amazon.com/codebuild/latest/userguide/security-encryption.html",
    why="What is about to be deployed is not for everybody to read, or to change.",
)

codebuild_own_key = must_be_given(
    "encryptionKey",
    good=Code("key.arn"),
    id="codebuild-own-key",
    title="Builds are encrypted with a key of our own",
    on=PROJECT,
    pci=("3.6.1",),
    severity=Severity.LOW,
    says="It uses the key that all of the account's builds share",
    reference="https://docs.aws.amazon.com/codebuild/latest/userguide/security-encryption.html",
    why="Only a customer-managed key has a policy that names its custodians.",
)

codebuild_not_public = must_not_be(
    "projectVisibility",
    ("PUBLIC_READ",),
    good="PRIVATE",
    id="codebuild-not-public",
    title="Builds are not public",
    on=PROJECT,
    pci=("7.2.1",),
    severity=Severity.HIGH,
    says="Anybody reads its logs",
    reference="https://docs.aws.amazon.com/codebuild/latest/userguide/public-builds.html",
    why="A build's log tells how the program is made, and sometimes with which tokens.",
)

codebuild_source_verified = must_be_false(
    "source.insecureSsl",
    default=False,
    id="codebuild-source-verified",
    title="Builds verify where their source comes from",
    on=PROJECT,
    pci=("4.2.1", "6.5.1"),
    severity=Severity.HIGH,
    says="It takes its source from whoever answers",
    reference="https://docs.aws.amazon.com/codebuild/latest/APIReference/API_ProjectSource.html",
    why="Whoever stands between gives the build another source.",
)


@rule(
    id="codebuild-no-secret-in-address",
    title="No address of a source holds a password",
    on=PROJECT,
    pci=("8.3.2",),
    controls=("CodeBuild.1",),
    severity=Severity.CRITICAL,
    fix='aws.codebuild.SourceCredential(..., auth_type="CODECONNECTIONS", token=connection.arn)',
    reference=hub("CodeBuild.1"),
    passes=(
        {"source": {"location": "https://bitbucket.org/us/app.git"}},
        {"source": {"type": "CODEPIPELINE"}},
    ),
    fails=(
        {"source": {"location": "https://robot:hunter2@bitbucket.org/us/app.git"}},
        {"secondarySources": [{"location": "https://x-token-auth:abc@bitbucket.org/us/a.git"}]},
    ),
    undecidable=({"source": {"location": UNKNOWN}},),
)
def codebuild_no_secret_in_address(project: Resource) -> Iterator[str]:
    """Whoever may look at a project reads its addresses."""
    for path in SOURCES:
        for source in project.items(path):
            if IN_ADDRESS.match(str(source.get("location", default=""))):
                yield "The address of its source holds a password"


@rule(
    id="codebuild-no-secret-in-variables",
    title="Builds' variables hold no secret",
    on=PROJECT,
    pci=("8.3.2", "8.6.2"),
    controls=("CodeBuild.2",),
    severity=Severity.CRITICAL,
    fix='aws.codebuild.Project(..., environment={"environment_variables": [{"name": "TOKEN",'
    ' "type": "SECRETS_MANAGER", "value": secret.name}], **rest})',
    reference=hub("CodeBuild.2"),
    passes=(
        at(
            "environment.environmentVariables",
            [{"name": "API_TOKEN", "type": "SECRETS_MANAGER", "value": "token"}],
        ),
        at("environment.environmentVariables", [{"name": "REGION", "value": UNKNOWN}]),
    ),
    fails=(
        at("environment.environmentVariables", [{"name": KEYS[0], "value": "AKIA"}]),
        at("environment.environmentVariables", [{"name": "DB_PASSWORD", "value": "hunter2xx"}]),
    ),
    undecidable=(at("environment.environmentVariables", [{"name": KEYS[1], "value": UNKNOWN}]),),
)
def codebuild_no_secret_in_variables(project: Resource) -> Iterator[str]:
    """Whoever may look at a project reads its variables."""
    for variable in project.items("environment.environmentVariables[]"):
        if variable.get("type", default="PLAINTEXT") != "PLAINTEXT":
            continue
        name = str(variable.get("name", default=""))
        if name not in KEYS and not secret_variable(name, "a value"):
            continue
        value = variable.get("value", default="")
        if secret_variable(name, value) or (value and name in KEYS):
            yield f"{name} is written out in its variables"
