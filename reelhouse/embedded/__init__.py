"""Titles clustered by a network that reads them: what the flow `deep` computes and publishes."""
