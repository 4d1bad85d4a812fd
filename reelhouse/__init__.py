"""Reelhouse: stable clusters of a streaming catalogue, and recommendations from them."""

__version__ = "0.1.0"
