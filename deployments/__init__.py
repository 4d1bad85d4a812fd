"""Putting the flows on a Prefect server: `make deploy` runs `python -m deployments`."""
