"""Documents that are made from the code: `python -m docs` writes them, tests compare them."""
