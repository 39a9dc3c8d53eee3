"""The private DNS of the one-machine cloud."""

import pytest

from local import addresses, names


@pytest.fixture(autouse=True)
def net(monkeypatch):
    monkeypatch.setenv("EVENKEEL_LOCAL_NET", "90")


@pytest.mark.parametrize(
    ("host", "seen_from", "expected"),
    [
        ("vault.us-east-1.evenkeel.internal", "us-east-1", "127.90.1.40"),
        ("db.eu-west-1.evenkeel.internal", "eu-west-1", "127.90.2.30"),
        ("b-1.payments.evenkl.c1.kafka.us-east-1.amazonaws.com", "us-east-1", "127.90.1.20"),
        ("eu-west-1.eks.evenkeel.internal", "eu-west-1", "127.90.2.11"),
    ],
)
def test_a_name_of_the_own_region_leads_to_its_server(host, seen_from, expected):
    assert names.resolve(host, seen_from) == expected


def test_a_name_of_the_other_region_leads_over_the_wan():
    host = "b-1.payments.evenkl.c1.kafka.us-east-1.amazonaws.com"

    assert names.resolve(host, "eu-west-1") == addresses.over_wan("us-east-1", "kafka")


@pytest.mark.parametrize("host", ["example.com", "vault.ap-south-1.evenkeel.internal", ""])
def test_another_name_stays_as_it_is(host):
    assert names.resolve(host, "us-east-1") == host


def test_each_name_in_a_text_is_replaced_and_nothing_else():
    text = "https://vault.us-east-1.evenkeel.internal:8200,db.us-east-1.evenkeel.internal:5432/x"

    assert names.resolve_all(text, "us-east-1") == "https://127.90.1.40:8200,127.90.1.30:5432/x"


@pytest.mark.parametrize("wrong", ["0", "255", "x", "-1", ""])
def test_a_net_outside_the_octet_is_refused_by_name(monkeypatch, wrong):
    monkeypatch.setenv("EVENKEEL_LOCAL_NET", wrong)

    with pytest.raises(ValueError, match="EVENKEEL_LOCAL_NET"):
        addresses.net()
