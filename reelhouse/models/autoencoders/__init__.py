"""Autoencoders of ratings: trained on torch, asked without it."""
