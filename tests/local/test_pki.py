"""The cloud's certificate authority."""

import datetime
import stat

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization

from local import addresses, pki, places


@pytest.fixture
def made(home):
    pki.make()
    return places.pki()


def load(made, name):
    return x509.load_pem_x509_certificate((made / f"{name}.pem").read_bytes())


def test_each_certificate_is_the_authoritys_and_goes_with_its_key(made):
    authority = load(made, "ca")
    for path in made.glob("*.key"):
        certificate = load(made, path.stem)
        certificate.verify_directly_issued_by(authority)
        key = serialization.load_pem_private_key(path.read_bytes(), None)
        assert key.public_key() == certificate.public_key()


def test_no_key_may_be_read_by_others(made):
    for path in [*made.glob("*.key"), *made.glob("*.keystore")]:
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_server_answers_to_its_own_address_and_to_the_wans(made):
    names = load(made, "eu-west-1-kafka").extensions.get_extension_for_class(
        x509.SubjectAlternativeName
    )
    found = {str(each) for each in names.value.get_values_for_type(x509.IPAddress)}

    assert found == {
        addresses.server("eu-west-1", "kafka"),
        addresses.over_wan("eu-west-1", "kafka"),
    }


def test_making_again_changes_nothing(made):
    before = {path.name: path.read_bytes() for path in made.iterdir()}

    pki.make()

    assert {path.name: path.read_bytes() for path in made.iterdir()} == before


def test_a_certificate_near_its_end_is_issued_anew(made):
    (made / "admin.pem").unlink()
    pki.issue("admin", [], days=pki.RENEW_DAYS - 1)
    old = load(made, "admin").serial_number

    pki.make()

    assert load(made, "admin").serial_number != old
    left = load(made, "admin").not_valid_after_utc - datetime.datetime.now(datetime.UTC)
    assert left > datetime.timedelta(days=pki.RENEW_DAYS)
