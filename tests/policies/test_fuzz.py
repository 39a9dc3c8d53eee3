"""Whatever properties a program has, in whatever language it was written: an answer."""

import os

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from policies import rules
from policies.properties import UNKNOWNS
from policies.rule import ResourceRule
from tests.policies import samples
from tests.policies.asking import example
from tests.policies.trees import places, plain, replaced

BY_RESOURCE = [each for each in rules.collect() if isinstance(each, ResourceRule)] or [
    samples.store_locked
]


WORDS = st.sampled_from(
    sorted(
        {
            str(part)
            for rule in BY_RESOURCE
            for each in (*rule.passes, *rule.fails)
            for path in places(plain(example(rule, each)[1].props))
            for part in path
        }
        | {"Statement", "spec", "tags", "metadata"}
    )
)
LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**40), 2**40),
    st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from(sorted(UNKNOWNS)),
    st.sampled_from(
        ["*", "0.0.0.0/0", "{}", "[]", '{"Statement": 1}', "alias/aws/s3", "-1", "\x00"]
    ),
    st.text(max_size=8),
)
TREES = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(WORDS | st.text(max_size=4), inner, max_size=4)
    ),
    max_leaves=12,
)


@st.composite
def mangled(draw):
    """A rule's type with one of its examples, some places in it overwritten by anything."""
    rule = draw(st.sampled_from(BY_RESOURCE))
    each = draw(st.sampled_from((*rule.passes, *rule.fails)))
    type_, made = example(rule, each)
    props = plain(made.props)
    for _ in range(draw(st.integers(0, 3))):
        found = list(places(props))
        if found:
            props = replaced(props, draw(st.sampled_from(found)), draw(TREES))
    return type_, {**props, **draw(st.dictionaries(WORDS, TREES, max_size=2))}


FUZZ = settings(
    max_examples=int(os.environ.get("EVENKEEL_FUZZ", "100")),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)


@FUZZ
@given(mangled())
def test_any_properties_get_an_answer(everything, program):
    type_, props = program
    everything.resource(type_, props)


@FUZZ
@given(st.lists(mangled(), max_size=6))
def test_any_stack_gets_an_answer(everything, programs):
    everything.stack(
        [
            {"type": type_, "name": f"r{number}", "props": props}
            for number, (type_, props) in enumerate(programs)
        ]
    )
