"""Rules for AWS WAF, the web firewall, in its new form and in its classic one."""

from collections.abc import Iterator
from typing import Final

from policies.rule import UNKNOWN, Example, NotApplicable, Resource, Severity, rule
from policies.rules.neighbours import must_have
from policies.rules.remedy import Code, hub
from policies.rules.shapes import at, must_be_given, must_be_true

ACL: Final = "aws:wafv2/webAcl:WebAcl"
GROUP: Final = "aws:wafv2/ruleGroup:RuleGroup"
CLASSIC: Final = ("aws:waf/webAcl:WebAcl", "aws:wafregional/webAcl:WebAcl")
LOGGING: Final = "aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration"

waf_logs = must_have(
    (ACL,),
    {LOGGING: "resourceArn"},
    id="waf-logs",
    title="Web firewalls log what they see",
    pci=("10.4.2",),
    controls=("WAF.11",),
    severity=Severity.LOW,
    says="What it lets through and what it stops leaves no trace",
    why="An attack that was stopped is the first sign of the one that is not.",
)

waf_classic_logs = must_be_given(
    "loggingConfiguration.logDestination",
    good=Code("stream.arn"),
    id="waf-classic-logs",
    title="Classic web firewalls log what they see",
    on=CLASSIC,
    pci=("10.4.2",),
    controls=("WAF.1",),
    severity=Severity.MEDIUM,
    says="What it lets through and what it stops leaves no trace",
    why="An attack that was stopped is the first sign of the one that is not.",
)

waf_counted = must_be_true(
    "visibilityConfig.cloudwatchMetricsEnabled",
    id="waf-counted",
    title="Web firewalls count what they stop",
    on=(ACL, GROUP),
    pci=("6.4.2", "10.2.1"),
    controls=("WAF.12",),
    severity=Severity.LOW,
    says="Nothing can be alarmed by what it stops",
    why="A rule that stops everything, or nothing any more, shows in its numbers.",
)

waf_rules_counted = must_be_true(
    "visibilityConfig.cloudwatchMetricsEnabled",
    each="rules[]",
    id="waf-rules-counted",
    title="Each rule of a web firewall is counted",
    on=(ACL, GROUP),
    pci=("6.4.2", "10.2.1"),
    controls=("WAF.12",),
    severity=Severity.LOW,
    says="What one of its rules stops is not counted",
    why="A rule that stops everything, or nothing any more, shows in its numbers.",
)


@rule(
    id="waf-not-empty",
    title="Web firewalls hold rules",
    on=(ACL, GROUP),
    pci=("6.4.2",),
    controls=("WAF.10",),
    severity=Severity.MEDIUM,
    fix='aws.wafv2.WebAcl(..., rules=[{"name": "common", "priority": 1, "statement":'
    ' {"managed_rule_group_statement": {"vendor_name": "AWS",'
    ' "name": "AWSManagedRulesCommonRuleSet"}}}])',
    reference=hub("WAF.10"),
    passes=({"rules": [{"name": "common"}]}, {"ruleJson": "[]"}),
    fails=({}, {"rules": []}),
    undecidable=({"rules": UNKNOWN},),
)
def waf_not_empty(acl: Resource) -> Iterator[str]:
    """A firewall without rules is a wire."""
    if not acl.count("rules") and not (acl.type == ACL and acl.has("ruleJson")):
        yield "It holds no rules"


def managed(**override: object) -> dict[str, object]:
    """A web ACL with AWS's common rules."""
    statement = {"managedRuleGroupStatement": {"name": "AWSManagedRulesCommonRuleSet"}}
    return {"rules": [{"name": "common", "statement": statement, **override}]}


@rule(
    id="waf-stops-common-attacks",
    title="Web firewalls hold a managed set of rules",
    on=(ACL,),
    pci=("6.4.2",),
    severity=Severity.MEDIUM,
    fix='aws.wafv2.WebAcl(..., rules=[{"statement": {"managed_rule_group_statement":'
    ' {"vendor_name": "AWS", "name": "AWSManagedRulesCommonRuleSet"}}, **rest}])',
    reference="https://docs.aws.amazon.com/waf/latest/developerguide/aws-managed-rule-groups-list.html",
    passes=(managed(), {"ruleJson": '[{"Statement": {"ManagedRuleGroupStatement": {}}}]'}),
    fails=({"rules": [{"statement": {"geoMatchStatement": {"countryCodes": ["US"]}}}]}, {}),
    undecidable=({"rules": UNKNOWN}, {"rules": [{"statement": UNKNOWN}]}),
)
def waf_stops_common_attacks(acl: Resource) -> Iterator[str]:
    """Known attacks are stopped by rules that somebody keeps up to date."""
    if "ManagedRuleGroupStatement" in str(acl.get("ruleJson", default="")):
        return
    kinds = ("managedRuleGroupStatement", "ruleGroupReferenceStatement")
    rules = list(acl.items("rules[]"))
    if not any(each.has(f"statement.{kind}") for each in rules for kind in kinds):
        yield "It holds no managed set of rules"


@rule(
    id="waf-acts",
    title="Web firewalls stop attacks, not just count them",
    on=(ACL,),
    pci=("6.4.2",),
    severity=Severity.HIGH,
    fix='aws.wafv2.WebAcl(..., rules=[{"override_action": {"none": {}}, **rest}])',
    reference="https://docs.aws.amazon.com/waf/latest/developerguide/web-acl-rule-group-override-options.html",
    passes=(managed(overrideAction={"none": {}}), {"rules": [{"action": {"block": {}}}]}),
    fails=(
        managed(overrideAction={"count": {}}),
        {"rules": [{"action": {"count": {}}}]},
    ),
    undecidable=({"rules": [{"overrideAction": UNKNOWN}]},),
    not_applicable=({},),
)
def waf_acts(acl: Resource) -> Iterator[str]:
    """What is only counted gets through."""
    rules = list(acl.items("rules[]"))
    if not rules:
        raise NotApplicable("it holds no rules")
    counting = [
        each.get("name", default="one of its rules")
        for each in rules
        for path in ("overrideAction", "action")
        if "count" in (each.get(path, default={}) or {})
    ]
    if counting:
        yield f"{', '.join(counting)} only counts what it should stop"


@rule(
    id="waf-hides-credentials",
    title="Web firewalls' logs hold no credential",
    on=(LOGGING,),
    pci=("8.3.2", "3.3.1"),
    severity=Severity.MEDIUM,
    fix="aws.wafv2.WebAclLoggingConfiguration(..., redacted_fields="
    '[{"single_header": {"name": "authorization"}}])',
    reference="https://docs.aws.amazon.com/waf/latest/developerguide/logging-fields.html",
    passes=(at("redactedFields[].singleHeader.name", "Authorization"),),
    fails=({}, at("redactedFields[].singleHeader.name", "cookie")),
    undecidable=(Example(at("redactedFields[].singleHeader.name", UNKNOWN)),),
)
def waf_hides_credentials(logging: Resource) -> Iterator[str]:
    """A logged token is a stored authentication factor, which anybody who reads logs can use."""
    headers = [str(each).lower() for each in logging.get("redactedFields[].singleHeader.name")]
    if "authorization" not in headers:
        yield "Its log holds the tokens of whoever signed in"
