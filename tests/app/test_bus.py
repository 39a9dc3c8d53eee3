"""What Kafka's client can read."""

import pytest
from aiokafka import codec


@pytest.mark.parametrize("name", ["gzip", "snappy", "lz4", "zstd"])
def test_every_compression_that_a_mirror_or_producer_may_use_is_read(name):
    assert getattr(codec, f"has_{name}")()
