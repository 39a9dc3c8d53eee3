"""One run of a pack over one program or state: what was judged, and what came of it."""

import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from fnmatch import fnmatchcase
from functools import cached_property

from policies.properties import Resource
from policies.requirements import Requirement
from policies.rule import AnyRule, ResourceRule, StackRule
from policies.scope import Scope, Scoping
from policies.settings import Settings
from policies.stack import Stack
from policies.verdict import Judgement, Verdict, judge_resource, judge_stack
from policies.waivers import Complaint, Waiver, complaints


@dataclass(frozen=True)
class Finding:
    """One rule's verdict on one resource."""

    rule: AnyRule
    urn: str
    type: str
    name: str
    scope: Scope
    verdict: Verdict
    sentences: tuple[str, ...] = ()
    waiver: Waiver | None = None


@dataclass(frozen=True)
class Occasion:
    """What was judged, when."""

    project: str = ""
    stack: str = ""
    preview: bool = True
    at: datetime = field(default_factory=lambda: datetime.now(UTC))


class Index:
    """The rules by resource type: a type that no rule is about costs one look-up."""

    def __init__(self, rules: Iterable[AnyRule]) -> None:
        self.of_resource = tuple(each for each in rules if isinstance(each, ResourceRule))
        self.of_stack = tuple(each for each in rules if isinstance(each, StackRule))
        self._by_type: dict[str, tuple[ResourceRule, ...]] = {}

    def rules(self, type_: str) -> tuple[ResourceRule, ...]:
        """The rules that judge single resources of a type."""
        found = self._by_type.get(type_)
        if found is None:
            found = tuple(
                rule
                for rule in self.of_resource
                if any(type_ == on or ("*" in on and fnmatchcase(type_, on)) for on in rule.on)
            )
            self._by_type[type_] = found
        return found


class Run:
    """Judges resources as they come, and keeps every finding. May be used by several threads."""

    def __init__(
        self,
        rules: tuple[AnyRule, ...],
        *,
        requirements: Mapping[str, Requirement],
        settings: Settings | None = None,
        waivers: tuple[Waiver, ...] = (),
        occasion: Occasion | None = None,
    ) -> None:
        self.rules = rules
        self.settings = settings or Settings()
        self.waivers = waivers
        self.occasion = occasion or Occasion()
        self.complaints: list[Complaint] = []
        self.complete = False
        self._index = Index(rules)
        self._requirements = requirements
        self._scoping = Scoping(self.settings.scope, self.settings.components)
        self._findings: dict[tuple[str, str], Finding] = {}
        self._urns: set[str] = set()
        self._lock = threading.Lock()

    @property
    def findings(self) -> list[Finding]:
        """All of them, in the order of rules and then of resources' names."""
        order = {rule.id: number for number, rule in enumerate(self.rules)}
        with self._lock:
            return sorted(self._findings.values(), key=lambda f: (order[f.rule.id], f.urn))

    @property
    def urns(self) -> frozenset[str]:
        """Everything that came."""
        return frozenset(self._urns)

    @cached_property
    def today(self) -> date:
        """The day of the run, by which waivers expire."""
        return self.occasion.at.date()

    def resource(self, resource: Resource, off: frozenset[str] = frozenset()) -> list[Finding]:
        """Judge one resource by each rule about its type, those in `off` left out."""
        rules = self._index.rules(resource.type)
        found: list[Finding] = []
        if rules:
            scope = self._scoping.of(resource)
            for rule in rules:
                if rule.id not in off:
                    judged = self._apart(rule, scope) or judge_resource(rule, resource)
                    found.append(self._finding(rule, resource, scope, judged))
        self._keep(found, [resource.urn])
        return found

    def stack(self, stack: Stack, off: frozenset[str] = frozenset()) -> list[Finding]:
        """Judge the whole by the rules of stacks, then the waivers. It ends the run."""
        found: list[Finding] = []
        for rule in self._index.of_stack:
            if rule.id in off:
                continue
            for resource, judged in judge_stack(rule, stack):
                scope = self._scoping.of(resource)
                judged = self._apart(rule, scope) or judged  # noqa: PLW2901 - the one that counts
                found.append(self._finding(rule, resource, scope, judged))
        self._keep(found, [each.urn for each in stack.resources])
        self.complaints = self._complaints()
        self.complete = True
        return found

    def _apart(self, rule: AnyRule, scope: Scope) -> Judgement | None:
        """Not applicable, where none of the rule's requirements reaches so far out."""
        if scope is Scope.CDE or not rule.pci:
            return None
        reached = (self._requirements[each] for each in rule.pci if each in self._requirements)
        if scope is Scope.CONNECTED and any(each.connected for each in reached):
            return None
        return Judgement(Verdict.NOT_APPLICABLE, (f"its scope is {scope.value}",))

    def _finding(
        self, rule: AnyRule, resource: Resource, scope: Scope, judged: Judgement
    ) -> Finding:
        found = Finding(
            rule,
            resource.urn,
            resource.type,
            resource.name,
            scope,
            judged.verdict,
            judged.sentences,
        )
        if judged.verdict is not Verdict.FAIL:
            return found
        for waiver in self.waivers:
            if (
                waiver.covers(rule.id, resource.urn)
                and fnmatchcase(self.occasion.stack, waiver.stack)
                and self.today <= waiver.expires
            ):
                return replace(found, verdict=Verdict.WAIVED, waiver=waiver)
        return found

    def _keep(self, found: list[Finding], urns: Iterable[str]) -> None:
        with self._lock:
            self._urns.update(urns)
            for each in found:
                self._findings[each.rule.id, each.urn] = each

    def _complaints(self) -> list[Complaint]:
        opened: dict[str, set[str]] = {}
        for each in self.findings:
            if each.verdict not in (Verdict.PASS, Verdict.NOT_APPLICABLE):
                opened.setdefault(each.rule.id, set()).add(each.urn)
        return complaints(
            self.waivers,
            today=self.today,
            stack=self.occasion.stack,
            open_findings={rule: frozenset(urns) for rule, urns in opened.items()},
            requirements={rule.id: rule.pci or ("reliability",) for rule in self.rules},
            urns=self.urns,
        )
