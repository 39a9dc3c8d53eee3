"""The region's node agent: it runs the payment service's pods as processes."""

import sys

import httpx

from local import process
from local.places import Place


def server(place: Place) -> process.Process:
    """Return the agent; it is ready when the API server has its node."""
    return process.Process(
        name=f"{place.region}-agent",
        command=[sys.executable, "-m", "local.agent", "--region", place.region],
        ready=lambda: _has_node(place),
    )


def _has_node(place: Place) -> bool:
    answer = httpx.get(
        f"{place.kubernetes_url}/api/v1/nodes",
        headers={"Authorization": f"Bearer {place.kubernetes_token}"},
        verify=str(place.ca),
        timeout=3,
    )
    return answer.is_success and bool(answer.json()["items"])
