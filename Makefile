# Every command of the project. Plain `make` prints them.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
PY := .venv/bin/python
STATE := $(or $(TAYDO_HOME),var)
TYPED := src/taydo/kernel src/taydo/engines $(wildcard src/taydo/domains/*/rules.py src/taydo/domains/*/queries.py src/taydo/domains/*/actions.py) \
  $(wildcard src/taydo/domains/*/queries/ src/taydo/domains/*/actions/)
export PYTHONPATH := src:.

.PHONY: help
help:  ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/\1\t\2/' | awk -F'\t' '{printf "  make %-11s %s\n", $$1, $$2}'

.PHONY: install run
install:  ## what checks and tests need on this machine (only what is missing)
	@tools/install.sh test

run:  ## install all that is needed and bring up the city at http://localhost:8000
	@tools/install.sh run
	@TAYDO_DEMO=1 exec .venv/bin/taydo up

.PHONY: check format lint types imports doctor
check: lint types imports doctor  ## format, lint, types, import contracts, doctor, migrations: what must hold before a commit

lint:
	@$(PY) -m ruff format --check --quiet . || { echo "not formatted: run 'make format'"; $(PY) -m ruff format --diff --quiet . | grep '^+++' | cut -c5-; exit 1; }
	@$(PY) -m ruff check --quiet .

types:
	@mkdir -p $(STATE)/cache
	@$(PY) -m mypy --cache-dir $(STATE)/cache/mypy --no-error-summary $(TYPED)

imports:
	@mkdir -p $(STATE)/cache
	@COLUMNS=200 $(PY) -c 'from importlinter.cli import lint_imports_command as run; run()' --cache-dir $(STATE)/cache/imports --no-logo > $(STATE)/cache/imports.txt \
	  || { cat $(STATE)/cache/imports.txt; exit 1; }
	@tail -1 $(STATE)/cache/imports.txt

doctor:
	@$(PY) -m tools.doctor

format:  ## put every file into the one format
	@$(PY) -m ruff format --quiet .
	@$(PY) -m ruff check --quiet --fix .

.PHONY: quick test
quick:  ## the tests that need no running city, on every core
	@$(PY) -m pytest -n auto -m "not slow and not faults and not browser"

test: install check quick  ## everything: install, check, every test
	@$(PY) -m pytest -m "slow or faults or browser"

.PHONY: bench
bench: install  ## measure: a table of ratios in docs/reference/speed.md (make bench B=ingest for one part)
	@$(PY) -m tests.speed $(B)

.PHONY: new migration docs lock
new:  ## a new domain that works at once: make new D=parking
	@$(PY) -m tools.scaffold $(D)

migration:  ## write the migration a changed model needs: make migration D=parking
	@$(PY) -m django makemigrations $(D) --settings taydo.config.settings

docs:  ## write docs/reference anew from the code
	@$(PY) -m tools.reference

lock:  ## pin what requirements*.in ask for, with hashes and without any registry's address
	@for part in requirements requirements-dev; do \
	  $(PY) -m uv pip compile --quiet --generate-hashes --no-emit-index-url --no-header --no-annotate $$part.in -o $$part.txt; done
