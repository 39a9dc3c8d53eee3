"""Which region the accelerator takes."""

from local.servers.accelerator import Endpoint, Front


def front(*endpoints):
    made = Front()
    made._endpoints = {each.region: each for each in endpoints}
    return made


def test_the_first_region_is_taken_while_both_are_healthy():
    both = front(Endpoint("us-east-1", failures=0), Endpoint("eu-west-1", failures=0))

    assert both.choose() == ["us-east-1", "eu-west-1"]


def test_a_region_that_does_not_answer_comes_last():
    one = front(Endpoint("us-east-1"), Endpoint("eu-west-1", failures=0))

    assert one.choose() == ["eu-west-1", "us-east-1"]


def test_a_region_dialled_to_zero_gets_nothing_while_the_other_is_healthy():
    evacuated = front(Endpoint("us-east-1", dial=0, failures=0), Endpoint("eu-west-1", failures=0))

    assert all(evacuated.choose()[0] == "eu-west-1" for _ in range(100))


def test_with_no_healthy_region_all_are_tried():
    none = front(Endpoint("us-east-1"), Endpoint("eu-west-1"))

    assert none.choose() == ["us-east-1", "eu-west-1"]


def test_a_dial_of_half_sends_about_half_elsewhere():
    half = front(Endpoint("us-east-1", dial=50, failures=0), Endpoint("eu-west-1", failures=0))
    first = [half.choose()[0] for _ in range(2000)]

    assert 800 < first.count("us-east-1") < 1200
