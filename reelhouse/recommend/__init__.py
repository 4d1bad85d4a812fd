"""Recommending titles from a published version, and saying why."""
