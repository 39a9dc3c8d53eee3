"""One region of the platform: read its settings, build it, export what others need."""

import pulumi

from infra import names
from infra.regions.region import Region
from infra.settings import load

region = Region(names.PROJECT, load())

for name, value in region.outputs.items():
    pulumi.export(name, value)
