"""Rules of security groups."""

import pulumi
import pytest

from infra.regions.ports import let_in, let_out


@pytest.mark.parametrize("sides", [{}, {"cidr": "10.0.0.0/16", "source": "sg-2"}])
def test_a_rule_names_one_other_side(sides):
    with pytest.raises(ValueError, match="either a group or a CIDR"):
        let_in("x", group="sg", port=1, why="", opts=pulumi.ResourceOptions(), **sides)


def test_a_rule_out_names_one_other_side():
    with pytest.raises(ValueError, match="either a group or a CIDR"):
        let_out("x", group="sg", port=1, why="", opts=pulumi.ResourceOptions())
