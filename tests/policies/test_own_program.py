"""This program under its own packs: both stacks, run to the end, each resource asked about."""

from collections import Counter

import pytest
from pulumi.runtime import mocks, proto

from policies import pack, rules
from policies.server import Analyzer
from policies.verdict import Verdict
from tests.policies.asking import asking
from tests.test_program import config, program

STACKS = ["us-east-1", "eu-west-1"]
EXPORTS = {
    "vpcId": "vpc-1",
    "routeTableIds": ["rtb-1", "rtb-2", "rtb-3", "rtb-4"],
    "privateSubnetIds": ["subnet-1", "subnet-2", "subnet-3"],
    "nodesSecurityGroupId": "sg-nodes",
    "kafkaSecurityGroupId": "sg-kafka",
    "kafkaClusterArn": "arn:aws:kafka:us-east-1:111122223333:cluster/payments/uuid-1",
    "kafkaBootstrapBrokers": "b-1.payments.kafka.us-east-1.amazonaws.com:9098",
    "internalZoneId": "Z1",
    "auditKeyArn": "arn:aws:kms:us-east-1:111122223333:key/mrk-1",
    "logsKeyArn": "arn:aws:kms:us-east-1:111122223333:key/2",
    "listenerArn": "arn:aws:globalaccelerator::111122223333:accelerator/a/listener/l",
}


@pytest.fixture
def registered(monkeypatch):
    """What the program asks of the engine, in order, with the URN that each got."""
    seen = []
    register = mocks.MockMonitor.RegisterResource

    def recording(self, request):
        response = register(self, request)
        seen.append((request, response.urn))
        return response

    monkeypatch.setattr(mocks.MockMonitor, "RegisterResource", recording)
    return seen


@pytest.fixture
def earlier():
    """What the first stack exports, as a later one reads it."""
    return {"organization/evenkeel/us-east-1": EXPORTS}


RECORDED = {}


@pytest.fixture
def recorded(deploy, registered, earlier):
    """A stack's resources; the program is run once for each, however many ask."""

    def record(stack):
        if stack not in RECORDED:
            deploy(program, config=config(stack), stacks=earlier, stack_name=stack, preview=True)
            RECORDED[stack] = tuple(registered)
        return RECORDED[stack]

    return record


def judge(resources, stack, name):
    """Judge a stack by a pack, as the engine would at its first preview."""
    made = pack.load(name)
    others = frozenset(rule.id for rule in rules.collect() if rule.pack != name)
    analyzer = Analyzer(made, others)
    with asking(analyzer) as engine:
        engine.configure({})
        engine.stack_is(stack)
        for request, urn in resources:
            engine.stub.Analyze(analysis(proto.AnalyzeRequest, request, urn))
        engine.stub.AnalyzeStack(
            proto.AnalyzeStackRequest(
                resources=[member(request, urn) for request, urn in resources]
            )
        )
    return analyzer.run


def analysis(message, request, urn, **more):
    return message(
        type=request.type,
        name=request.name,
        urn=urn,
        properties=request.object,
        options=proto.AnalyzerResourceOptions(
            protect=request.protect, ignoreChanges=request.ignoreChanges, parent=request.parent
        ),
        **more,
    )


def member(request, urn):
    return analysis(
        proto.AnalyzerResource,
        request,
        urn,
        parent=request.parent,
        dependencies=request.dependencies,
        propertyDependencies={
            key: proto.AnalyzerPropertyDependencies(urns=found.urns)
            for key, found in request.propertyDependencies.items()
        },
    )


@pytest.mark.xfail(strict=True, reason="the region's detection and logs are not in it yet")
@pytest.mark.parametrize("name", ["pci", "reliability"])
@pytest.mark.parametrize("stack", STACKS)
def test_the_program_fails_none_of_its_own_rules(recorded, stack, name):
    run = judge(recorded(stack), stack, name)
    failed = [
        f"{each.rule.id}: {each.type} {each.name}: {'; '.join(each.sentences)}"
        for each in run.findings
        if each.verdict is Verdict.FAIL
    ]
    assert failed == []
    assert [each.sentence for each in run.complaints] == []
    assert Counter(each.verdict for each in run.findings)[Verdict.PASS] > 100


@pytest.mark.parametrize("name", ["pci", "reliability"])
def test_no_rule_stumbles_over_the_program(recorded, name):
    stumbled = [
        f"{each.rule.id}: {each.type} {each.name}"
        for each in judge(recorded("us-east-1"), "us-east-1", name).findings
        if any("form that the rule cannot read" in said for said in each.sentences)
    ]
    assert stumbled == []
