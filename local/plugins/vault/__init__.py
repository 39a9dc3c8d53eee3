"""The stand-in for Pulumi's vault plugin: it acts on the region's real Vault."""
