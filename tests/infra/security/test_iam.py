"""IAM documents from typed statements."""

import json

import pytest

from infra.security.iam import Statement, document, trust


@pytest.mark.parametrize(
    ("wrong", "because"),
    [
        ({"actions": ["*"], "resources": ["a"]}, "name the actions"),
        ({"actions": ["s3:*"], "resources": ["a"]}, "name the actions"),
        ({"actions": ["kms:*"], "everywhere": "its own"}, "name the actions"),
        ({"actions": ["s3:GetObject"], "resources": ["*"]}, "need their reason"),
        ({"actions": ["s3:GetObject"], "resources": ["a"], "everywhere": "b"}, "not both"),
        ({"actions": []}, "says nothing"),
    ],
)
def test_what_allows_too_much_is_refused(wrong, because):
    with pytest.raises(ValueError, match=because):
        Statement(**wrong)


def test_denying_all_is_fine():
    assert Statement(effect="Deny", actions=["s3:*"], resources=["a"]).render()["Effect"] == "Deny"


def test_a_service_takes_a_role_for_our_account_only():
    rendered = trust("s3.amazonaws.com", account_id="1", source_arn="arn:x").render()

    assert rendered["Condition"] == {
        "StringEquals": {"aws:SourceAccount": "1"},
        "ArnLike": {"aws:SourceArn": "arn:x"},
    }


def test_a_document_is_what_iam_reads(deploy):
    found = []
    statement = Statement(actions=["s3:GetObject"], resources=["arn:a"], sid="Read")
    deploy(lambda: document([statement]).apply(found.append))

    assert json.loads(found[0]) == {
        "Version": "2012-10-17",
        "Statement": [
            {"Sid": "Read", "Effect": "Allow", "Action": ["s3:GetObject"], "Resource": ["arn:a"]}
        ],
    }
