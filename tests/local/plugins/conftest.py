"""One region's real servers, for the tests of what acts on them."""

import pytest

from local import addresses, pki, places, process
from local.places import Place
from local.servers import etcd, kubernetes

NET = "83"


@pytest.fixture(scope="session")
def place(tmp_path_factory):
    import os

    home = tmp_path_factory.mktemp("region")
