"""The stacks, on the platform that is up."""

import pytest

from local import addresses
from local.engine.stack import Engine
from local.places import Place

pytestmark = [pytest.mark.live, pytest.mark.timeout(600, func_only=True)]


@pytest.mark.parametrize("region", addresses.REGIONS)
def test_nothing_is_to_be_done_after_an_up(platform, region):
    changes = Engine(region).preview()["changeSummary"]

    assert {name: count for name, count in changes.items() if name != "same"} == {}


@pytest.mark.parametrize("region", addresses.REGIONS)
def test_no_secret_stands_in_the_state(platform, region):
    place = Place(region)
    text = str(Engine(region).export())

    assert place.postgres_password not in text
    assert place.kubernetes_token not in text
