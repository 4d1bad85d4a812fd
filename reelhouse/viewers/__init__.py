"""Clusters of users: who they are, what they prefer, and the data of their pictures."""
