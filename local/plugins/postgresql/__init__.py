"""The stand-in for Pulumi's postgresql plugin: it acts on the region's real PostgreSQL."""
