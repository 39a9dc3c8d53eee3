"""Outputs that no template can say: they follow from several inputs, or from the local cloud."""

import base64
from collections.abc import Callable, Mapping
from typing import Any

from local.places import Place
from local.plugins.aws.template import Context
from local.plugins.values import Properties, StandInError


def _cluster(context: Context, inputs: Properties) -> Properties:
    """EKS hands out its authority; here it is the local cloud's own."""
    del inputs
    authority = Place(context.words["region"]).ca
    if not authority.exists():
        raise StandInError(
            f"{authority} is missing: EKS is the local cluster here, which `make up` starts"
        )
    return {"certificateAuthority": {"data": base64.b64encode(authority.read_bytes()).decode()}}


def _firewall(context: Context, inputs: Properties) -> Properties:
    """Give a firewall an endpoint in each of its subnets, one a zone."""
    states = [
        {
            "availabilityZone": f"{context.words['region']}{'abcdef'[position]}",
            "attachments": [
                {
                    "endpointId": context.fill(f"vpce-{{hex:endpoint{position}}}"),
                    "subnetId": each["subnetId"],
                }
            ],
        }
        for position, each in enumerate(inputs.get("subnetMappings") or [])
    ]
    return {"firewallStatuses": [{"syncStates": states}]}


def _subnet(context: Context, inputs: Properties) -> Properties:
    """Name the zone behind a zone's id; AWS maps them for each account, here in their order."""
    if inputs.get("availabilityZone"):
        return {}
    number = str(inputs.get("availabilityZoneId") or "az1").rpartition("az")[2]
    letter = "abcdef"[int(number) - 1] if number.isdigit() and 1 <= int(number) <= 6 else "a"  # noqa: PLR2004 - no region has more
    return {"availabilityZone": f"{context.words['region']}{letter}"}


def _certificate(context: Context, inputs: Properties) -> Properties:
    """Ask for a DNS record for each name of a certificate."""
    names = [inputs.get("domainName"), *(inputs.get("subjectAlternativeNames") or [])]
    options: list[Any] = [
        {
            "domainName": each,
            "resourceRecordName": context.fill(f"_{{short:{position}}}.{each}."),
            "resourceRecordType": "CNAME",
            "resourceRecordValue": context.fill(f"_{{short:v{position}}}.acm-validations.aws."),
        }
        for position, each in enumerate(dict.fromkeys(names))
        if each
    ]
    return {"domainValidationOptions": options}


SPECIAL: Mapping[str, Callable[[Context, Properties], Properties]] = {
    "aws:eks/cluster:Cluster": _cluster,
    "aws:networkfirewall/firewall:Firewall": _firewall,
    "aws:ec2/subnet:Subnet": _subnet,
    "aws:acm/certificate:Certificate": _certificate,
}
"""By resource type."""
