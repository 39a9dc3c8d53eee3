"""Reading properties by path, some of them unknown."""

import json

import pytest

from policies.properties import UNKNOWN, UNKNOWNS, Node, UndecidableError

PROPS = {
    "plain": "x",
    "null": None,
    "empty": [],
    "a": {"b": {"c": 1}},
    "list": [{"n": 1, "tags": ["p", "q"]}, {"n": 2}, {}],
    "dotted": {"a.b/c": "yes"},
    "part": {"known": 1, "not": UNKNOWN},
    "mixed": [1, UNKNOWN],
}


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("plain", "x"),
        ("a.b.c", 1),
        ("list[].n", [1, 2]),
        ("list[].tags[]", ["p", "q"]),
        ("list[1].n", 2),
        ("list[9].n", "default"),
        ("a.b.missing", "default"),
        ("plain.further", "default"),
        ("null", "default"),
        ("empty", []),
        (("dotted", "a.b/c"), "yes"),
        ("part.known", 1),
        ("mixed[0]", 1),
    ],
)
def test_a_path_leads_to_its_value(path, value):
    assert Node(PROPS).get(path, "default") == value


@pytest.mark.parametrize("path", ["part", "part.not", "part.not.deeper", "mixed", "mixed[]"])
def test_whatever_is_unknown_inside_is_not_given_away(path):
    with pytest.raises(UndecidableError, match="not known until"):
        Node(PROPS).get(path)


@pytest.mark.parametrize("sentinel", sorted(UNKNOWNS))
def test_every_kind_of_unknown_is_recognised(sentinel):
    with pytest.raises(UndecidableError) as caught:
        Node({"a": [{"b": sentinel}]}).get("a[].b")
    assert caught.value.path == "a[0].b"


def test_items_are_read_one_by_one_so_that_one_unknown_hides_no_other():
    items = list(Node({"rules": [{"port": 1, "to": UNKNOWN}, {"port": 2}]}).items("rules"))
    assert [each.get("port") for each in items] == [1, 2]
    with pytest.raises(UndecidableError, match=r"rules\[0\]\.to"):
        items[0].get("to")


def test_one_object_counts_as_a_list_of_it():
    assert [each.get("x") for each in Node({"one": {"x": 1}}).items("one")] == [1]


def test_has_looks_at_the_thing_and_not_into_it():
    node = Node(PROPS)
    assert node.has("part")
    assert not node.has("empty")
    assert not node.has("null")
    assert not node.has("nowhere.at.all")
    with pytest.raises(UndecidableError):
        node.has("part.not")


def test_a_list_is_counted_whatever_is_in_it():
    assert Node(PROPS).count("mixed") == 2
    with pytest.raises(UndecidableError):
        Node({"list": UNKNOWN}).count("list")


def document(*statements):
    return Node({"policy": json.dumps({"Statement": list(statements)})}).document("policy")


def test_a_policy_document_is_read_in_one_form():
    one = document(
        {
            "Effect": "Allow",
            "Principal": {"AWS": ["arn:a", "arn:b"]},
            "Action": "s3:*",
            "Resource": "*",
            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
        }
    )[0]
    assert one.principals == ("arn:a", "arn:b")
    assert one.actions == ("s3:*",)
    assert one.conditions == {"Bool": {"aws:SecureTransport": ("false",)}}
    assert not one.public


@pytest.mark.parametrize(
    "statement",
    [
        {"Effect": "Allow", "Principal": "*"},
        {"Effect": "Allow", "Principal": {"AWS": "*"}},
        {"Effect": "Allow", "NotPrincipal": {"AWS": "arn:a"}},
    ],
)
def test_anybody_is_recognised_in_each_way_of_writing(statement):
    assert document(statement)[0].public


@pytest.mark.parametrize(
    "text", ["{", "[]", '"x"', '{"Statement": 3}', '{"Statement": ["x"]}', UNKNOWN]
)
def test_what_is_no_policy_document_is_undecidable(text):
    with pytest.raises(UndecidableError):
        Node({"policy": text}).document("policy")


def test_no_policy_document_has_no_statements():
    assert Node({}).document("policy") == []
