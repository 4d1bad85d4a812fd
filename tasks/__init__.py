"""Prefect tasks: thin wrappers that log, call the library and return references."""
