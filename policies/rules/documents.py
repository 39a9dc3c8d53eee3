"""IAM policy documents for examples, and what rules about them ask of a statement."""

import json
from collections.abc import Mapping

from policies.rule import Statement

ANYBODY = "*"

SAME_OWNER = frozenset(
    {
        "aws:principalaccount",
        "aws:principalarn",
        "aws:principalorgid",
        "aws:principalorgpaths",
        "aws:sourceaccount",
        "aws:sourcearn",
        "aws:sourceowner",
        "aws:sourceorgid",
        "aws:sourcevpc",
        "aws:sourcevpce",
        "aws:vpcsourceip",
        "kms:calleraccount",
        "kms:viaservice",
        "s3:dataaccesspointaccount",
    }
)
"""Condition keys that turn "anybody" into somebody known."""


def document(*statements: Mapping[str, object]) -> str:
    """A policy document as AWS takes it."""
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def whose(principal: str, *actions: str, **more: object) -> str:
    """A document that allows one principal something."""
    who: object = principal if principal == ANYBODY else {"AWS": principal}
    return document(
        {"Effect": "Allow", "Principal": who, "Action": list(actions), "Resource": "*", **more}
    )


def may(*actions: str, resource: str = "*") -> str:
    """An identity's document that allows some actions."""
    return document({"Effect": "Allow", "Action": list(actions), "Resource": resource})


PUBLIC = whose(ANYBODY, "kms:Decrypt")


def open_to_anybody(statement: Statement) -> bool:
    """Whether a statement gives something to anybody, with no condition on who that is."""
    keys = {
        key.lower()
        for operator, pairs in statement.conditions.items()
        if not operator.lower().startswith(("stringnot", "arnnot", "null"))
        for key in pairs
    }
    return statement.public and not keys & SAME_OWNER
