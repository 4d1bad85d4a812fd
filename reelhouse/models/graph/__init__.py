"""Models on the graph of users and titles: trained on torch, asked without it."""
