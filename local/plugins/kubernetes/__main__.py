"""Serve the stand-in plugin to the engine."""

import sys
from importlib import metadata

from local.plugins import standin
from local.plugins.kubernetes.provider import Kubernetes

standin.run(Kubernetes(), sys.argv[1:], metadata.version("pulumi-kubernetes"))
