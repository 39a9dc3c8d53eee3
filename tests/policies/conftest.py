"""The packs, served once for all tests."""

import pytest

from policies import rules
from tests.policies.asking import asking, serving


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
