# Everything runs from .venv, which is made on first use from pinned versions.
# No environment needs to be active.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
STORE ?= demo-store
# Two processes: the tests share two cores.
PYTEST_WORKERS ?= 2

.DEFAULT_GOAL := help
.PHONY: help install demo test faults lint format types clean

help: ## List the targets
	@grep -E '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /  make \1\t/' | expand -t 20

install: $(STAMP) ## Make .venv with pinned versions

$(STAMP): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; v = sys.version_info; sys.exit(v < (3, 11) and f"Python {v[0]}.{v[1]} found, 3.11 or newer required: make PYTHON=python3.12")'
	@echo "Installing into $(VENV), about a minute on first use ..."
	@$(PYTHON) -m venv $(VENV) || { echo "python -m venv failed; on Debian and Ubuntu: apt install python3-venv"; exit 1; }
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[flows,dev]'
	@touch $(STAMP)

demo: $(STAMP) ## Publish a small catalogue and the night after it (TITLES=file.csv for a real one)
	@$(BIN)/python -m flows demo --store "$(STORE)" $(if $(TITLES),--titles "$(TITLES)")

test: $(STAMP) ## Lint, check types, run the tests
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/codespell
	@$(BIN)/mypy
	@$(BIN)/python -m pytest -n $(PYTEST_WORKERS) --dist loadgroup -q

# What `make test` tries a little of, in full.
FAULTS := --fault-rounds 200 --server-kills 20 --race-rounds 30 --race-commits 25 --fault-points 0 --fit-kills 20 \
	--mutations 2400 --malformed 1000

faults: $(STAMP) ## Kill, break, race and damage in full (half an hour; the S3 part needs Debian's Ceph packages)
	@$(BIN)/python -m pytest -n $(PYTEST_WORKERS) --dist loadgroup -m faults $(FAULTS) -q --durations 15

lint: $(STAMP) ## Lint only
	@$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/codespell

format: $(STAMP) ## Format and mend what can be mended
	@$(BIN)/ruff check --fix . && $(BIN)/ruff format .

types: $(STAMP) ## Check types only
	@$(BIN)/mypy

clean: ## Remove caches and the demo's store; .venv stays
	rm -rf demo-store .pytest_cache .mypy_cache .ruff_cache .hypothesis
