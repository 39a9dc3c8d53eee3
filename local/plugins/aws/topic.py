"""A topic: made, changed and removed on the region's own Kafka.

The one-machine cloud has one broker a region, so a topic has one replica there and
`min.insync.replicas` is 1; partitions and all other settings are the program's.
"""

import asyncio
import json
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any, TypeVar

from aiokafka.admin import AIOKafkaAdminClient, NewPartitions, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import KafkaError, for_code
from aiokafka.helpers import create_ssl_context

from local.places import Place
from local.plugins.aws.declared import Declared
from local.plugins.standin import Properties, Resource, StandInError

CONTROLLER_SECONDS_MAX = 30.0
CLIENT = "admin"
"""Whose certificate the stand-in shows to Kafka."""

_CAPPED = {"min.insync.replicas": "1"}
_EXISTS = 36
"""Kafka's error code of a topic that is there already."""
_UNKNOWN_TOPIC = 3

Found = TypeVar("Found")


class Topic(Declared):
    """`aws:msk/topic:Topic`."""

    def create(self, resource: Resource) -> tuple[str, Properties]:
        """Make the topic; one that is there already is taken over."""
        identity, outputs = super().create(resource)
        _on(resource, lambda admin: _make(admin, resource.inputs))
        return identity, outputs | _actual(resource.inputs)

    def read(self, resource: Resource) -> Properties | None:
        """Look at the topic's partitions and settings."""
        seen = _on(resource, lambda admin: _look(admin, resource.inputs))
        return None if seen is None else resource.state | seen

    def update(self, resource: Resource) -> Properties:
        """Add partitions, set settings."""
        outputs = super().update(resource)
        _on(resource, lambda admin: _change(admin, resource.inputs))
        return outputs | _actual(resource.inputs)

    def delete(self, resource: Resource) -> None:
        """Remove the topic and what is in it."""
        _on(resource, lambda admin: _remove(admin, str(resource.inputs["name"])))


def _actual(inputs: Properties) -> Properties:
    return {"configsActual": json.dumps(_settings(inputs), sort_keys=True)}


def _settings(inputs: Properties) -> dict[str, str]:
    """Return the topic's settings as one broker can keep them."""
    given: dict[str, Any] = json.loads(inputs.get("configs") or "{}")
    return {key: _CAPPED.get(key, str(value)) for key, value in given.items()}


def _on(resource: Resource, act: Callable[[AIOKafkaAdminClient], Awaitable[Found]]) -> Found:
    """Do something at the Kafka of the region that the cluster's ARN names.

    Raises:
        StandInError: Kafka can't be reached or refuses; says what and why.

    """
    place = Place(str(resource.inputs["clusterArn"]).split(":")[3])

    async def run() -> Found:
        async with _admin(place) as admin:
            return await act(admin)

    try:
        return asyncio.run(run())
    except (KafkaError, OSError, TimeoutError) as error:
        raise StandInError(
            f"topic {resource.inputs['name']}: Kafka of {place.region} at {place.kafka} says"
            f" {type(error).__name__} {error}; `make status` tells whether it is up"
        ) from error


@asynccontextmanager
async def _admin(place: Place) -> AsyncGenerator[AIOKafkaAdminClient, None]:
    context = create_ssl_context(
        cafile=str(place.ca),
        certfile=str(place.certificate(CLIENT)),
        keyfile=str(place.key(CLIENT)),
    )
    admin = AIOKafkaAdminClient(
        bootstrap_servers=place.kafka, security_protocol="SSL", ssl_context=context
    )
    try:
        await admin.start()
        await _find_controller(admin)
        yield admin
    finally:
        await admin.close()


async def _find_controller(admin: AIOKafkaAdminClient) -> None:
    """Wait until the broker names a controller, which changes are sent to; a young one does not.

    Raises:
        TimeoutError: it never did.

    """
    async with asyncio.timeout(CONTROLLER_SECONDS_MAX):
        while admin._client.cluster.controller is None:  # noqa: SLF001  # pyright: ignore[reportPrivateUsage] - it has no public name
            await admin._client.force_metadata_update()  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]
            await asyncio.sleep(0.1)


async def _make(admin: AIOKafkaAdminClient, inputs: Properties) -> None:
    topic = NewTopic(inputs["name"], inputs["partitionCount"], 1, topic_configs=_settings(inputs))
    answer: Any = await admin.create_topics([topic])
    for error in answer.topic_errors:
        if error[1] == _EXISTS:
            await _change(admin, inputs)
        elif error[1]:
            raise for_code(error[1])(error[2])


async def _look(admin: AIOKafkaAdminClient, inputs: Properties) -> Properties | None:
    """Return partitions and settings; a setting that is as the program has it is told as such."""
    found = await admin.describe_topics([inputs["name"]])
    if not found or found[0]["error_code"] == _UNKNOWN_TOPIC:
        return None
    wanted = _settings(inputs)
    live = await _live(admin, inputs["name"])
    seen: Properties = {"partitionCount": len(found[0]["partitions"])}
    actual = {key: live.get(key, "") for key in wanted}
    seen["configsActual"] = json.dumps(actual, sort_keys=True)
    if actual != wanted:
        seen["configs"] = seen["configsActual"]
    return seen


async def _live(admin: AIOKafkaAdminClient, name: str) -> Mapping[str, str]:
    answers: Any = await admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, name)])
    return {each[0]: each[1] for answer in answers for each in answer.resources[0][4]}


async def _change(admin: AIOKafkaAdminClient, inputs: Properties) -> None:
    name, wanted = inputs["name"], inputs["partitionCount"]
    found = await admin.describe_topics([name])
    has = len(found[0]["partitions"])
    if wanted < has:
        raise StandInError(
            f"topic {name} has {has} partitions and can't have {wanted}: Kafka takes none away;"
            " make a new topic and move its consumers"
        )
    if wanted > has:
        await admin.create_partitions({name: NewPartitions(wanted)})
    settings = ConfigResource(ConfigResourceType.TOPIC, name, configs=_settings(inputs))
    answers: Any = await admin.alter_configs([settings])
    for answer in answers:
        for error in answer.resources:
            if error[0]:
                raise for_code(error[0])(error[1])


async def _remove(admin: AIOKafkaAdminClient, name: str) -> None:
    answer: Any = await admin.delete_topics([name])
    for _, code in answer.topic_error_codes:
        if code not in (0, _UNKNOWN_TOPIC):
            raise for_code(code)(name)
