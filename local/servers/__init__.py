"""The servers of a region and those between the regions: one file a server."""
