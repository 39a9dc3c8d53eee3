"""Citus: the cluster, its schema, who may enter it, its copies and backups."""
