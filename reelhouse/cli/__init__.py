"""The command line of those who read what is published."""

from reelhouse.cli.app import main

__all__ = ["main"]
