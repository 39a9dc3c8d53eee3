"""Rules for AWS Lambda."""

from collections.abc import Iterator
from typing import Final

from policies.rule import UNKNOWN, Example, NotApplicable, Resource, Severity, rule
from policies.rules.lifetimes import DEPRECATED_RUNTIMES
from policies.rules.literals import secret_variables
from policies.rules.remedy import Code, hub
from policies.rules.shapes import (
    must_be_given,
    must_be_one_of,
)

FUNCTION: Final = "aws:lambda/function:Function"
PERMISSION: Final = "aws:lambda/permission:Permission"
SOURCES: Final = ("sourceArn", "sourceAccount", "principalOrgId", "eventSourceToken")

lambda_in_network = must_be_given(
    "vpcConfig.subnetIds",
    good=[Code("subnet.id")],
    id="lambda-in-network",
    title="Functions stand in a network of ours",
    on=(FUNCTION,),
    pci=("1.3.1",),
    controls=("Lambda.3",),
    severity=Severity.LOW,
    says="It stands outside of every network control of ours",
    why="What a function may reach is limited by the network that it stands in.",
)

lambda_variables_own_key = must_be_given(
    "kmsKeyArn",
    good=Code("key.arn"),
    id="lambda-variables-own-key",
    title="Functions' variables are encrypted with a key of our own",
    on=(FUNCTION,),
    pci=("3.6.1",),
    severity=Severity.LOW,
    says="Its variables are under the key that all functions share",
    reference="https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars-encryption.html",
    why="Only a customer-managed key has a policy that names its custodians.",
)

lambda_traced = must_be_one_of(
    "tracingConfig.mode",
    ("Active",),
    unlike="PassThrough",
    default="PassThrough",
    id="lambda-traced",
    title="Functions are traced",
    on=(FUNCTION,),
    pci=("10.4.2",),
    severity=Severity.LOW,
    says="Nobody can tell which request made which call (mode {value})",
    reference="https://docs.aws.amazon.com/lambda/latest/dg/services-xray.html",
    why="What happened across functions is put together from their traces.",
)

lambda_code_signed = must_be_given(
    "codeSigningConfigArn",
    good=Code("signing.arn"),
    id="lambda-code-signed",
    title="Functions run signed code only",
    on=(FUNCTION,),
    unless={"packageType": ("Image",)},
    pci=("6.2.3", "11.5.2"),
    severity=Severity.LOW,
    says="It runs whatever code is uploaded",
    reference="https://docs.aws.amazon.com/lambda/latest/dg/configuration-codesigning.html",
    why="What was reviewed and approved is what runs.",
)

lambda_signature_enforced = must_be_one_of(
    "policies.untrustedArtifactOnDeployment",
    ("Enforce",),
    unlike="Warn",
    default="Warn",
    id="lambda-signature-enforced",
    title="Code that is not signed is refused",
    on=("aws:lambda/codeSigningConfig:CodeSigningConfig",),
    pci=("11.5.2",),
    severity=Severity.MEDIUM,
    says="Code without a good signature runs all the same ({value})",
    reference="https://docs.aws.amazon.com/lambda/latest/dg/configuration-codesigning.html",
    why="A warning that nobody reads stops nothing.",
)

lambda_url_asks_who = must_be_one_of(
    "authorizationType",
    ("AWS_IAM",),
    unlike="NONE",
    id="lambda-url-asks-who",
    title="A function's address asks who is calling",
    on=("aws:lambda/functionUrl:FunctionUrl",),
    pci=("8.3.1", "7.2.1"),
    severity=Severity.HIGH,
    says="Anybody on the internet calls it (authorisation {value})",
    reference="https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html",
    why="Each call to what handles account data is by somebody known.",
)


@rule(
    id="lambda-not-public",
    title="Nobody but those named may call a function",
    on=(PERMISSION,),
    pci=("7.2.1",),
    controls=("Lambda.1",),
    severity=Severity.CRITICAL,
    fix='aws.lambda_.Permission(..., principal="sns.amazonaws.com", source_arn=topic.arn)',
    reference=hub("Lambda.1"),
    passes=(
        {"principal": "sns.amazonaws.com", "sourceArn": "arn:topic"},
        {"principal": "*", "principalOrgId": "o-1"},
        {"principal": "111122223333"},
    ),
    fails=({"principal": "*"},),
    undecidable=({"principal": UNKNOWN},),
)
def lambda_not_public(permission: Resource) -> Iterator[str]:
    """A function does what its role may do, for whoever may call it."""
    if permission.get("principal") == "*" and not any(permission.has(each) for each in SOURCES):
        yield "Anybody in any account may call it"


@rule(
    id="lambda-service-names-source",
    title="A service may call a function for one resource of ours only",
    on=(PERMISSION,),
    pci=("7.2.5",),
    controls=("Lambda.1",),
    severity=Severity.MEDIUM,
    fix='aws.lambda_.Permission(..., principal="sns.amazonaws.com", source_arn=topic.arn)',
    reference="https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html",
    passes=({"principal": "s3.amazonaws.com", "sourceArn": "arn:bucket"},),
    fails=({"principal": "s3.amazonaws.com"},),
    undecidable=({"principal": UNKNOWN},),
    not_applicable=({"principal": "111122223333"},),
)
def lambda_service_names_source(permission: Resource) -> Iterator[str]:
    """Without a source, anybody's bucket makes the service call our function."""
    if not str(permission.get("principal", "")).endswith("amazonaws.com"):
        raise NotApplicable("its principal is no service")
    if not any(permission.has(each) for each in SOURCES):
        yield "The service calls it for anybody's resource"


@rule(
    id="lambda-runtime-supported",
    title="Functions run on a runtime that AWS still patches",
    on=(FUNCTION, "aws:lambda/layerVersion:LayerVersion"),
    pci=("12.3.4", "6.3.3"),
    controls=("Lambda.2",),
    severity=Severity.MEDIUM,
    fix='aws.lambda_.Function(..., runtime="python3.13")',
    reference=hub("Lambda.2"),
    passes=({"runtime": "python3.13"}, {"packageType": "Image"}),
    fails=(
        {"runtime": "python3.8"},
        {"runtime": "nodejs16.x"},
        Example({"compatibleRuntimes": ["go1.x"]}, type="aws:lambda/layerVersion:LayerVersion"),
    ),
    undecidable=({"runtime": UNKNOWN},),
)
def lambda_runtime_supported(function: Resource) -> Iterator[str]:
    """A runtime that AWS has given up gets no fixes."""
    if function.type != FUNCTION:
        runtimes = function.get("compatibleRuntimes", default=[])
        if runtimes and all(str(each) in DEPRECATED_RUNTIMES for each in runtimes):
            yield f"It is for {', '.join(runtimes)} only, which get no fixes"
        return
    runtime = str(function.get("runtime", default=""))
    if runtime in DEPRECATED_RUNTIMES:
        yield f"{runtime} gets no fixes"


@rule(
    id="lambda-no-secret-in-variables",
    title="Functions' variables hold no secret",
    on=(FUNCTION,),
    pci=("8.6.2",),
    severity=Severity.HIGH,
    fix='aws.lambda_.Function(..., environment={"variables": {"SECRET_ARN": secret.arn}})',
    reference="https://docs.aws.amazon.com/lambda/latest/dg/with-secrets-manager.html",
    passes=(
        {"environment": {"variables": {"SECRET_ARN": "arn:aws:secretsmanager:x", "REGION": "x"}}},
        {},
    ),
    fails=(
        {"environment": {"variables": {"DATABASE_PASSWORD": "hunter2-and-more"}}},
        {"environment": {"variables": {"WHO": "AKIAIOSFODNN7EXAMPLE"}}},
    ),
    undecidable=(
        {"environment": {"variables": {"DATABASE_PASSWORD": UNKNOWN}}},
        {"environment": {"variables": {"TOPIC": UNKNOWN}}},
    ),
)
def lambda_no_secret_in_variables(function: Resource) -> Iterator[str]:
    """Whoever may look at a function reads its variables."""
    for name in secret_variables(function, "environment.variables"):
        yield f"{name} is written out in its variables"
