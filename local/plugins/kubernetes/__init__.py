"""The stand-in for Pulumi's kubernetes plugin: it acts on the region's real API server."""
