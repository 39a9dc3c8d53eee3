"""Waivers: read strictly, shown always, and never kept longer than they are needed."""

from datetime import UTC, date, datetime, timedelta

import pytest

from policies.waivers import Waiver, WaiverError, load
from tests.policies import samples
from tests.policies.asking import serving

ENTRY = {
    "resource": '"test:index:Store::s"',
    "rule": '"store-locked"',
    "requirement": '"3.5.1"',
    "owner": '"Jane Roe"',
    "reason": '"The lock is on order."',
    "compensating": '"A guard."',
    "expires": "2999-12-31",
}


def written(folder, **changes):
    rows = {**ENTRY, **changes}
    lines = ["[[waiver]]", *(f"{key} = {value}" for key, value in rows.items() if value)]
    file = folder / "waivers.toml"
    file.write_text("\n".join(lines))
    return file


def test_a_whole_waiver_is_read(tmp_path):
    (waiver,) = load(written(tmp_path))
    assert waiver.expires == date(2999, 12, 31)
    assert waiver.stack == "*"


def test_no_file_is_no_waiver(tmp_path):
    assert load(tmp_path / "nothing.toml") == ()


@pytest.mark.parametrize("missing", ENTRY)
def test_each_field_is_asked_for(tmp_path, missing):
    with pytest.raises(WaiverError, match=f"lacks '{missing}'"):
        load(written(tmp_path, **{missing: ""}))


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"owner": '" "'}, "owner is ' '"),
        ({"owner": "3"}, "owner is 3"),
        ({"expires": '"soon"'}, "expires is 'soon'"),
        ({"expires": "2999-12-31T00:00:00Z"}, "which is no day"),
        ({"until": "2999-12-31"}, "has 'until'"),
        ({"rule": '"'}, "is no TOML"),
    ],
)
def test_a_wrong_field_is_named(tmp_path, change, sentence):
    with pytest.raises(WaiverError, match=sentence):
        load(written(tmp_path, **change))


def test_anything_but_waivers_is_refused(tmp_path):
    file = tmp_path / "waivers.toml"
    file.write_text("waivers = []")
    with pytest.raises(WaiverError, match="has 'waivers'"):
        load(file)


AT = datetime(2026, 5, 1, tzinfo=UTC)


def waiver(**changes):
    given = {
        "resource": f"{samples.STORE}::s",
        "rule": "store-locked",
        "requirement": "3.5.1",
        "owner": "Jane Roe",
        "reason": "On order.",
        "compensating": "A guard.",
        "expires": AT.date(),
    }
    return Waiver(**{**given, **changes})


def outcome(given, lock="weak"):
    made = samples.run({"s": {"lock": lock}}, at=AT, waivers=(given,))
    verdict = next(each for each in made.findings if each.rule.id == "store-locked").verdict
    return verdict.value, [each.sentence for each in made.complaints]


@pytest.mark.parametrize(
    "given",
    [
        waiver(),
        waiver(resource="test:*::s"),
        waiver(resource=f"urn:pulumi:*::{samples.STORE}::s"),
        waiver(requirement="7.3.3"),
        waiver(stack="us-*"),
    ],
)
def test_a_waiver_counts_up_to_its_last_day(given):
    assert outcome(given) == ("waived", [])


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        (waiver(expires=AT.date() - timedelta(days=1)), "expired on 2026-04-30"),
        (waiver(resource=f"{samples.STORE}::t"), "no resource is called"),
        (waiver(rule="store-lokked"), "there is no rule 'store-lokked'"),
    ],
)
def test_a_waiver_that_does_not_count_is_an_error(given, sentence):
    verdict, (said,) = outcome(given)
    assert verdict == "fail"
    assert sentence in said


def test_a_waiver_for_another_requirement_is_an_error():
    assert "does not prove requirement 1.2.5" in outcome(waiver(requirement="1.2.5"))[1][0]


def test_a_waiver_that_is_no_longer_needed_is_an_error():
    verdict, (said,) = outcome(waiver(), lock="strong")
    assert verdict == "pass"
    assert "passes store-locked by itself" in said


def test_a_waiver_on_what_is_not_known_yet_waits():
    assert outcome(waiver(), lock=samples.UNKNOWN) == ("undecidable", [])


def test_a_waiver_for_another_stack_is_not_missed():
    assert outcome(waiver(stack="eu-west-1")) == ("fail", [])


def test_the_engine_is_told_of_a_waived_finding_and_fails_on_a_bad_waiver(tmp_path):
    with serving(samples.store_locked) as (engine, _):
        engine.configure({"settings": {"waivers": str(written(tmp_path))}})
        (told,) = engine.resource(samples.STORE, {}, name="s").diagnostics
        assert told.enforcementLevel == 0
        assert "waived until 2999-12-31 by Jane Roe: Its lock is none" in told.message
        engine.resource(samples.STORE, {"lock": "strong"}, name="s")
        said = engine.stack([{"type": samples.STORE, "name": "s", "props": {}}]).diagnostics
        wrong = [each for each in said if "waiver:" in each.message]
        assert [each.enforcementLevel for each in wrong] == [1]
