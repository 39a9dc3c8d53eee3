"""Serve the stand-in plugin to the engine."""

import sys
from importlib import metadata

from local.plugins import standin
from local.plugins.vault.provider import Vault

standin.run(Vault(), sys.argv[1:], metadata.version("pulumi-vault"))
