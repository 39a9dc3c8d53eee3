import pytest

from infra.database.cluster import ACCESS, CitusCluster, CitusClusterArgs, parameters
from infra.database.settings import DatabaseSettings


@pytest.fixture
def sharded(deploy):
    args = CitusClusterArgs(
        region="us-east-1", settings=DatabaseSettings(), backup_bucket="backups"
    )
    engine = deploy(lambda: CitusCluster("database", args))
    return engine.only("kubernetes:stackgres.io/v1alpha1:SGShardedCluster")["spec"]


def test_twelve_workers_and_a_coordinator_each_with_a_standby_that_commits_wait_for(sharded):
    assert sharded["type"] == "citus"
    assert sharded["shards"]["clusters"] == 12
    assert sharded["shards"]["instancesPerCluster"] == sharded["coordinator"]["instances"] == 2
    assert sharded["replication"] == {"mode": "strict-sync", "syncInstances": 1}
    assert sharded["configurations"]["patroni"]["initialConfig"]["failsafe_mode"] is True


def test_no_password_comes_in_over_a_plain_connection(sharded):
    assert sharded["configurations"]["patroni"]["initialConfig"]["postgresql"]["pg_hba"] == list(
        ACCESS
    )
    assert all(line.endswith(("scram-sha-256", "reject")) for line in ACCESS)
    assert [line for line in ACCESS if line.startswith("hostnossl")] == [
        "hostnossl all all 0.0.0.0/0 reject",
        "hostnossl all all ::/0 reject",
    ]
    assert sharded["postgres"]["ssl"]["enabled"] is True


def test_backups_are_made_each_day(sharded):
    (backup,) = sharded["configurations"]["backups"]

    assert backup["cronSchedule"].split()[2:] == ["*", "*", "*"]
    assert backup["retention"] >= 7


def test_memory_follows_the_size_of_a_node():
    small = parameters(DatabaseSettings(memory_gib=8, connections_max=100))
    large = parameters(DatabaseSettings(memory_gib=64, connections_max=100))

    assert small["shared_buffers"] == "2048MB"
    assert large["shared_buffers"] == "16384MB"
    assert small["max_prepared_transactions"] == "200"


def test_nothing_of_a_statement_that_may_be_a_secret_reaches_the_log():
    chosen = parameters(DatabaseSettings())

    assert chosen["log_statement"] == "none"
    assert chosen["log_parameter_max_length"] == chosen["log_parameter_max_length_on_error"] == "0"
    assert chosen["pgaudit.log_parameter"] == "off"


def test_nodes_verify_each_other():
    assert parameters(DatabaseSettings())["citus.node_conninfo"].startswith("sslmode=verify-full")


def test_fewer_shards_than_workers_are_refused():
    with pytest.raises(ValueError, match="shards no fewer than workers, 12"):
        DatabaseSettings(shards=8)
