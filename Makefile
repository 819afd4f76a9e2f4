# make run   a finished product picture from a fresh machine (Python 3.11, git, make)
# make test  every test, on SQLite and on PostgreSQL

PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
# One more than there are cores: many tests wait for other processes.
WORKERS ?= $(shell expr $$(getconf _NPROCESSORS_ONLN) + 1)

.PHONY: run serve test test-sqlite test-postgres lint format bench docs sdk clean

run: $(VENV)/.base
	@$(BIN)/python -m scripts.run

serve: $(VENV)/.base
	@$(BIN)/python -m scripts.serve

test: test-sqlite test-postgres

# Everything, engines included.
test-sqlite: $(VENV)/.test
	$(BIN)/python -m pytest -n $(WORKERS) tests

# Everything that touches the database, on a throw-away PostgreSQL. What a browser makes of a page,
# what an engine draws, how another interface or a client words an order is the same on both: the
# pages, the orders and the queue themselves are in here.
ELSEWHERE := engines docs browser sdk openapi bench api/compat imaging/test_diffusion.py
test-postgres: $(VENV)/.test
	$(BIN)/python scripts/with_postgres.py $(BIN)/python -m pytest -n $(WORKERS) tests $(ELSEWHERE:%=--ignore=tests/%)

lint: $(VENV)/.lint
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy accounts billing imaging integrations config scripts sdk/python/softbox
	$(BIN)/lint-imports
	DJANGO_SETTINGS_MODULE=tests.settings $(BIN)/python manage.py makemigrations --check --dry-run

format: $(VENV)/.lint
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(VENV)/.test
	$(BIN)/python -m bench

# The documentation as a site that needs no network: build/docs/index.html
docs: $(VENV)/.docs
	@NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --quiet --strict
	@echo "The documentation is in build/docs: open build/docs/index.html"

# Clients generated from the OpenAPI document, and the one written by hand: build/sdk
sdk: $(VENV)/.sdk
	@$(BIN)/python -m scripts.make_sdk

clean:
	rm -rf $(VENV) build var .mypy_cache .ruff_cache .pytest_cache .hypothesis

# Errors are shown, pip's remarks are not.
INSTALL := $(BIN)/pip install -qq

$(VENV)/bin/python:
	@echo "Installing into $(VENV): a minute or two, the first time."
	@$(PYTHON) -m venv $(VENV)
	@$(INSTALL) --upgrade pip

# One stamp an extra: a changed pin installs again, an unchanged one costs nothing.
$(VENV)/.base: pyproject.toml | $(VENV)/bin/python
	@$(INSTALL) --editable .
	@touch $@

$(VENV)/.test: pyproject.toml | $(VENV)/bin/python
	@$(INSTALL) --editable '.[test,diffusion]'
	@touch $@ $(VENV)/.base

$(VENV)/.lint: pyproject.toml | $(VENV)/bin/python
	@$(INSTALL) --editable '.[test,lint,diffusion]'
	@touch $@ $(VENV)/.test $(VENV)/.base

$(VENV)/.docs: pyproject.toml | $(VENV)/bin/python
	@$(INSTALL) --editable '.[docs]'
	@touch $@ $(VENV)/.base

$(VENV)/.sdk: pyproject.toml | $(VENV)/bin/python
	@$(INSTALL) --editable '.[sdk]'
	@touch $@ $(VENV)/.base
