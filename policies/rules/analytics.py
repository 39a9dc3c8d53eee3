"""Rules for services that read data in bulk: Athena, Glue, SageMaker, WorkSpaces."""

from collections.abc import Iterator
from typing import Final

from policies.rule import UNKNOWN, Resource, Severity, rule
from policies.rules.remedy import Code
from policies.rules.shapes import must_be_given, must_be_one_of, must_be_true

WORKGROUP: Final = ("aws:athena/workgroup:Workgroup",)
DATABASE: Final = ("aws:athena/database:Database",)
NOTEBOOK: Final = ("aws:sagemaker/notebookInstance:NotebookInstance",)
WORKSPACE: Final = ("aws:workspaces/workspace:Workspace",)
CATALOG: Final = "aws:glue/dataCatalogEncryptionSettings:DataCatalogEncryptionSettings"
ENCRYPTED: Final = ("SSE_KMS", "CSE_KMS", "SSE_S3")

athena_results_encrypted = must_be_one_of(
    "configuration.resultConfiguration.encryptionConfiguration.encryptionOption",
    ENCRYPTED,
    unlike="NONE",
    id="athena-results-encrypted",
    title="Athena's results are encrypted",
    on=WORKGROUP,
    pci=("3.5.1",),
    controls=("Athena.1",),
    severity=Severity.MEDIUM,
    says="What a query found lies in clear",
    why="The result of a query is the data again.",
)

athena_settings_hold = must_be_true(
    "configuration.enforceWorkgroupConfiguration",
    default=True,
    id="athena-settings-hold",
    title="Athena's clients cannot choose weaker settings",
    on=WORKGROUP,
    pci=("1.2.8", "3.5.1"),
    severity=Severity.MEDIUM,
    says="A client may write results elsewhere, in clear",
    reference="https://docs.aws.amazon.com/athena/latest/ug/workgroups-settings-override.html",
    why="A setting that whoever it binds may change binds nobody.",
)

athena_counted = must_be_true(
    "configuration.publishCloudwatchMetricsEnabled",
    default=True,
    id="athena-counted",
    title="Athena reports how much is read",
    on=WORKGROUP,
    pci=("10.4.2", "7.2.6"),
    controls=("Athena.4",),
    severity=Severity.LOW,
    says="A query over everything shows nowhere",
    why="Somebody who reads everything is seen by how much is read.",
)

athena_database_encrypted = must_be_one_of(
    "encryptionConfiguration.encryptionOption",
    ENCRYPTED,
    unlike="NONE",
    id="athena-database-encrypted",
    title="Athena's databases are encrypted",
    on=DATABASE,
    pci=("3.5.1",),
    severity=Severity.MEDIUM,
    says="What is written to it lies in clear",
    reference="https://docs.aws.amazon.com/athena/latest/ug/encryption.html",
    why="A lost bucket must not give away what was stored in it.",
)

glue_catalog_encrypted = must_be_one_of(
    "dataCatalogEncryptionSettings.encryptionAtRest.catalogEncryptionMode",
    ("SSE-KMS", "SSE-KMS-WITH-SERVICE-ROLE"),
    unlike="DISABLED",
    id="glue-catalog-encrypted",
    title="The data catalogue is encrypted",
    on=(CATALOG,),
    pci=("3.5.1",),
    severity=Severity.LOW,
    says="The catalogue lies in clear ({value})",
    reference="https://docs.aws.amazon.com/glue/latest/dg/encrypt-glue-data-catalog.html",
    why="The catalogue tells what is stored where.",
)

glue_passwords_encrypted = must_be_true(
    "dataCatalogEncryptionSettings.connectionPasswordEncryption.returnConnectionPasswordEncrypted",
    id="glue-passwords-encrypted",
    title="The data catalogue encrypts the passwords in it",
    on=(CATALOG,),
    pci=("8.3.2",),
    severity=Severity.MEDIUM,
    says="Whoever may look at a connection reads its password",
    reference="https://docs.aws.amazon.com/glue/latest/dg/encrypt-connection-passwords.html",
    why="Authentication factors are unreadable wherever they are stored.",
)

glue_job_secured = must_be_given(
    "securityConfiguration",
    good=Code("security.name"),
    id="glue-job-secured",
    title="Glue's jobs have a security configuration",
    on=("aws:glue/job:Job", "aws:glue/crawler:Crawler"),
    pci=("3.5.1",),
    severity=Severity.MEDIUM,
    says="What it writes, and its log, lie in clear",
    reference="https://docs.aws.amazon.com/glue/latest/dg/encryption-security-configuration.html",
    why="A job that reads account data writes it again.",
)

sagemaker_notebook_inside = must_be_one_of(
    "directInternetAccess",
    ("Disabled",),
    unlike="Enabled",
    default="Enabled",
    id="sagemaker-notebook-inside",
    title="Notebooks do not reach the internet by themselves",
    on=NOTEBOOK,
    pci=("1.4.4",),
    controls=("SageMaker.1",),
    severity=Severity.HIGH,
    says="It reaches the internet past every network control ({value})",
    why="A notebook reads data in bulk, and runs what somebody pasted.",
)

sagemaker_notebook_in_network = must_be_given(
    "subnetId",
    good=Code("subnet.id"),
    id="sagemaker-notebook-in-network",
    title="Notebooks stand in a network of ours",
    on=NOTEBOOK,
    pci=("1.3.1",),
    controls=("SageMaker.2",),
    severity=Severity.HIGH,
    says="It stands outside of every network control of ours",
    why="What a notebook may reach is limited by the network that it stands in.",
)

sagemaker_notebook_without_root = must_be_one_of(
    "rootAccess",
    ("Disabled",),
    unlike="Enabled",
    default="Enabled",
    id="sagemaker-notebook-without-root",
    title="Notebooks' users are not root",
    on=NOTEBOOK,
    pci=("7.2.2",),
    controls=("SageMaker.3",),
    severity=Severity.HIGH,
    says="Its user may change everything on it ({value})",
    why="Whoever is root can switch off what watches.",
)

sagemaker_notebook_own_key = must_be_given(
    "kmsKeyId",
    good=Code("key.id"),
    id="sagemaker-notebook-own-key",
    title="Notebooks are encrypted with a key of our own",
    on=NOTEBOOK,
    pci=("3.5.1", "3.6.1"),
    severity=Severity.MEDIUM,
    says="What somebody saved in it is under a key whose policy is AWS's",
    reference="https://docs.aws.amazon.com/sagemaker/latest/dg/encryption-at-rest.html",
    why="Only a customer-managed key has a policy that names its custodians.",
)

sagemaker_endpoint_own_key = must_be_given(
    "kmsKeyArn",
    good=Code("key.arn"),
    id="sagemaker-endpoint-own-key",
    title="Model endpoints are encrypted with a key of our own",
    on=("aws:sagemaker/endpointConfiguration:EndpointConfiguration",),
    pci=("3.5.1", "3.6.1"),
    severity=Severity.MEDIUM,
    says="What it keeps is under a key whose policy is AWS's",
    reference="https://docs.aws.amazon.com/sagemaker/latest/dg/encryption-at-rest.html",
    why="Only a customer-managed key has a policy that names its custodians.",
)

workspaces_user_volume_encrypted = must_be_true(
    "userVolumeEncryptionEnabled",
    id="workspaces-user-volume-encrypted",
    title="Desktops encrypt their users' files",
    on=WORKSPACE,
    pci=("3.5.1",),
    controls=("WorkSpaces.1",),
    severity=Severity.MEDIUM,
    says="Its user's files lie in clear",
    why="A lost disk must not give away what was on it.",
)

workspaces_root_volume_encrypted = must_be_true(
    "rootVolumeEncryptionEnabled",
    id="workspaces-root-volume-encrypted",
    title="Desktops encrypt their own files",
    on=WORKSPACE,
    pci=("3.5.1",),
    controls=("WorkSpaces.2",),
    severity=Severity.MEDIUM,
    says="Its own files lie in clear",
    why="A lost disk must not give away what was on it.",
)


@rule(
    id="workspaces-user-no-administrator",
    title="Desktops' users are not administrators",
    on=("aws:workspaces/directory:Directory",),
    pci=("7.2.2", "5.3.5"),
    severity=Severity.LOW,
    fix="aws.workspaces.Directory(..., "
    'workspace_creation_properties={"user_enabled_as_local_administrator": False})',
    reference="https://docs.aws.amazon.com/workspaces/latest/adminguide/update-directory-details.html",
    passes=({"workspaceCreationProperties": {"userEnabledAsLocalAdministrator": False}},),
    fails=({"workspaceCreationProperties": {"userEnabledAsLocalAdministrator": True}},),
    undecidable=({"workspaceCreationProperties": {"userEnabledAsLocalAdministrator": UNKNOWN}},),
)
def workspaces_user_no_administrator(directory: Resource) -> Iterator[str]:
    """Whoever is administrator of a desktop can switch off what watches it."""
    if directory.get("workspaceCreationProperties.userEnabledAsLocalAdministrator", default=False):
        yield "Each user may switch off what watches the desktop"
