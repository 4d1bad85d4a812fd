"""What clusters are about: their distinctive terms, and names that a person would give them."""
