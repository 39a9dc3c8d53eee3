"""Rules for Amazon ECR: images that stay what they were, and that somebody scans."""

from collections.abc import Iterator
from typing import Final

from policies.rule import UNKNOWN, Resource, Severity, Stack, Undecidable, rule, stack_rule
from policies.rules.documents import open_to_anybody, whose
from policies.rules.neighbours import must_have
from policies.rules.remedy import hub
from policies.rules.shapes import must_be_one_of

REPOSITORY: Final = "aws:ecr/repository:Repository"
SCANNING: Final = "aws:ecr/registryScanningConfiguration:RegistryScanningConfiguration"
POLICY: Final = "aws:ecr/repositoryPolicy:RepositoryPolicy"

ecr_tags_stay = must_be_one_of(
    "imageTagMutability",
    ("IMMUTABLE",),
    unlike="MUTABLE",
    default="MUTABLE",
    id="ecr-tags-stay",
    title="A tag always names the same image",
    on=(REPOSITORY,),
    pci=("6.3.2", "11.5.2"),
    controls=("ECR.2",),
    severity=Severity.MEDIUM,
    says="Another image can take the place of the one that was tested ({value})",
    why="What was scanned and approved is what runs.",
)

ecr_images_forgotten = must_have(
    (REPOSITORY,),
    {"aws:ecr/lifecyclePolicy:LifecyclePolicy": "repository"},
    id="ecr-images-forgotten",
    title="Old images are removed",
    pci=("6.3.3",),
    controls=("ECR.3",),
    severity=Severity.LOW,
    says="Images with known holes stay, and can be run again",
    why="An old image that nobody patched is one rollback away from running.",
)


@rule(
    id="ecr-encrypted-with-own-key",
    title="Images are encrypted with a key of our own",
    on=(REPOSITORY,),
    pci=("3.6.1",),
    controls=("ECR.5",),
    severity=Severity.LOW,
    fix='aws.ecr.Repository(..., encryption_configurations=[{"encryption_type": "KMS",'
    ' "kms_key": key.arn}])',
    reference=hub("ECR.5"),
    passes=({"encryptionConfigurations": [{"encryptionType": "KMS", "kmsKey": "arn:key"}]},),
    fails=({}, {"encryptionConfigurations": [{"encryptionType": "KMS"}]}),
    undecidable=({"encryptionConfigurations": [{"encryptionType": "KMS", "kmsKey": UNKNOWN}]},),
)
def ecr_encrypted_with_own_key(repository: Resource) -> Iterator[str]:
    """Only a customer-managed key has a policy that names its custodians."""
    own = [
        each.has("kmsKey")
        for each in repository.items("encryptionConfigurations[]")
        if each.get("encryptionType", default="AES256") != "AES256"
    ]
    if not any(own):
        yield "It uses a key whose policy is AWS's"


@rule(
    id="ecr-policy-not-public",
    title="Repository policies name who may pull and push",
    on=(POLICY,),
    pci=("7.2.1",),
    severity=Severity.HIGH,
    fix='aws.ecr.RepositoryPolicy(..., policy=...)  # "Principal": {"AWS": account}',
    reference="https://docs.aws.amazon.com/AmazonECR/latest/userguide/repository-policies.html",
    passes=({"policy": whose("arn:aws:iam::111122223333:root", "ecr:BatchGetImage")},),
    fails=({"policy": whose("*", "ecr:BatchGetImage")},),
    undecidable=({"policy": UNKNOWN},),
)
def ecr_policy_not_public(policy: Resource) -> Iterator[str]:
    """Whoever may pull an image reads our code; whoever may push one runs theirs."""
    for statement in policy.document("policy"):
        if open_to_anybody(statement):
            yield f"Anybody may {', '.join(statement.actions)}"


ALONE: Final = {"type": REPOSITORY, "name": "images"}


@stack_rule(
    id="ecr-images-scanned",
    title="Images are scanned when they are pushed",
    on=(REPOSITORY,),
    pci=("6.2.3", "6.2.4"),
    controls=("ECR.1",),
    severity=Severity.HIGH,
    fix='aws.ecr.Repository(..., image_scanning_configuration={"scan_on_push": True})',
    reference=hub("ECR.1"),
    passes=(
        ({**ALONE, "props": {"imageScanningConfiguration": {"scanOnPush": True}}},),
        (
            ALONE,
            {
                "type": SCANNING,
                "name": "scanning",
                "props": {"scanType": "ENHANCED", "rules": [{"scanFrequency": "CONTINUOUS_SCAN"}]},
            },
        ),
    ),
    fails=(
        (ALONE,),
        (
            ALONE,
            {
                "type": SCANNING,
                "name": "scanning",
                "props": {"scanType": "BASIC", "rules": [{"scanFrequency": "MANUAL"}]},
            },
        ),
    ),
    undecidable=(({**ALONE, "props": {"imageScanningConfiguration": {"scanOnPush": UNKNOWN}}},),),
)
def ecr_images_scanned(stack: Stack) -> Iterator[tuple[Resource, str | Undecidable]]:
    """Known holes are found before an image runs, not after."""
    for repository in stack.of(REPOSITORY):
        try:
            rules = [each for scan in stack.of(SCANNING) for each in scan.items("rules[]")]
            registry = any(each.get("scanFrequency") != "MANUAL" for each in rules)
            own = repository.get("imageScanningConfiguration.scanOnPush", default=False)
            if not registry and not own:
                yield repository, "Nobody scans its images"
        except Undecidable as unknown:
            yield repository, unknown
