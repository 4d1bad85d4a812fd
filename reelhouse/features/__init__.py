"""Titles to feature vectors."""
