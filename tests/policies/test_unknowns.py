"""No unknown, wherever it stands, makes a failing resource pass."""

import pytest

from policies import rules
from policies.properties import UNKNOWN
from policies.rule import ResourceRule, StackRule
from policies.stack import Stack
from policies.verdict import Verdict, judge_resource, judge_stack
from policies.wire import resource
from tests.policies.asking import example, member, request, urn
from tests.policies.trees import places, plain, replaced

RULES = rules.collect()
BY_RESOURCE = [each for each in RULES if isinstance(each, ResourceRule)]
BY_STACK = [each for each in RULES if isinstance(each, StackRule)]


@pytest.mark.parametrize("rule", BY_RESOURCE, ids=lambda rule: rule.id)
def test_an_unknown_never_turns_a_failure_into_a_pass(rule):
    wrong = []
    for each in rule.fails:
        type_, made = example(rule, each)
        props = plain(made.props)
        for path in places(props):
            message = request(type_, replaced(props, path, UNKNOWN), made.name)
            judged = judge_resource(rule, resource(message))
            if judged.verdict not in (Verdict.FAIL, Verdict.UNDECIDABLE):
                wrong.append((".".join(map(str, path)), judged.verdict.value, made.props))
    assert wrong == []


@pytest.mark.parametrize("rule", BY_STACK, ids=lambda rule: rule.id)
def test_an_unknown_never_turns_a_failing_stack_into_a_passing_one(rule):
    wrong = []
    for given_stack in rule.fails:
        resources = plain(given_stack)
        names = {each["name"]: urn(each["type"], each["name"]) for each in resources}
        for number, each in enumerate(resources):
            for path in places(each.get("props", {})):
                changed = [*resources]
                changed[number] = {**each, "props": replaced(each["props"], path, UNKNOWN)}
                stack = Stack(tuple(resource(member(one, names)) for one in changed))
                verdicts = {judged.verdict for _, judged in judge_stack(rule, stack)}
                if not verdicts & {Verdict.FAIL, Verdict.UNDECIDABLE}:
                    wrong.append((each["name"], ".".join(map(str, path))))
    assert wrong == []
