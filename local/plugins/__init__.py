"""The stand-in provider plugins."""
