import pytest

from infra.security.certificates import Certificates, CertificatesArgs


@pytest.fixture
def made(deploy):
    args = CertificatesArgs(
        region="us-east-1",
        domain="example.com",
        hosted_zone_id="Z0123456789ABC",
        peer_authorities=("PEM of eu-west-1",),
    )
    engine = deploy(lambda: Certificates("certificates", args))
    return engine, {
        each["metadata"]["name"]: each["spec"]
        for each in engine.all("kubernetes:cert-manager.io/v1:Certificate")
    }


def test_servers_are_named_as_clients_call_them(made):
    _, certificates = made

    assert "vault.us-east-1.evenkeel.internal" in certificates["vault-tls"]["dnsNames"]
    assert "db.us-east-1.evenkeel.internal" in certificates["database-tls"]["dnsNames"]
    assert "pay.example.com" in certificates["gateway-tls"]["dnsNames"]
    assert certificates["intake-tls"]["dnsNames"] == ["intake.us-east-1.evenkeel.internal"]


def test_servers_get_a_new_key_long_before_the_old_certificate_ends(made):
    _, certificates = made

    for name, spec in certificates.items():
        if name != "evenkeel-root":
            assert spec["privateKey"]["rotationPolicy"] == "Always"
            assert int(spec["renewBefore"][:-1]) * 3 <= int(spec["duration"][:-1])


def test_clients_believe_both_regions_authorities(made):
    engine, _ = made
    spec = engine.only("kubernetes:trust.cert-manager.io/v1alpha1:Bundle")["spec"]

    assert {"inLine": "PEM of eu-west-1"} in spec["sources"]
    assert {"secret": {"name": "evenkeel-root", "key": "tls.crt"}} in spec["sources"]
    assert spec["target"]["configMap"] == {"key": "ca.pem"}
