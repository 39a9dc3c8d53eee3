"""Rules for AWS Global Accelerator, the platform's door to the internet."""

from collections.abc import Iterator
from typing import Final

from policies.rule import UNKNOWN, Resource, Severity, rule
from policies.rules.shapes import must_be_one_of, must_be_true, number

ACCELERATORS: Final = (
    "aws:globalaccelerator/accelerator:Accelerator",
    "aws:globalaccelerator/customRoutingAccelerator:CustomRoutingAccelerator",
)
LISTENER: Final = "aws:globalaccelerator/listener:Listener"
GROUP: Final = "aws:globalaccelerator/endpointGroup:EndpointGroup"
HTTPS: Final = 443

globalaccelerator_logs_flows = must_be_true(
    "attributes.flowLogsEnabled",
    id="globalaccelerator-logs-flows",
    title="Accelerators log their flows",
    on=ACCELERATORS,
    pci=("10.2.1",),
    severity=Severity.MEDIUM,
    says="Who reached the platform through it is logged nowhere",
    reference="https://docs.aws.amazon.com/global-accelerator/latest/dg/monitoring-global-accelerator.flow-logs.html",
    why="Connections from the internet are traced from the door that they came in by.",
)

globalaccelerator_takes_connections = must_be_one_of(
    "protocol",
    ("TCP",),
    unlike="UDP",
    default="TCP",
    id="globalaccelerator-takes-connections",
    title="Accelerators take TCP only",
    on=(LISTENER,),
    pci=("1.2.5", "1.4.3"),
    severity=Severity.MEDIUM,
    says="It takes {value}, whose sender anybody can forge",
    reference="https://docs.aws.amazon.com/global-accelerator/latest/dg/about-listeners.html",
    why="A connection proves that its sender answers at its address; a datagram proves nothing.",
)


@rule(
    id="globalaccelerator-opens-https-only",
    title="Accelerators open port 443 only",
    on=(LISTENER,),
    pci=("1.3.1", "1.2.5", "4.2.1"),
    severity=Severity.HIGH,
    fix='aws.globalaccelerator.Listener(..., port_ranges=[{"from_port": 443, "to_port": 443}])',
    reference="https://docs.aws.amazon.com/global-accelerator/latest/dg/about-listeners.html",
    passes=({"portRanges": [{"fromPort": 443, "toPort": 443}]},),
    fails=(
        {"portRanges": [{"fromPort": 443, "toPort": 443}, {"fromPort": 80, "toPort": 80}]},
        {"portRanges": [{"fromPort": 1, "toPort": 65535}]},
    ),
    undecidable=({"portRanges": [{"fromPort": UNKNOWN, "toPort": 443}]}, {"portRanges": UNKNOWN}),
)
def globalaccelerator_opens_https_only(listener: Resource) -> Iterator[str]:
    """What stands open to the whole internet is one port, and what answers there speaks TLS."""
    for each in listener.items("portRanges[]"):
        first = number(each.get("fromPort", default=0), "fromPort")
        last = number(each.get("toPort", default=0), "toPort")
        if (first, last) != (HTTPS, HTTPS):
            yield f"It opens ports {first:.0f} to {last:.0f}"


@rule(
    id="globalaccelerator-keeps-client-address",
    title="Accelerators hand the client's address on",
    on=(GROUP,),
    pci=("10.2.2",),
    severity=Severity.LOW,
    fix="aws.globalaccelerator.EndpointGroup(..., endpoint_configurations="
    '[{"endpoint_id": balancer.arn, "client_ip_preservation_enabled": True}])',
    reference="https://docs.aws.amazon.com/global-accelerator/latest/dg/preserve-client-ip-address.html",
    passes=({"endpointConfigurations": [{"clientIpPreservationEnabled": True}]}, {}),
    fails=({"endpointConfigurations": [{"clientIpPreservationEnabled": False}]},),
    undecidable=({"endpointConfigurations": [{"clientIpPreservationEnabled": UNKNOWN}]},),
)
def globalaccelerator_keeps_client_address(group: Resource) -> Iterator[str]:
    """A log entry names where a request came from, not where it was last relayed."""
    for each in group.items("endpointConfigurations[]"):
        if each.get("clientIpPreservationEnabled", default=True) is False:
            yield "Logs behind it show its own address for every client"
