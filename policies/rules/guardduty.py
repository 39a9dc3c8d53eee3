"""Rules for Amazon GuardDuty, the intrusion detection of a region."""

from policies.rule import Severity
from policies.rules.neighbours import must_accompany_a_network
from policies.rules.shapes import must_be_one_of, must_be_true

DETECTOR = "aws:guardduty/detector:Detector"
FEATURE = "aws:guardduty/detectorFeature:DetectorFeature"

guardduty_enabled = must_accompany_a_network(
    DETECTOR,
    wants={"enable": True},
    defaults={"enable": True},
    id="guardduty-enabled",
    title="GuardDuty watches each region",
    pci=("11.5.1",),
    controls=("GuardDuty.1",),
    severity=Severity.HIGH,
    says="No GuardDuty detector watches this network's region",
    why="Intrusions are found by watching flow logs, DNS and API calls for the known bad.",
)

guardduty_detector_on = must_be_true(
    "enable",
    default=True,
    id="guardduty-detector-on",
    title="A GuardDuty detector is not suspended",
    on=(DETECTOR,),
    pci=("11.5.1",),
    controls=("GuardDuty.1",),
    severity=Severity.HIGH,
    says="The detector is suspended",
    why="A suspended detector looks like protection in every inventory, and finds nothing.",
)

guardduty_publishes_quickly = must_be_one_of(
    "findingPublishingFrequency",
    ("FIFTEEN_MINUTES", "ONE_HOUR"),
    unlike="SIX_HOURS",
    default="SIX_HOURS",
    id="guardduty-publishes-quickly",
    title="GuardDuty reports repeated findings within the hour",
    on=(DETECTOR,),
    pci=("10.4.1.1",),
    severity=Severity.LOW,
    says="Repeated findings are reported after {value}",
    reference="https://docs.aws.amazon.com/guardduty/latest/ug/guardduty_findings_eventbridge.html",
    why="An attack that goes on is news; six hours are long.",
)


guardduty_watches_s3 = must_accompany_a_network(
    FEATURE,
    wants={"name": "S3_DATA_EVENTS", "status": "ENABLED"},
    id="guardduty-watches-s3",
    title="GuardDuty watches access to S3 objects",
    pci=("11.5.1",),
    controls=("GuardDuty.10",),
    severity=Severity.HIGH,
    says="GuardDuty does not watch S3 in this network's region",
    why="Theft of stored files shows in data events only.",
)

guardduty_watches_lambda = must_accompany_a_network(
    FEATURE,
    wants={"name": "LAMBDA_NETWORK_LOGS", "status": "ENABLED"},
    id="guardduty-watches-lambda",
    title="GuardDuty watches what Lambda functions connect to",
    pci=("11.5.1",),
    controls=("GuardDuty.6",),
    severity=Severity.HIGH,
    says="GuardDuty does not watch Lambda in this network's region",
    why="A function that calls a mining pool or a command server has been taken over.",
)

guardduty_watches_logins = must_accompany_a_network(
    FEATURE,
    wants={"name": "RDS_LOGIN_EVENTS", "status": "ENABLED"},
    id="guardduty-watches-logins",
    title="GuardDuty watches who signs in to databases",
    pci=("11.5.1",),
    controls=("GuardDuty.9",),
    severity=Severity.HIGH,
    says="GuardDuty does not watch database sign-ins in this network's region",
    why="Guessed and stolen database passwords show as unusual sign-ins.",
)

guardduty_watches_cluster_audit = must_accompany_a_network(
    FEATURE,
    wants={"name": "EKS_AUDIT_LOGS", "status": "ENABLED"},
    id="guardduty-watches-cluster-audit",
    title="GuardDuty reads the audit logs of EKS clusters",
    pci=("11.5.1",),
    controls=("GuardDuty.5",),
    severity=Severity.HIGH,
    says="GuardDuty does not read EKS audit logs in this network's region",
    why="Misuse of the Kubernetes API shows in its audit log only.",
)

guardduty_watches_runtime = must_accompany_a_network(
    FEATURE,
    wants={"name": "RUNTIME_MONITORING", "status": "ENABLED"},
    id="guardduty-watches-runtime",
    title="GuardDuty watches what runs on nodes and in containers",
    pci=("11.5.1",),
    controls=("GuardDuty.11",),
    severity=Severity.HIGH,
    says="GuardDuty does not watch running processes in this network's region",
    why="What an intruder does inside a container never reaches a flow log.",
)

guardduty_watches_cluster_runtime = must_accompany_a_network(
    FEATURE,
    wants={
        "name": "RUNTIME_MONITORING",
        "status": "ENABLED",
        "additionalConfigurations": [{"name": "EKS_ADDON_MANAGEMENT", "status": "ENABLED"}],
    },
    id="guardduty-watches-cluster-runtime",
    title="GuardDuty puts its agent on every EKS node",
    pci=("11.5.1",),
    controls=("GuardDuty.7",),
    severity=Severity.HIGH,
    says="GuardDuty does not keep its agent on EKS nodes in this network's region",
    why="A sensor that has to be installed by hand is missing from the newest node.",
)

guardduty_scans_volumes = must_accompany_a_network(
    FEATURE,
    wants={"name": "EBS_MALWARE_PROTECTION", "status": "ENABLED"},
    id="guardduty-scans-volumes",
    title="GuardDuty scans volumes for malware",
    pci=("5.2.1", "5.3.2"),
    controls=("GuardDuty.8",),
    severity=Severity.HIGH,
    says="No malware scan covers this network's region",
    why="Nodes carry no scanner of their own; their volumes are scanned when something is odd.",
)
