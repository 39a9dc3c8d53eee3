"""The packs, served once for all tests."""

import runpy

import pytest
from pulumi.runtime import mocks

from policies import rules
from tests.policies.asking import asking, serving
from tests.test_program import EARLIER, ROOT, config


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


def program():
    """Run the program, as the engine would."""
    runpy.run_path(str(ROOT / "__main__.py"), run_name="__main__")


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


RECORDED = {}


@pytest.fixture
def recorded(deploy, registered):
    """A stack's resources; the program is run once for each, however many ask."""

    def record(stack):
        if stack not in RECORDED:
            deploy(program, config=config(stack), stacks=EARLIER, stack_name=stack, preview=True)
            RECORDED[stack] = tuple(registered)
        return RECORDED[stack]

    return record
