"""A region: its network, its cluster, its edge, and its link to the others."""
