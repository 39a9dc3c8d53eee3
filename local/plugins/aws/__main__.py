"""The plugin's process: `python -m local.plugins.aws ENGINE`."""

import sys
from importlib import metadata

from local.plugins.aws.provider import Aws
from local.plugins.standin import run

if __name__ == "__main__":
    run(Aws(), sys.argv[1:], metadata.version("pulumi-aws"))
