"""Rules for Services and Ingresses: what a cluster shows to the outside."""

from collections.abc import Iterator, Mapping
from typing import Any

from policies.rule import UNKNOWN, Node, NotApplicable, Resource, Severity, rule

_SERVICE = "kubernetes:core/v1:Service"
_INGRESS = "kubernetes:networking.k8s.io/v1:Ingress"
_SERVICES = "https://kubernetes.io/docs/concepts/services-networking/service/"
_INGRESSES = "https://kubernetes.io/docs/concepts/services-networking/ingress/"
_ALB = "https://kubernetes-sigs.github.io/aws-load-balancer-controller/latest/guide/ingress/annotations/"
_LOAD_BALANCER = "service.beta.kubernetes.io/aws-load-balancer-"
_INSECURE = {20: "FTP", 21: "FTP", 23: "telnet", 69: "TFTP", 80: "HTTP", 110: "POP3", 143: "IMAP",
             161: "SNMP", 389: "LDAP", 512: "rexec", 513: "rlogin", 514: "rsh"}  # fmt: skip
_STORES = {1433: "SQL Server", 2379: "etcd", 3306: "MySQL", 5432: "PostgreSQL", 6379: "Redis",
           8200: "Vault", 9092: "Kafka", 9094: "Kafka", 9098: "Kafka", 9200: "OpenSearch",
           27017: "MongoDB"}  # fmt: skip


def service(
    port: object = 8443, *, annotations: object = None, namespace: str = "payments", **spec: object
) -> dict[str, Any]:
    """A Service with one port."""
    metadata: dict[str, Any] = {"name": "payments-api", "namespace": namespace}
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": metadata | ({"annotations": annotations} if annotations else {}),
        "spec": {"selector": {"app": "payments-api"}, "ports": [{"port": port}], **spec},
    }


def ingress(
    *,
    annotations: Mapping[str, Any] | None = None,
    host: object = "pay.example.com",
    **spec: object,
) -> dict[str, Any]:
    """An Ingress of one host."""
    backend = {"service": {"name": "payments-api", "port": {"number": 8443}}}
    path = {"path": "/", "pathType": "Prefix", "backend": backend}
    route: dict[str, Any] = {"http": {"paths": [path]}}
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "Ingress",
        "metadata": {
            "name": "pay",
            "namespace": "payments",
            "annotations": dict(annotations or {}),
        },
        "spec": {"rules": [route | ({"host": host} if host else {})], **spec},
    }


@rule(
    id="service-no-node-port",
    title="Services open no port on the nodes",
    on=(_SERVICE,),
    pci=("1.2.5",),
    severity=Severity.MEDIUM,
    fix='# spec={"type": "ClusterIP", ...}',
    reference=_SERVICES + "#type-nodeport",
    passes=(
        service(),
        service(type="ClusterIP"),
        service(type="LoadBalancer", allocateLoadBalancerNodePorts=False),
    ),
    fails=(
        service(type="NodePort"),
        service(type="LoadBalancer"),
    ),
    undecidable=(service(type=UNKNOWN),),
)
def service_no_node_port(resource: Resource) -> Iterator[str]:
    """A node port is open on every node, to whatever reaches one, and has no name in any list."""
    kind = resource.get("spec.type", "ClusterIP")
    if kind == "NodePort":
        yield "Opens a port on every node"
    elif kind == "LoadBalancer" and resource.get("spec.allocateLoadBalancerNodePorts", True):
        yield "Opens a port on every node behind its load balancer"


@rule(
    id="service-load-balancer-internal",
    title="Only the gateway has a load balancer that faces the internet",
    on=(_SERVICE,),
    pci=("1.4.2",),
    severity=Severity.HIGH,
    fix='{"annotations": {"service.beta.kubernetes.io/aws-load-balancer-scheme": "internal"}}',
    reference="https://kubernetes-sigs.github.io/aws-load-balancer-controller/latest/guide/service/annotations/",
    passes=(
        service(),
        service(type="LoadBalancer", annotations={f"{_LOAD_BALANCER}scheme": "internal"}),
        service(type="LoadBalancer", annotations={f"{_LOAD_BALANCER}internal": "true"}),
        service(type="LoadBalancer", namespace="istio-ingress"),
    ),
    fails=(
        service(type="LoadBalancer"),
        service(type="LoadBalancer", annotations={f"{_LOAD_BALANCER}scheme": "internet-facing"}),
    ),
    undecidable=(
        service(type=UNKNOWN),
        service(type="LoadBalancer", annotations={f"{_LOAD_BALANCER}scheme": UNKNOWN}),
    ),
)
def service_load_balancer_internal(resource: Resource) -> Iterator[str]:
    """What is reached from the internet passes the one door that is watched."""
    if resource.get("spec.type", "ClusterIP") != "LoadBalancer":
        return
    if "ingress" in resource.get("metadata.namespace", "default"):
        return
    notes = ("metadata", "annotations")
    internal = (
        resource.get((*notes, f"{_LOAD_BALANCER}scheme")) == "internal"
        or resource.get((*notes, f"{_LOAD_BALANCER}internal")) == "true"
    )
    if not internal:
        yield "Its load balancer faces the internet"


@rule(
    id="service-stores-stay-inside",
    title="No store of data has a load balancer or node port",
    on=(_SERVICE,),
    pci=("1.4.4",),
    severity=Severity.CRITICAL,
    fix='# spec={"type": "ClusterIP", ...}',
    reference=_SERVICES,
    passes=(service(5432), service(8443, type="LoadBalancer")),
    fails=(service(5432, type="LoadBalancer"), service(8200, type="NodePort")),
    undecidable=(service(UNKNOWN, type="LoadBalancer"),),
)
def service_stores_stay_inside(resource: Resource) -> Iterator[str]:
    """Card data is not to be reached from an untrusted network, not even by way of one firewall."""
    if resource.get("spec.type", "ClusterIP") not in ("LoadBalancer", "NodePort"):
        return
    for port in resource.items("spec.ports"):
        for key in ("port", "targetPort"):
            if (number := port.get(key)) in _STORES:
                yield f"Shows {_STORES[number]} (port {number}) to the outside"


@rule(
    id="service-protocols-secure",
    title="No Service is for a protocol without encryption",
    on=(_SERVICE,),
    pci=("1.2.6",),
    severity=Severity.MEDIUM,
    fix='{"ports": [{"name": "https", "port": 443, "target_port": "https"}]}',
    reference=_SERVICES,
    passes=(service(443), service(8080)),
    fails=(service(80), service(23), service(389)),
    undecidable=(service(UNKNOWN),),
)
def service_protocols_secure(resource: Resource) -> Iterator[str]:
    """A well-known port is a promise of its protocol, and these are read by whoever listens."""
    for number in resource.get("spec.ports[].port"):
        if number in _INSECURE:
            yield f"Port {number} is {_INSECURE[number]}"


@rule(
    id="service-no-external-address",
    title="Services claim no address of somebody else",
    on=(_SERVICE,),
    pci=("1.4.3",),
    severity=Severity.HIGH,
    fix="# leave `external_ips` out",
    reference="https://github.com/kubernetes/kubernetes/issues/97076",
    passes=(service(),),
    fails=(service(externalIPs=["203.0.113.7"]),),
    undecidable=(service(externalIPs=UNKNOWN),),
)
def service_no_external_address(resource: Resource) -> Iterator[str]:
    """With externalIPs a Service takes the traffic of any address for itself (CVE-2020-8554)."""
    if resource.has("spec.externalIPs"):
        yield "Takes traffic that is meant for another address"


@rule(
    id="service-no-outside-alias",
    title="No Service is an alias of a host outside of the cluster",
    on=(_SERVICE,),
    pci=("1.3.2",),
    severity=Severity.LOW,
    fix="# describe the host by a ServiceEntry of the mesh, with its port and TLS",
    reference=_SERVICES + "#externalname",
    passes=(service(), service(type="ExternalName", externalName="api.payments.svc.cluster.local")),
    fails=(service(type="ExternalName", externalName="partner.example.com"),),
    undecidable=(service(type="ExternalName", externalName=UNKNOWN),),
)
def service_no_outside_alias(resource: Resource) -> Iterator[str]:
    """Under an inside name, traffic that leaves looks like traffic that stays."""
    if resource.get("spec.type", "ClusterIP") != "ExternalName":
        return
    host = resource.get("spec.externalName", "")
    if not host.endswith(".svc.cluster.local"):
        yield f"Is an alias of {host}"


@rule(
    id="ingress-has-tls",
    title="Each host of an Ingress has TLS",
    on=(_INGRESS,),
    pci=("4.2.1",),
    severity=Severity.HIGH,
    fix='{"tls": [{"hosts": ["pay.example.com"], "secret_name": "pay-tls"}]}',
    reference=_INGRESSES + "#tls",
    passes=(
        ingress(tls=[{"hosts": ["pay.example.com"], "secretName": "pay-tls"}]),
        ingress(annotations={"alb.ingress.kubernetes.io/certificate-arn": "arn:aws:acm:..."}),
    ),
    fails=(ingress(), ingress(tls=[{"hosts": ["other.example.com"], "secretName": "pay-tls"}])),
    undecidable=(ingress(tls=UNKNOWN),),
)
def ingress_has_tls(resource: Resource) -> Iterator[str]:
    """A card number on its way from a browser crosses networks that nobody here owns."""
    if resource.has(("metadata", "annotations", "alb.ingress.kubernetes.io/certificate-arn")):
        return
    covered = {host for tls in resource.items("spec.tls") for host in tls.get("hosts", [])}
    for host in resource.get("spec.rules[].host"):
        if host not in covered:
            yield f"{host} is served in clear"


@rule(
    id="ingress-hosts-named",
    title="Ingresses name their hosts",
    on=(_INGRESS,),
    pci=("1.4.2",),
    severity=Severity.MEDIUM,
    fix='# "rules": [{"host": "pay.example.com", ...}]',
    reference=_INGRESSES,
    passes=(ingress(),),
    fails=(
        ingress(host=""),
        ingress(host="*.example.com"),
        ingress(defaultBackend={"service": {"name": "payments-api", "port": {"number": 8443}}}),
    ),
    undecidable=(ingress(host=UNKNOWN),),
)
def ingress_hosts_named(resource: Resource) -> Iterator[str]:
    """What is open to the outside is open on purpose, under the name it was approved for."""
    for part in resource.items("spec.rules"):
        host = part.get("host", "")
        if not host or "*" in host:
            yield f"{part.path} answers for any host"
    if resource.has("spec.defaultBackend"):
        yield "Answers for hosts that no rule names"


@rule(
    id="ingress-behind-waf",
    title="An Ingress that faces the internet stands behind a web application firewall",
    on=(_INGRESS,),
    pci=("6.4.2",),
    severity=Severity.HIGH,
    fix='{"annotations": {"alb.ingress.kubernetes.io/wafv2-acl-arn": web_acl.arn}}',
    reference=_ALB,
    passes=(
        ingress(
            annotations={
                "alb.ingress.kubernetes.io/scheme": "internet-facing",
                "alb.ingress.kubernetes.io/wafv2-acl-arn": "arn:aws:wafv2:...",
            }
        ),
        ingress(
            annotations={
                "alb.ingress.kubernetes.io/scheme": "internet-facing",
                "alb.ingress.kubernetes.io/wafv2-acl-arn": UNKNOWN,
            }
        ),
        ingress(annotations={"alb.ingress.kubernetes.io/scheme": "internal"}),
    ),
    fails=(ingress(annotations={"alb.ingress.kubernetes.io/scheme": "internet-facing"}),),
    undecidable=(ingress(annotations={"alb.ingress.kubernetes.io/scheme": UNKNOWN}),),
)
def ingress_behind_waf(resource: Resource) -> Iterator[str]:
    """Attacks on public web applications are stopped as they come, not at the next review."""
    notes = next(resource.items("metadata.annotations"), Node({})).props
    if resource.get(("metadata", "annotations", "alb.ingress.kubernetes.io/scheme")) != (
        "internet-facing"
    ):
        return
    # An ARN that is not known yet is an ARN.
    if not notes.get("alb.ingress.kubernetes.io/wafv2-acl-arn"):
        yield "Faces the internet without a web ACL"


@rule(
    id="ingress-no-snippets",
    title="Ingresses bring no configuration text of their own",
    on=(_INGRESS,),
    pci=("6.2.4",),
    severity=Severity.HIGH,
    fix="# take the `*-snippet` annotations out",
    reference="https://kubernetes.github.io/ingress-nginx/user-guide/nginx-configuration/annotations-risk/",
    passes=(ingress(), ingress(annotations={"nginx.ingress.kubernetes.io/ssl-redirect": "true"})),
    fails=(
        ingress(annotations={"nginx.ingress.kubernetes.io/configuration-snippet": "return 200;"}),
        ingress(annotations={"nginx.ingress.kubernetes.io/server-snippet": "listen 81;"}),
    ),
    undecidable=(
        ingress(annotations={"nginx.ingress.kubernetes.io/configuration-snippet": UNKNOWN}),
    ),
)
def ingress_no_snippets(resource: Resource) -> Iterator[str]:
    """A snippet runs inside of the proxy, which reads the Secrets of every namespace."""
    for key, value in resource.get("metadata.annotations", {}).items():
        if key.endswith("-snippet") and value:
            yield f"{key} is configuration text"


@rule(
    id="ingress-tls-policy-named",
    title="Load balancers of Ingresses name a TLS policy of TLS 1.2 with forward secrecy, or 1.3",
    on=(_INGRESS,),
    pci=("12.3.3",),
    severity=Severity.MEDIUM,
    fix='{"alb.ingress.kubernetes.io/ssl-policy": "ELBSecurityPolicy-TLS13-1-3-2021-06"}',
    reference=_ALB,
    passes=(
        ingress(
            annotations={
                "alb.ingress.kubernetes.io/certificate-arn": "arn:aws:acm:...",
                "alb.ingress.kubernetes.io/ssl-policy": "ELBSecurityPolicy-TLS13-1-3-2021-06",
            }
        ),
    ),
    fails=(
        ingress(annotations={"alb.ingress.kubernetes.io/certificate-arn": "arn:aws:acm:..."}),
        ingress(
            annotations={
                "alb.ingress.kubernetes.io/certificate-arn": "arn:aws:acm:...",
                "alb.ingress.kubernetes.io/ssl-policy": "ELBSecurityPolicy-2016-08",
            }
        ),
    ),
    undecidable=(
        ingress(
            annotations={
                "alb.ingress.kubernetes.io/certificate-arn": "arn:aws:acm:...",
                "alb.ingress.kubernetes.io/ssl-policy": UNKNOWN,
            }
        ),
    ),
    not_applicable=(ingress(),),
)
def ingress_tls_policy_named(resource: Resource) -> Iterator[str]:
    """The inventory of cipher suites is asked for each year; a default is not an inventory."""
    notes = next(resource.items("metadata.annotations"), Node({})).props
    if "alb.ingress.kubernetes.io/certificate-arn" not in notes:
        raise NotApplicable("no load balancer of AWS ends TLS for it")
    policy = resource.get(("metadata", "annotations", "alb.ingress.kubernetes.io/ssl-policy"), "")
    if not policy.startswith(("ELBSecurityPolicy-TLS13-1-2-Res", "ELBSecurityPolicy-TLS13-1-3")):
        yield f"Its TLS policy is {policy or 'whatever the default is'}"
