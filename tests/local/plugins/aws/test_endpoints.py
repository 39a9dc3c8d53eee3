"""An endpoint group is what the accelerator follows."""

import json

from local.plugins.aws.provider import Aws
from local.plugins.standin import Resource
from local.servers import accelerator

LISTENER = "arn:aws:globalaccelerator::111122223333:accelerator/a/listener/b"


def group(dial, **more):
    inputs = {
        "listenerArn": LISTENER,
        "endpointGroupRegion": "eu-west-1",
        "trafficDialPercentage": dial,
        **more,
    }
    return Resource(urn="urn::t::n", type="t", name="n", id="arn", inputs=inputs, state=inputs)


def kind():
    return Aws().kind("aws:globalaccelerator/endpointGroup:EndpointGroup")


def dials():
    front = accelerator.Front()
    front._read()
    return {region: each.dial for region, each in front._endpoints.items()}


def test_the_accelerator_takes_a_region_in_turns_its_dial_and_leaves_it_out(home):
    kind().create(group(100))
    assert dials() == {"eu-west-1": 100}

    kind().update(group(0))
    assert dials() == {"eu-west-1": 0}

    kind().delete(group(0))
    assert dials() == {}


def test_a_dial_that_somebody_turned_is_seen(home):
    kind().create(group(100))
    path = accelerator.folder() / "eu-west-1.json"
    path.write_text(json.dumps({"trafficDialPercentage": 10}))

    seen = kind().read(group(100))

    provider, type_ = Aws(), "aws:globalaccelerator/endpointGroup:EndpointGroup"
    assert provider.drifted(type_, group(100).inputs, seen)["trafficDialPercentage"] == 10


def test_a_group_that_somebody_removed_is_gone(home):
    kind().create(group(100))
    (accelerator.folder() / "eu-west-1.json").unlink()

    assert kind().read(group(100)) is None
