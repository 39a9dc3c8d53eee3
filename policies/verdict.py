"""What a rule says about a resource, and how it comes to say it.

There are five verdicts. One that cannot be reached before the deployment is called so; it is
never counted as a pass.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum

from policies.properties import NotApplicableError, Resource, UndecidableError
from policies.rule import ResourceRule, StackRule
from policies.stack import ROOT, Stack

SHORTEST_SECRET = 4
"""Texts below this many characters are too common to be masked wherever they occur."""


class Verdict(StrEnum):
    """The outcome of one rule on one resource."""

    PASS = "pass"  # noqa: S105 - not a password
    FAIL = "fail"
    WAIVED = "waived"
    NOT_APPLICABLE = "not applicable"
    UNDECIDABLE = "undecidable"


@dataclass(frozen=True)
class Judgement:
    """One verdict with its words."""

    verdict: Verdict
    sentences: tuple[str, ...] = ()
    """Of a failure: one for each violation. Otherwise the one reason, if any."""


def judge_resource(rule: ResourceRule, resource: Resource) -> Judgement:
    """Run a rule on one resource. A violation already seen outweighs what is not known."""
    sentences: list[str] = []
    ending = None
    try:
        for sentence in rule.judge(resource):
            sentences.append(sentence)  # noqa: PERF402 - an exception must not lose what came before
    except UndecidableError as unknown:
        ending = Judgement(Verdict.UNDECIDABLE, (str(unknown),))
    except NotApplicableError as stated:
        ending = Judgement(Verdict.NOT_APPLICABLE, (stated.reason,))
    except Exception as error:  # noqa: BLE001 - any program may come; a rule must not end its preview
        ending = Judgement(Verdict.UNDECIDABLE, (_unreadable(error),))
    if sentences:
        return _masked(Judgement(Verdict.FAIL, tuple(sentences)), resource)
    return _masked(ending or Judgement(Verdict.PASS), resource)


def judge_stack(rule: StackRule, stack: Stack) -> Iterator[tuple[Resource, Judgement]]:
    """Run a rule on a stack: one judgement for each resource that the rule is about."""
    subjects = [stack.root] if ROOT in rule.on else stack.of(*rule.on)
    failed: dict[str, list[str]] = {}
    unknown: dict[str, str] = {}
    others: dict[str, Resource] = {}
    rest = Judgement(Verdict.PASS)
    try:
        for resource, said in rule.judge(stack):
            others[resource.urn] = resource
            if isinstance(said, UndecidableError):
                unknown[resource.urn] = str(said)
            else:
                failed.setdefault(resource.urn, []).append(said)
    except UndecidableError as error:
        rest = Judgement(Verdict.UNDECIDABLE, (str(error),))
    except NotApplicableError as stated:
        rest = Judgement(Verdict.NOT_APPLICABLE, (stated.reason,))
    except Exception as error:  # noqa: BLE001 - any program may come; a rule must not end its preview
        rest = Judgement(Verdict.UNDECIDABLE, (_unreadable(error),))
    for each in {**{each.urn: each for each in subjects}, **others}.values():
        if each.urn in failed:
            judged = Judgement(Verdict.FAIL, tuple(failed[each.urn]))
        elif each.urn in unknown:
            judged = Judgement(Verdict.UNDECIDABLE, (unknown[each.urn],))
        else:
            judged = rest
        yield each, _masked(judged, each)


def _unreadable(error: Exception) -> str:
    """Why no verdict was reached; the error's own words may hold a property, so its kind only."""
    return f"the properties have a form that the rule cannot read ({type(error).__name__})"


def _masked(judgement: Judgement, resource: Resource) -> Judgement:
    """The same without any secret of the resource."""
    hidden = sorted(
        (each for each in resource.secrets if len(each) >= SHORTEST_SECRET), key=len, reverse=True
    )
    if not hidden:
        return judgement
    sentences = list(judgement.sentences)
    for secret in hidden:
        sentences = [each.replace(secret, "[secret]") for each in sentences]
    return replace(judgement, sentences=tuple(sentences))
