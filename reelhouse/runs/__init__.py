"""A run of any flow: the version that it builds on, its name and key, what it came to."""
