"""Clusters found by a network that learns where to look, and networks that tell a text's cluster.

Only fitting needs torch, the extra `deep`; what was learned is arrays.
"""
