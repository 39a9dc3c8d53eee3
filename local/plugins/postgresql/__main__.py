"""Serve the stand-in plugin to the engine."""

import sys
from importlib import metadata

from local.plugins import standin
from local.plugins.postgresql.provider import Postgresql

standin.run(Postgresql(), sys.argv[1:], metadata.version("pulumi-postgresql"))
