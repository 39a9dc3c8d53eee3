"""The two packs: their rules, and the form in which Pulumi wants to be told about them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from pulumi_policy import (
    EnforcementLevel,
    Policy,
    PolicyComplianceFramework,
    PolicyConfigSchema,
    ReportViolation,
    ResourceValidationArgs,
    ResourceValidationPolicy,
    StackValidationArgs,
    StackValidationPolicy,
)
from pulumi_policy.proxy import UnknownValueError

from policies import plain, rules, settings
from policies.rule import UNKNOWN, AnyRule, PackName, ResourceRule, StackRule
from policies.verdict import Judgement, Verdict, judge_resource, judge_stack

VERSION: Final = "0.1.0"
STANDARD: Final = "PCI DSS"
STANDARD_VERSION: Final = "4.0.1"


@dataclass(frozen=True)
class Pack:
    """Rules that are run and reported together."""

    name: str
    title: str
    rules: tuple[AnyRule, ...]

    def policies(self) -> list[Policy]:
        """The rules as Pulumi policies, for this pack's server or for a PolicyPack of one's own.

        In the latter a rule gives its verdict alone: scope, waivers and reports are the server's.
        """
        return [policy(each) for each in self.rules]

    def about(self) -> Policy:
        """The policy that carries the pack's settings and speaks for the pack as a whole."""
        return StackValidationPolicy(
            name=settings.NAME,
            description=f"{self.title}: the run as a whole",
            validate=lambda args, report: None,  # noqa: ARG005 - the server speaks in its name
            enforcement_level=EnforcementLevel.MANDATORY,
            config_schema=PolicyConfigSchema(properties=settings.SCHEMA),
            display_name="Settings of the pack",
        )


def load(name: PackName) -> Pack:
    """The pack of a name, with all its rules."""
    title = {"pci": "PCI DSS v4.0.1", "reliability": "Reliability"}[name]
    return Pack(
        f"evenkeel-{name}", title, tuple(each for each in rules.collect() if each.pack == name)
    )


def policy(rule: AnyRule) -> Policy:
    """One rule as a Pulumi policy."""
    made = (
        ResourceValidationPolicy(rule.id, rule.title, _resource_check(rule))
        if isinstance(rule, ResourceRule)
        else StackValidationPolicy(rule.id, rule.title, _stack_check(rule))
    )
    made.enforcement_level = settings.DEFAULT_LEVELS[rule.severity]
    made.display_name = rule.title
    made.severity = rule.severity
    made.tags = [rule.pack, *rule.controls]
    made.remediation_steps = rule.fix
    if rule.pci:
        numbers = "; ".join(rule.pci)
        made.framework = PolicyComplianceFramework(STANDARD, STANDARD_VERSION, numbers, rule.why)
    if rule.reference.startswith("https://"):
        made.url = rule.reference
    return made


def _resource_check(
    rule: ResourceRule,
) -> Callable[[ResourceValidationArgs, ReportViolation], None]:
    def check(args: ResourceValidationArgs, report: ReportViolation) -> None:
        judged = judge_resource(rule, plain.resource(args))
        _tell(judged, args, report, args.urn)

    return check


def _stack_check(rule: StackRule) -> Callable[[StackValidationArgs, ReportViolation], None]:
    def check(args: StackValidationArgs, report: ReportViolation) -> None:
        unknown = None
        for resource, judged in judge_stack(rule, plain.stack(args)):
            if judged.verdict is Verdict.UNDECIDABLE:
                unknown = judged
            else:
                _tell(judged, args, report, resource.urn)
        if unknown:
            _tell(unknown, args, report, "")

    return check


def _tell(
    judged: Judgement,
    args: ResourceValidationArgs | StackValidationArgs,
    report: ReportViolation,
    urn: str,
) -> None:
    """Say a verdict in the words of pulumi-policy, which has none for a pass.

    Raises:
        UnknownValueError: Undecidable; the runtime makes an advisory of it.

    """
    if judged.verdict is Verdict.FAIL:
        for sentence in judged.sentences:
            report(sentence, urn)
    elif judged.verdict is Verdict.UNDECIDABLE:
        raise UnknownValueError(UNKNOWN, [*judged.sentences])
    elif judged.verdict is Verdict.NOT_APPLICABLE:
        args.not_applicable("; ".join(judged.sentences))
