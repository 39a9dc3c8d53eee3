"""The packs, served once for all tests."""

import pytest
from pulumi.runtime import mocks

from policies import rules
from tests.policies.asking import asking, serving
from tests.test_program import config, program


@pytest.fixture(scope="session")
def everything():
    """A server with every rule of both packs, which tells each undecidable one."""
    with serving(*rules.collect()) as (engine, _):
        engine.configure({"settings": {"undecidable": "advisory"}})
        yield engine


@pytest.fixture
def ask():
    """Serve an analyzer of the test's own."""
    return asking


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
