"""Object storage: versions that are published whole, verified when read, and reversible."""
