from infra.security import graph
from infra.services import BY_NAME, DEPLOYED, SERVICES


def test_only_the_gateway_and_prometheus_reach_the_service():
    callers = {
        each.source.name for service in SERVICES for each in graph.into(graph.service(service.name))
    }

    assert callers == {"gateway", "prometheus"}


def test_each_part_reaches_what_its_row_says_and_nothing_else():
    for service in SERVICES:
        targets = {each.target.name for each in graph.out_of(graph.service(service.name))}
        wanted = {"brokers" if it == "kafka" else it for it in service.calls}
        assert targets == {"collector" if it == "telemetry" else it for it in wanted}


def test_the_acquirer_is_called_by_the_processor_alone():
    assert [each.source.name for each in graph.into(graph.ACQUIRER)] == ["payment-processor"]


def test_whoever_decrypts_cards_takes_in_no_request_from_outside():
    decrypting = {
        each.name for each in SERVICES for may in each.vault if may.path == "transit/decrypt/cards"
    }

    assert decrypting == {"payment-processor"}
    assert "gateway" not in {
        each.source.name for each in graph.into(graph.service("payment-processor"))
    }


def test_topics_follow_from_the_table_of_topics():
    assert BY_NAME["payment-fraud"].reads == ("payments.incoming",)
    assert "payments.verdicts" in BY_NAME["payment-fraud"].writes
    assert BY_NAME["payments-api"].reads == BY_NAME["payments-api"].writes == ()


def test_the_chart_shows_every_edge():
    chart = graph.mermaid()

    assert chart.startswith("flowchart LR\n")
    assert chart.count("-->") == len(graph.edges())
    assert all(each.name in chart for each in DEPLOYED)
