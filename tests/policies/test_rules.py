"""Every rule against its own examples, over gRPC, in this pack's server and in the bare runtime."""

import pytest
from pulumi_policy import EnforcementLevel
from pulumi_policy.policy import _PolicyAnalyzerServicer

from policies import pack, rules
from policies.rule import ResourceRule
from tests.policies.asking import asking, example, serving, verdict


def examples(rule):
    yield from (("pass", each) for each in rule.passes)
    yield from (("fail", each) for each in rule.fails)
    yield from (("undecidable", each) for each in rule.undecidable)
    yield from (("not applicable", each) for each in rule.not_applicable)


def judged(engine, rule, given) -> str:
    if isinstance(rule, ResourceRule):
        type_, made = example(rule, given)
        answer = engine.resource(type_, made.props, made.name, protect=made.protect)
    else:
        answer = engine.stack(given)
    return verdict(answer, rule.id)


def compiles(code):
    try:
        return bool(compile(code, "fix", "exec"))
    except SyntaxError:
        return False


def verdicts(engine, rule):
    return [
        (number, judged(engine, rule, given)) for number, (_, given) in enumerate(examples(rule))
    ]


def wanted(rule):
    return [(number, verdict) for number, (verdict, _) in enumerate(examples(rule))]


@pytest.mark.parametrize("rule", rules.collect(), ids=lambda rule: rule.id)
def test_a_rule_gives_the_verdict_that_each_of_its_examples_says(rule):
    with serving(rule) as (engine, _):
        engine.configure({"settings": {"undecidable": "advisory"}})
        assert verdicts(engine, rule) == wanted(rule)


@pytest.mark.parametrize("rule", rules.collect(), ids=lambda rule: rule.id)
def test_the_bare_runtime_agrees(rule):
    bare = _PolicyAnalyzerServicer("bare", "1.0.0", [pack.policy(rule)], EnforcementLevel.MANDATORY)
    with asking(bare) as engine:
        assert verdicts(engine, rule) == wanted(rule)


@pytest.mark.parametrize("rule", rules.collect(), ids=lambda rule: rule.id)
def test_a_rule_is_whole(rule):
    assert rule.id == rule.id.lower().replace("_", "-")
    assert rule.passes
    assert rule.fails
    assert rule.title
    assert not rule.title.endswith(".")
    assert rule.why.endswith(".")
    assert any(compiles(form.format(rule.fix)) for form in ("{}", "f({})", "{{{}}}"))
    assert bool(rule.pci) == (rule.pack == "pci")
