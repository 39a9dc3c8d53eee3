# Each target sets up what it needs; a second run starts from caches.
PYTHON ?= python3
VENV := .venv
RUN := $(VENV)/bin/python

.PHONY: help setup up demo status preview policy down test live lint lock

help: ## Show this help
	@grep -E '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## (.*)/  make \1\t\2/' | expand -t 18

$(VENV)/installed: requirements.lock
	@command -v $(PYTHON) >/dev/null || { echo "this machine lacks Python 3.11 or newer: apt-get install python3 python3-venv"; exit 1; }
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed, this is " + sys.version.split()[0])'
	$(PYTHON) -m venv $(VENV)
	$(VENV)/bin/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@touch $@

setup: $(VENV)/installed ## Install the Python packages, pinned by hash

up: setup ## Bring the platform up on this machine and take a payment in each region
	$(RUN) -m local up

demo: setup ## Send all example payments into both regions and reconcile
	$(RUN) -m local demo

status: setup ## Say what runs, where, since when, in what health
	$(RUN) -m local status

preview: setup ## Show what the program would change in both stacks, with no cloud account
	$(RUN) -m local preview

policy: setup ## Judge both stacks by the PCI DSS and reliability packs
	$(RUN) -m local policy

down: setup ## Stop everything; nothing is left running
	$(RUN) -m local down

test: setup ## Run the tests, their set-up included; `make live` has those of the whole platform
	$(RUN) -m local tools
	$(RUN) -m pytest -m "not live and not faults" $(ARGS)

live: setup ## Bring the platform up, test its promises on it, also under faults, take it down
	$(RUN) -m local tools
	$(RUN) -m pytest -m "live or faults" $(ARGS)

lint: setup ## Check style, formatting and types
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/pyright

lock: setup ## Pin the newest allowed packages in requirements.lock
	$(VENV)/bin/uv pip compile --quiet --universal --upgrade --generate-hashes --no-emit-index-url \
	  --no-header --group service --group local --group dev pyproject.toml -o requirements.lock
	$(VENV)/bin/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url \
	  --no-header --group pyproject.toml:service --constraint requirements.lock -o app/requirements.lock
