"""Prefect flows: one file each, run with `python -m flows`."""
