"""How good clusters are: agreement with what is known, coherence, stability, weak spots."""
