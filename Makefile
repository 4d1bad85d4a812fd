# Everything runs from .venv, which is made on first use from pinned versions.
# No environment needs to be active.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
# Two processes: the tests share two cores.
PYTEST_WORKERS ?= 2

.DEFAULT_GOAL := help
.PHONY: help install demo server deploy worker test live faults lint format types docs clean

help: ## List the targets
	@grep -E '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /  make \1\t/' | expand -t 20

install: $(STAMP) ## Make .venv with pinned versions

$(STAMP): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; v = sys.version_info; sys.exit(v < (3, 11) and f"Python {v[0]}.{v[1]} found, 3.11 or newer required: make PYTHON=python3.12")'
	@echo "Installing into $(VENV), one to two minutes on first use ..."
	@$(PYTHON) -m venv $(VENV) || { echo "python -m venv failed; on Debian and Ubuntu: apt install python3-venv"; exit 1; }
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[flows,dev]'
	@touch $(STAMP)

demo: STORE ?= $(if $(TITLES),my-store,demo-store)
demo: $(STAMP) ## Publish a small catalogue and the night after it (TITLES=file.csv for a real one, into my-store)
	@$(BIN)/python -m flows demo --store "$(STORE)" $(if $(TITLES),--titles "$(TITLES)")

# The server listens on loopback only. Its own page asks at PREFECT_API_URL, so that has to name this
# port; leases of running runs are kept in files, or a restart of the server would end long runs.
# --default-signal: what a script started with `&` ignores the interrupt that stops it.
PORT ?= 4200
LOOPBACK := http://127.0.0.1:$(PORT)/api
QUIET := PREFECT_SERVER_ANALYTICS_ENABLED=false DO_NOT_TRACK=1
POOL ?= reelhouse
POOL_TYPE ?= process
PREFECT := env --default-signal=INT $(QUIET) $(BIN)/prefect

server: $(STAMP) ## A Prefect server on this machine, http://127.0.0.1:4200 (PORT=...)
	@PREFECT_API_URL=$(LOOPBACK) \
		PREFECT_SERVER_CONCURRENCY_LEASE_STORAGE=prefect.server.concurrency.lease_storage.filesystem \
		$(PREFECT) server start --host 127.0.0.1 --port $(PORT)

# What is not given keeps the default that `python -m deployments --help` shows.
DEPLOYED = $(if $(TITLES),--titles="$(TITLES)") $(if $(STORE),--store="$(STORE)") \
	$(if $(RATINGS),--ratings="$(RATINGS)") $(if $(SUFFIX),--suffix="$(SUFFIX)") \
	$(if $(TIMEZONE),--timezone="$(TIMEZONE)") $(if $(NIGHT),--night="$(NIGHT)") \
	$(if $(IMAGE),--image="$(IMAGE)") $(if $(LOST_AFTER),--lost-after="$(LOST_AFTER)")

deploy: $(STAMP) ## Put all flows on the server: TITLES= STORE= RATINGS= SUFFIX= TIMEZONE= POOL= ...
	@PREFECT_API_URL=$${PREFECT_API_URL:-$(LOOPBACK)} $(BIN)/python -m deployments \
		--pool="$(POOL)" --pool-type="$(POOL_TYPE)" $(DEPLOYED)

worker: $(STAMP) ## A worker that runs what is due, in this checkout (POOL=...)
	@PREFECT_API_URL=$${PREFECT_API_URL:-$(LOOPBACK)} REELHOUSE_CHECKOUT="$(CURDIR)" \
		$(PREFECT) worker start --pool "$(POOL)" --type "$(POOL_TYPE)"

test: $(STAMP) ## Lint, check types, run the tests
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/codespell
	@$(BIN)/mypy
	@$(BIN)/python -m pytest -n $(PYTEST_WORKERS) --dist loadgroup -m "not live and not long" -q

live: $(STAMP) ## Tests on a real Prefect server, and the long ones: schedules, lost runs, UI pages (10 minutes)
	@$(BIN)/python -m pytest -n $(PYTEST_WORKERS) --dist loadgroup -m "live or long" -q

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

docs: $(STAMP) ## Write the documents that are made from the code
	@$(BIN)/python -m docs

clean: ## Remove caches and the demo's store; .venv stays
	rm -rf demo-store .pytest_cache .mypy_cache .ruff_cache .hypothesis
