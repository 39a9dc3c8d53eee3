"""The bundle of authorities in each namespace where pods run: trust-manager's part."""

from local.agent.api import Api
from local.places import Place

NAME = "trust-bundle"
KEY = "ca.pem"


async def give(api: Api, place: Place, namespace: str) -> None:
    """Put the cloud's own authority where a namespace's pods look for it.

    Raises:
        RefusedError: the namespace is not there (any more).

    """
    await api.apply(
        f"/api/v1/namespaces/{namespace}/configmaps/{NAME}",
        {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": NAME, "namespace": namespace},
            "data": {KEY: place.ca.read_text()},
        },
    )
