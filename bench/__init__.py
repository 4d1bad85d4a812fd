"""Measurements that the documentation quotes: `python -m bench NAME --json`."""
