"""Rules about objects of the mesh, of cert-manager and of those that watch, in CEL."""

from collections.abc import Mapping
from typing import Final

_ALLOWS = "object.?spec.?action.orValue('ALLOW') == 'ALLOW'"
_RULES = "object.?spec.?rules.orValue([])"
_SERVERS = "object.?spec.?servers.orValue([])"
_PASSES = "s.tls.?mode.orValue('SIMPLE').contains('PASSTHROUGH')"
_TLS_OF = "(has(d.trafficPolicy) && has(d.trafficPolicy.tls) ? [d.trafficPolicy.tls] : [])"
_PORTS_OF = "d.?trafficPolicy.?portLevelSettings.orValue([]).filter(p, has(p.tls)).map(p, p.tls)"
_EVERY_TLS = f"([object.spec] + object.spec.?subsets.orValue([])).all(d, ({_TLS_OF} + {_PORTS_OF})"
_EDGE = "object.?spec.?gateways.orValue(['mesh']).all(g, g == 'mesh')"
_HTTP = "object.?spec.?http.orValue([])"
_RESPONSE = "h.?headers.?response"
_CALLING = (
    "has(r.pagerdutyConfigs) || has(r.opsgenieConfigs) || has(r.webhookConfigs)"
    " || has(r.victoropsConfigs) || has(r.snsConfigs)"
)


def _server(each: str) -> str:
    """What holds for each server `s` of a gateway."""
    return f"{_SERVERS}.all(s, {each})"


def _policy_of(names: str) -> str:
    """The Content-Security-Policy that a route sets, under either spelling."""
    return f"{_RESPONSE}.?{names}[?'content-security-policy']"


MESH: Final[Mapping[str, str]] = {
    "mesh-peers-strict": (
        "object.?spec.?mtls.?mode.orValue('UNSET') == 'STRICT'"
        " && object.?spec.?portLevelMtls.orValue({}).all(k,"
        " object.spec.portLevelMtls[k].?mode.orValue('UNSET') in ['STRICT', 'UNSET'])"
    ),
    "mesh-nobody-allowed-everything": (
        f"!({_ALLOWS}) || {_RULES}.all(r, [r.?from, r.?to, r.?when]"
        ".exists(p, size(p.orValue([])) > 0))"
    ),
    "mesh-callers-named": (
        f"!({_ALLOWS}) || {_RULES}.all(r, (size(r.?from.orValue([])) > 0"
        " || (size(r.?to.orValue([])) == 0 && size(r.?when.orValue([])) == 0))"
        " && r.?from.orValue([]).all(f,"
        " [f.source.?principals, f.source.?requestPrincipals, f.source.?serviceAccounts]"
        ".exists(p, size(p.orValue([])) > 0)"
        " && [f.source.?principals, f.source.?requestPrincipals, f.source.?serviceAccounts]"
        ".all(p, !('*' in p.orValue([])))))"
    ),
    "mesh-calls-named": (
        f"!({_ALLOWS}) || {_RULES}.all(r, (size(r.?from.orValue([])) == 0"
        " || size(r.?to.orValue([])) > 0) && r.?to.orValue([]).all(t,"
        " [t.operation.?methods, t.operation.?paths, t.operation.?ports, t.operation.?hosts]"
        ".exists(p, size(p.orValue([])) > 0 && p.orValue([]) != ['*'])))"
    ),
    "gateway-tls-1-3": _server(
        f"!has(s.tls) || {_PASSES} || (s.tls.?minProtocolVersion.orValue('') == 'TLSV1_3'"
        " && s.tls.?maxProtocolVersion.orValue('TLSV1_3') == 'TLSV1_3')"
    ),
    "gateway-mutual": _server(
        f"!has(s.tls) || {_PASSES} || s.tls.?mode.orValue('SIMPLE') in ['MUTUAL', 'ISTIO_MUTUAL']"
    ),
    "gateway-not-plain": _server(
        "(s.port.protocol in ['HTTPS', 'TLS'] && has(s.tls))"
        " || s.?tls.?httpsRedirect.orValue(false)"
    ),
    "gateway-hosts-named": _server("s.hosts.all(h, !h.matches('(^|/)[*][^/]*$'))"),
    "gateway-ciphers-listed": _server(
        f"!has(s.tls) || s.tls.?minProtocolVersion.orValue('') == 'TLSV1_3' || {_PASSES}"
        " || (size(s.tls.?cipherSuites.orValue([])) > 0 && s.tls.cipherSuites.all(c,"
        " !c.matches('-SHA$|RC4|DES|MD5|NULL|EXPORT|CBC|AES128-SHA$|AES256-SHA$')))"
    ),
    "mesh-destination-encrypted": (
        f"{_EVERY_TLS}.all(t, t.?mode.orValue('DISABLE') != 'DISABLE'))"
    ),
    "mesh-destination-verified": (
        f"[object.spec].all(d, ({_TLS_OF} + {_PORTS_OF})"
        ".all(t, !t.?insecureSkipVerify.orValue(false)"
        " && (!(t.?mode.orValue('') in ['SIMPLE', 'MUTUAL'])"
        " || size(t.?subjectAltNames.orValue([])) > 0)))"
    ),
    "mesh-outside-encrypted": (
        "object.spec.?location.orValue('MESH_EXTERNAL') != 'MESH_EXTERNAL'"
        " || object.spec.?ports.orValue([])"
        ".all(p, p.?protocol.orValue('TCP').upperAscii() in ['TLS', 'HTTPS'])"
    ),
    "mesh-outside-named": "object.spec.?hosts.orValue([]).all(h, !h.startsWith('*'))",
    "mesh-egress-registered": (
        "object.spec.?outboundTrafficPolicy.?mode.orValue('ALLOW_ANY') == 'REGISTRY_ONLY'"
    ),
    "edge-scripts-limited": (
        f"{_EDGE} || {_HTTP}.all(h, [{_policy_of('set')}, {_policy_of('add')}]"
        ".exists(p, p.orValue('') != '' && !p.orValue('').matches('unsafe-(inline|eval)')))"
    ),
    "edge-hides-its-inside": (
        f"{_EDGE} || {_HTTP}.all(h, ['server', 'x-envoy-upstream-service-time']"
        f".all(n, {_RESPONSE}.?remove.orValue([]).exists(r, r.lowerAscii() == n)))"
    ),
    "mesh-token-issuer-verified": (
        "object.spec.?jwtRules.orValue([]).all(r,"
        " !r.?jwksUri.orValue('').startsWith('http://') && size(r.?audiences.orValue([])) > 0)"
    ),
}

CERTIFICATES: Final[Mapping[str, str]] = {
    "certificate-key-strong": (
        "!has(object.spec.privateKey) || !has(object.spec.privateKey.size)"
        " || object.spec.privateKey.size >="
        " {'RSA': 2048, 'ECDSA': 256}[?object.spec.privateKey.?algorithm.orValue('RSA')].orValue(0)"
    ),
    "certificate-ends-within-a-quarter": (
        "duration(object.spec.?duration.orValue('2160h')) <= duration('2160h')"
    ),
    "certificate-key-changes": ("object.spec.?privateKey.?rotationPolicy.orValue('') == 'Always'"),
    "certificate-hosts-named": "object.spec.?dnsNames.orValue([]).all(n, !n.startsWith('*'))",
    "issuer-reached-over-tls": (
        "object.spec.?vault.?server.orValue('https://').startsWith('https://')"
        " && object.spec.?acme.?server.orValue('https://').startsWith('https://')"
        " && !object.spec.?acme.?skipTLSVerify.orValue(false)"
    ),
    "issuer-not-self-signed": "!has(object.spec.selfSigned)",
    "external-secret-refreshed": (
        "object.spec.?refreshInterval.orValue('1h') != '0'"
        " && duration(object.spec.?refreshInterval.orValue('1h')) > duration('0s')"
        " && duration(object.spec.?refreshInterval.orValue('1h')) <= duration('24h')"
        " && object.spec.?refreshPolicy.orValue('Periodic') != 'CreatedOnce'"
    ),
}

GUARDS: Final[Mapping[str, str]] = {
    "gatekeeper-denies": ("object.?spec.?enforcementAction.orValue('deny') in ['deny', 'scoped']"),
    "gatekeeper-exempts-no-cde": (
        "object.?spec.?match.?excludedNamespaces.orValue([]).all(n, n.startsWith('kube-')"
        " || n in ['gatekeeper-system', 'falco', 'logging'])"
    ),
    "alert-has-runbook": (
        "object.spec.?groups.orValue([]).all(g, g.?rules.orValue([]).all(r, !has(r.alert)"
        " || r.?annotations.?runbook_url.orValue('') != ''"
        " || r.?annotations.?runbook.orValue('') != ''))"
    ),
    "alert-reaches-somebody": (
        "object.spec.?groups.orValue([]).all(g, g.?rules.orValue([]).all(r, !has(r.alert)"
        " || r.?labels.?severity.orValue('') != ''))"
    ),
    "alerts-go-out": f"object.?spec.?receivers.orValue([]).exists(r, {_CALLING})",
}
