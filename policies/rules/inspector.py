"""Rules for Amazon Inspector, which looks for known vulnerabilities."""

from policies.rule import Severity
from policies.rules.neighbours import must_accompany_a_network

ENABLER = "aws:inspector2/enabler:Enabler"

inspector_scans_instances = must_accompany_a_network(
    ENABLER,
    wants={"resourceTypes": ["EC2"]},
    id="inspector-scans-instances",
    title="Inspector scans EC2 instances in each region",
    pci=("11.3.1",),
    controls=("Inspector.1",),
    severity=Severity.HIGH,
    says="Nothing scans the instances of this network's region",
    why="Internal scans are asked for every three months; Inspector scans on every change.",
)

inspector_scans_images = must_accompany_a_network(
    ENABLER,
    wants={"resourceTypes": ["ECR"]},
    id="inspector-scans-images",
    title="Inspector scans container images in each region",
    pci=("11.3.1",),
    controls=("Inspector.2",),
    severity=Severity.HIGH,
    says="Nothing scans the container images of this network's region",
    why="An image is clean on the day it is built only; it has to be scanned again and again.",
)

inspector_scans_function_code = must_accompany_a_network(
    ENABLER,
    wants={"resourceTypes": ["LAMBDA_CODE"]},
    id="inspector-scans-function-code",
    title="Inspector scans the code of Lambda functions in each region",
    pci=("6.2.4", "6.3.1"),
    controls=("Inspector.3",),
    severity=Severity.HIGH,
    says="Nothing scans the function code of this network's region",
    why="Injection flaws and weak cryptography show in our own code, not in a package list.",
)

inspector_scans_functions = must_accompany_a_network(
    ENABLER,
    wants={"resourceTypes": ["LAMBDA"]},
    id="inspector-scans-functions",
    title="Inspector scans the packages of Lambda functions in each region",
    pci=("6.2.4", "6.3.1"),
    controls=("Inspector.4",),
    severity=Severity.HIGH,
    says="Nothing scans the functions' packages of this network's region",
    why="New vulnerabilities in bundled packages have to be found and ranked.",
)
