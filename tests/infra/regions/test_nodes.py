"""Nodes and add-ons, without deploying any."""

import pytest

from infra.regions.addons import ADDONS, VERSIONS, Addon, Addons, AddonsArgs, version
from infra.regions.nodes import LABEL, Nodes, NodesArgs, image_type
from infra.regions.settings import NodesSettings


def nodes():
    return Nodes(
        "nodes",
        NodesArgs(
            cluster_name="c",
            version="1.33",
            subnet_ids=["subnet-1"],
            key_arn="arn:key",
            settings=NodesSettings(),
        ),
    )


@pytest.fixture(scope="module")
def whole(deploy):
    return deploy(nodes)


def test_no_pod_takes_its_nodes_role(whole):
    for each in whole.all("aws:ec2/launchTemplate:LaunchTemplate"):
        options = each["metadataOptions"]
        assert (options["httpTokens"], options["httpPutResponseHopLimit"]) == ("required", 1)


def test_every_volume_is_encrypted_with_our_key(whole):
    volumes = [
        volume["ebs"]
        for each in whole.all("aws:ec2/launchTemplate:LaunchTemplate")
        for volume in each["blockDeviceMappings"]
    ]

    assert {(each["encrypted"], each["kmsKeyId"]) for each in volumes} == {("true", "arn:key")}


def test_only_databases_run_on_the_databases_nodes(whole):
    taints = {
        each["labels"][LABEL]: each.get("taints")
        for each in whole.all("aws:eks/nodeGroup:NodeGroup")
    }

    assert taints["database"] == [{"key": LABEL, "value": "database", "effect": "NO_SCHEDULE"}]
    assert taints["payments"] is taints["system"] is None


def test_the_autoscaler_decides_how_many(whole):
    assert all(
        each.ignores == ["scalingConfig.desiredSize"]
        for each in whole.all("aws:eks/nodeGroup:NodeGroup")
    )


@pytest.mark.parametrize(
    ("types", "image"),
    [
        (("m7g.large", "c7gn.large"), "BOTTLEROCKET_ARM_64"),
        (("m7i.large", "g5.xlarge"), "BOTTLEROCKET_x86_64"),
    ],
)
def test_the_image_fits_the_processor(types, image):
    assert image_type(types) == image


def test_two_kinds_of_processor_in_one_group_are_refused():
    with pytest.raises(ValueError, match="two architectures"):
        image_type(("m7g.large", "m7i.large"))


def test_every_addon_is_pinned_for_each_version_of_kubernetes(deploy):
    for kubernetes in VERSIONS:
        assert all(version(each, kubernetes) for each in ADDONS)
    made = deploy(
        lambda: Addons("addons", AddonsArgs(cluster_name="c", kubernetes_version="1.33"))
    ).all("aws:eks/addon:Addon")
    assert len(made) == len(ADDONS)
    assert all(each["addonVersion"] for each in made)


def test_a_version_without_a_row_is_refused():
    with pytest.raises(ValueError, match=r"no row for Kubernetes 1\.20"):
        version(Addon(name="coredns", why=""), "1.20")
