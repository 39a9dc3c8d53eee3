"""Both stacks under the policy packs, previewed by the real engine."""

from rich.console import Console

from local import addresses, places, tools
from local.engine.stack import Engine, EngineError
from local.up import Progress
from policies import command

PACKS = (places.REPOSITORY / "policies", places.REPOSITORY / "policies" / "reliability")


def judge(console: Console) -> int:
    """Preview each stack under both packs and print the reports; 1 where a rule fails."""
    tell = Progress(console)
    places.home().mkdir(parents=True, exist_ok=True)
    tools.build("pulumi", tell)
    status = 0
    for region in addresses.REGIONS:
        if earlier := Engine(region).waits_for():
            tell(
                f"stack {region} reads what {earlier} exports, which was never up: `make up` first"
            )
            continue
        tell(f"pulumi preview --policy-pack, stack {region}")
        folder = places.home() / "report" / region
        refused = _preview(region, {"EVENKEEL_REPORT": str(folder)})
        if not folder.is_dir():
            raise EngineError(refused or f"no report was written to {folder}")
        status |= command.main(["report", str(folder)], "pci")
        status |= refused is not None
        console.print(f"Reports (HTML, SARIF, OSCAL, OCSF, JUnit, JSON): {folder}")
    return status


def _preview(region: str, environment: dict[str, str]) -> str | None:
    """Preview under the packs; return what the engine said where it refused."""
    try:
        Engine(region).preview(packs=PACKS, environment=environment)
    except EngineError as error:
        return str(error)
    return None
