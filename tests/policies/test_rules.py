"""Every rule against its own examples, over gRPC, in this pack's server and in the bare runtime."""

import pytest
from pulumi_policy import EnforcementLevel
from pulumi_policy.policy import _PolicyAnalyzerServicer

from policies import pack, rules
from policies.rule import ResourceRule
from tests.policies.asking import asking, example, verdict


def examples(rule):
    yield from (("pass", each) for each in rule.passes)
    yield from (("fail", each) for each in rule.fails)
    yield from (("undecidable", each) for each in rule.undecidable)
    yield from (("not applicable", each) for each in rule.not_applicable)


EXAMPLES = [
    pytest.param(rule, wanted, given, id=f"{rule.id}-{number}-{wanted.replace(' ', '-')}")
    for rule in rules.collect()
    for number, (wanted, given) in enumerate(examples(rule))
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


@pytest.mark.parametrize("rule", rules.collect(), ids=lambda rule: rule.id)
def test_the_bare_runtime_agrees_on_all_examples_of_a_rule(rule):
    bare = _PolicyAnalyzerServicer("bare", "1.0.0", [pack.policy(rule)], EnforcementLevel.MANDATORY)
    with asking(bare) as engine:
        said = [(wanted, judged(engine, rule, given)) for wanted, given in examples(rule)]
    assert [wanted for wanted, _ in said] == [verdict for _, verdict in said]


@pytest.mark.parametrize("rule", rules.collect(), ids=lambda rule: rule.id)
def test_a_rule_is_whole(rule):
    assert rule.id == rule.id.lower().replace("_", "-")
    assert rule.passes
    assert rule.fails
    assert rule.title
    assert not rule.title.endswith(".")
    assert rule.why.endswith(".")
    assert rule.fix
    assert bool(rule.pci) == (rule.pack == "pci")
