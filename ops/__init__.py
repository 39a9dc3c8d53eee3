"""Operators' commands: each one module, run as `python -m ops.<command>`."""
