"""A world of stores and watchers, with every verdict in it, to test what holds for all rules."""

from collections.abc import Iterator
from datetime import UTC, date, datetime

from policies import requirements
from policies.pack import Pack
from policies.rule import UNKNOWN, NotApplicable, Resource, Severity, Stack, rule, stack_rule
from policies.run import Occasion, Run
from policies.waivers import Waiver
from policies.wire import resource
from tests.policies.asking import request

STORE = "test:index:Store"
WATCH = "test:index:Watch"


@rule(
    id="store-locked",
    title="A store is locked",
    on=(STORE,),
    pci=("3.5.1", "7.3.3"),
    severity=Severity.HIGH,
    fix='Store("x", lock="strong")',
    reference="https://example.org/locks",
    passes=({"lock": "strong"},),
    fails=({"lock": "weak"}, {}),
    undecidable=({"lock": UNKNOWN},),
    not_applicable=({"kind": "empty"},),
)
def store_locked(store: Resource) -> Iterator[str]:
    """An open store is everybody's."""
    if store.get("kind") == "empty":
        raise NotApplicable("there is nothing in it")
    lock = store.get("lock", "none")
    if lock != "strong":
        yield f"Its lock is {lock}"


@stack_rule(
    id="store-watched",
    title="Each store is watched",
    on=(STORE,),
    pci=("10.2.1",),
    severity=Severity.LOW,
    fix='Watch("x", store=store.id)',
    reference="a book",
    passes=(
        [
            {"type": STORE, "name": "s", "props": {}},
            {"type": WATCH, "name": "w", "props": {"store": UNKNOWN}, "refs": {"store": "s"}},
        ],
        [
            {"type": STORE, "name": "s", "props": {"id": "s-1"}},
            {"type": WATCH, "name": "w", "props": {"store": "s-1"}},
        ],
    ),
    fails=([{"type": STORE, "name": "s", "props": {}}],),
    undecidable=(
        [
            {"type": STORE, "name": "s", "props": {}},
            {"type": WATCH, "name": "w", "props": {"store": UNKNOWN}},
        ],
    ),
)
def store_watched(stack: Stack) -> Iterator[tuple[Resource, str]]:
    """What nobody watches goes missing."""
    for store in stack.of(STORE):
        if not any(stack.referring(store, WATCH, path="store")):
            yield store, "Nobody watches it"


PACK = Pack("evenkeel-pci", "PCI DSS v4.0.1", (store_locked, store_watched))
AT = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)
NASTY = '<script>alert("x")</script>\x00 | & ]]>'
WAIVED = {
    "rule": "store-locked",
    "requirement": "3.5.1",
    "owner": "Jane Roe",
    "reason": "The lock is on order.",
    "compensating": "A guard stands before it.",
}


def run(stores, at=AT, waivers=(), rules=PACK.rules):
    made = Run(
        rules,
        requirements=requirements.load(),
        waivers=waivers,
        occasion=Occasion("evenkeel", "us-east-1", preview=True, at=at),
    )
    resources = [resource(request(STORE, props, name)) for name, props in stores.items()]
    for each in resources:
        made.resource(each)
    made.stack(Stack(tuple(resources)))
    return made


STORES = {
    "good": {"lock": "strong"},
    "bad": {"lock": NASTY},
    "waived": {"lock": "weak"},
    "later": {"lock": UNKNOWN},
    "empty": {"kind": "empty"},
    "outside": {"lock": "weak", "tags": {"pci-scope": "out"}},
}
WAIVERS = (
    Waiver(resource=f"{STORE}::waived", expires=date(2026, 6, 1), **WAIVED),
    Waiver(resource=f"{STORE}::bad", expires=date(2026, 4, 30), **WAIVED),
)
