"""Every rule against its own examples, over gRPC, in this pack's server and in the bare runtime."""

import pytest
from pulumi_policy import EnforcementLevel
from pulumi_policy.policy import _PolicyAnalyzerServicer

from policies import pack, rules
from policies.rule import ResourceRule
from tests.policies.asking import asking, example, verdict

EXAMPLES = [
    pytest.param(rule, wanted, given, id=f"{rule.id}-{wanted.replace(' ', '-')}-{number}")
    for rule in rules.collect()
    for wanted, examples in (
        ("pass", rule.passes),
        ("fail", rule.fails),
        ("undecidable", rule.undecidable),
        ("not applicable", rule.not_applicable),
    )
    for number, given in enumerate(examples)
]


def judged(engine, rule, given) -> str:
    if isinstance(rule, ResourceRule):
        type_, made = example(rule, given)
        answer = engine.resource(type_, made.props, made.name, protect=made.protect)
    else:
        answer = engine.stack(given)
    return verdict(answer, rule.id)


@pytest.mark.parametrize(("rule", "wanted", "given"), EXAMPLES)
def test_a_rule_gives_the_verdict_that_its_example_says(everything, rule, wanted, given):
    assert judged(everything, rule, given) == wanted


@pytest.mark.parametrize(("rule", "wanted", "given"), EXAMPLES)
def test_the_bare_runtime_agrees(rule, wanted, given):
    bare = _PolicyAnalyzerServicer("bare", "1.0.0", [pack.policy(rule)], EnforcementLevel.MANDATORY)
    with asking(bare) as engine:
        assert judged(engine, rule, given) == wanted


@pytest.mark.parametrize("rule", rules.collect(), ids=lambda rule: rule.id)
def test_a_rule_is_whole(rule):
    assert rule.id == rule.id.lower().replace("_", "-")
    assert rule.passes
    assert rule.fails
    assert rule.title
    assert not rule.title.endswith(".")
    assert rule.why.endswith(".")
    compile(rule.fix, rule.id, "exec")
    assert bool(rule.pci) == (rule.pack == "pci")
