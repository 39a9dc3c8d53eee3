"""The kinds of objects that the platform's operators bring, defined in a region's API server.

Real definitions are taken from the operators' own Go modules, fetched once by `go mod download`.
Where a module is not to be had, the kinds that the program uses are defined without a schema: the
API server then takes any field of theirs. No operator runs on one machine.
"""

from concurrent.futures import ThreadPoolExecutor

from local.crds import definitions
from local.crds.definitions import FINGERPRINT, CrdError
from local.crds.operators import Open
from local.places import Place
from local.plugins.kubernetes.api import ApiServer, Object, wait

__all__ = ["CrdError", "install", "install_constraint"]

ESTABLISH_SECONDS_MAX = 60.0
_CONSTRAINTS = "constraints.gatekeeper.sh"


def install(place: Place) -> None:
    """Define in a region's API server all kinds that the platform's operators bring.

    Raises:
        CrdError: a module could not be fetched, or is not the one that it was.
        ApiError: the API server refused a definition.

    """
    server = ApiServer.at(place)
    there = _installed(server)
    missing = [
        each
        for each in definitions.every()
        if there.get(each["metadata"]["name"]) != each["metadata"]["annotations"][FINGERPRINT]
    ]
    with ThreadPoolExecutor(4) as pool:
        for _ in pool.map(server.apply, missing):
            pass
    for each in missing:
        _wait(server, each)


def install_constraint(server: ApiServer, template: Object) -> None:
    """Define the kind that a Gatekeeper template describes, as Gatekeeper's controller would.

    It belongs to the template, and goes with it.
    """
    kind = template["spec"]["crd"]["spec"]["names"]["kind"]
    definition = definitions.open_to_all(
        Open(_CONSTRAINTS, "v1beta1", kind, kind.lower(), namespaced=False)
    )
    definition["metadata"]["ownerReferences"] = [
        {
            "apiVersion": template["apiVersion"],
            "kind": template["kind"],
            "name": template["metadata"]["name"],
            "uid": template["metadata"]["uid"],
        }
    ]
    server.apply(definition)
    _wait(server, definition)


def _installed(server: ApiServer) -> dict[str, str]:
    listed = server.get("/apis/apiextensions.k8s.io/v1/customresourcedefinitions")
    return {
        each["metadata"]["name"]: each["metadata"].get("annotations", {}).get(FINGERPRINT, "")
        for each in listed["items"]
    }


def _wait(server: ApiServer, definition: Object) -> None:
    name = definition["metadata"]["name"]

    def established() -> bool:
        found = server.read(definition) or {}
        return any(
            each["type"] == "Established" and each["status"] == "True"
            for each in found.get("status", {}).get("conditions") or []
        )

    wait(established, ESTABLISH_SECONDS_MAX, lambda: f"{name} is defined but not served")
