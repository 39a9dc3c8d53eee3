"""Rules for Amazon Macie, which looks for card data where none belongs."""

from policies.rule import Severity
from policies.rules.neighbours import must_accompany_a_network
from policies.rules.shapes import must_be_at_least, must_be_one_of

ACCOUNT = "aws:macie2/account:Account"
JOB = "aws:macie2/classificationJob:ClassificationJob"

macie_enabled = must_accompany_a_network(
    ACCOUNT,
    wants={"status": "ENABLED"},
    defaults={"status": "ENABLED"},
    id="macie-enabled",
    title="Macie looks for account data in each region",
    pci=("12.5.2",),
    controls=("Macie.1",),
    severity=Severity.MEDIUM,
    says="Nothing looks for stray account data in this network's region",
    why="Scope is what holds account data, wherever that turns out to be.",
)

macie_not_paused = must_be_one_of(
    "status",
    ("ENABLED",),
    unlike="PAUSED",
    default="ENABLED",
    id="macie-not-paused",
    title="Macie is not paused",
    on=(ACCOUNT,),
    pci=("12.5.2",),
    controls=("Macie.1",),
    severity=Severity.MEDIUM,
    says="Macie is {value}",
    why="Scope is what holds account data, wherever that turns out to be.",
)

macie_searches_on_a_schedule = must_accompany_a_network(
    JOB,
    wants={"jobType": "SCHEDULED"},
    id="macie-searches-on-a-schedule",
    title="A Macie job searches the buckets again and again",
    pci=("A3.2.5.1", "12.10.7"),
    controls=("Macie.2",),
    severity=Severity.LOW,
    says="No scheduled job searches the buckets of this network's region",
    why="A single search says nothing about the file that is put there tomorrow.",
)

macie_job_reads_everything = must_be_at_least(
    "samplingPercentage",
    100,
    default=100,
    id="macie-job-reads-everything",
    title="Macie jobs read every object",
    on=(JOB,),
    pci=("3.3.1",),
    severity=Severity.LOW,
    says="It reads {value}% of the objects",
    reference="https://docs.aws.amazon.com/macie/latest/user/discovery-jobs-scope.html",
    why="One stored card verification code is one too many; a sample may miss it.",
)

macie_reports_quickly = must_be_one_of(
    "findingPublishingFrequency",
    ("FIFTEEN_MINUTES", "ONE_HOUR"),
    unlike="SIX_HOURS",
    default="FIFTEEN_MINUTES",
    id="macie-reports-quickly",
    title="Macie reports its findings within the hour",
    on=(ACCOUNT,),
    pci=("12.10.7",),
    severity=Severity.LOW,
    says="It reports again only after {value}",
    reference="https://docs.aws.amazon.com/macie/latest/user/findings-publish-frequency.html",
    why="Account data found where none is expected starts the incident response.",
)
