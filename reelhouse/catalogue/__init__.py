"""A catalogue version from a snapshot: identify, refit or place, and the published tables."""
