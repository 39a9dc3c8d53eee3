"""The pack's configuration, refused by the name of the key that is wrong."""

import grpc
import pytest

from tests.policies import samples
from tests.policies.asking import serving, verdict


@pytest.fixture
def engine():
    with serving(samples.store_locked, samples.store_watched) as (engine, _):
        yield engine


@pytest.mark.parametrize(
    ("config", "named"),
    [
        ({"store-loked": {"enforcementLevel": "advisory"}}, "store-loked is no rule of this pack"),
        ({"store-locked": {"strength": 3}}, "store-locked.strength is no setting"),
        ({"settings": {"scop": "cde"}}, "settings.scop is no setting"),
        ({"settings": {"scope": "outside"}}, "settings.scope is 'outside'"),
        ({"settings": {"enforcement": {"grave": "mandatory"}}}, "settings.enforcement.grave"),
        ({"settings": {"enforcement": {"low": "loud"}}}, "settings.enforcement.low is 'loud'"),
        ({"settings": {"enforcement": "mandatory"}}, "settings.enforcement is 'mandatory'"),
        ({"settings": {"components": {"a:b:C": "in"}}}, "settings.components.a:b:C is 'in'"),
        ({"settings": {"undecidable": "no"}}, "settings.undecidable is 'no'"),
        ({"settings": {"waivers": 3}}, "settings.waivers is 3"),
        ({"settings": {"waivers": "nowhere.toml"}}, "settings.waivers names nowhere.toml"),
    ],
)
def test_bad_configuration_is_refused_by_its_key(engine, config, named):
    with pytest.raises(grpc.RpcError) as refused:
        engine.configure(config)
    assert refused.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert named in refused.value.details()


def level(answer, rule="store-locked"):
    return next(each for each in answer.diagnostics if each.policyName == rule).enforcementLevel


ADVISORY, MANDATORY = 0, 1


@pytest.mark.parametrize(
    ("config", "wanted"),
    [
        ({}, MANDATORY),
        ({"store-locked": {"enforcementLevel": "advisory"}}, ADVISORY),
        ({"settings": {"enforcement": {"high": "advisory"}}}, ADVISORY),
        ({"settings": {"enforcement": {"low": "mandatory"}}}, MANDATORY),
        (
            {
                "settings": {"enforcement": {"high": "mandatory"}},
                "store-locked": {"enforcementLevel": "advisory"},
            },
            ADVISORY,
        ),
    ],
)
def test_a_level_is_the_rules_own_or_that_of_its_severity(engine, config, wanted):
    engine.configure(config)
    assert level(engine.resource(samples.STORE, {})) == wanted


@pytest.mark.parametrize(
    "config",
    [
        {"store-locked": {"enforcementLevel": "disabled"}},
        {"settings": {"enforcement": {"high": "disabled"}}},
    ],
)
def test_a_disabled_rule_is_silent(engine, config):
    engine.configure(config)
    answer = engine.resource(samples.STORE, {})
    assert not answer.diagnostics


def test_a_disabled_rule_leaves_no_verdict():
    with serving(samples.store_locked) as (engine, analyzer):
        engine.configure({"store-locked": {"enforcementLevel": "disabled"}})
        engine.resource(samples.STORE, {"lock": "strong"})
        assert analyzer.run.findings == []


@pytest.mark.parametrize(("setting", "wanted"), [("advisory", ADVISORY), ("mandatory", MANDATORY)])
def test_the_undecidable_is_told_as_loud_as_is_asked(engine, setting, wanted):
    engine.configure({"settings": {"undecidable": setting}})
    answer = engine.resource(samples.STORE, {"lock": samples.UNKNOWN})
    assert level(answer) == wanted
    assert verdict(answer, "store-locked") == "undecidable"


def test_the_undecidable_is_counted_in_one_line_unless_asked(engine):
    assert not engine.resource(samples.STORE, {"lock": samples.UNKNOWN}).diagnostics
    said = engine.stack([{"type": samples.STORE, "name": "s", "props": {}}]).diagnostics
    about = [each.message for each in said if each.policyName == "settings"]
    assert len(about) == 1
    assert "1 undecidable" in about[0]
    assert "pulumi policy analyze" in about[0]
