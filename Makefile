# Every command of the workspace; `make help` lists them.
.DEFAULT_GOAL := help
SHELL := /bin/bash
VENV := .venv
PY := $(VENV)/bin/python
MEMBERS := -e shared -e services/intake -e services/identity -e services/fulfilment -e services/notifier
LOCK := uv pip compile --universal --generate-hashes --no-header --quiet \
	--no-emit-package habeas --no-emit-package habeas-intake --no-emit-package habeas-identity \
	--no-emit-package habeas-fulfilment --no-emit-package habeas-notifier

##@ Use
.PHONY: help
help: ## show this list
	@awk 'BEGIN {FS = ":.*## "} /^##@/ {printf "\n%s\n", substr($$0, 5)} /^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' Makefile

.PHONY: setup
setup: $(VENV)/.run ## make .venv with what running needs

.PHONY: setup-dev
setup-dev: $(VENV)/.dev ## make .venv with what testing needs

$(VENV)/bin/python:
	@echo "setup: making $(VENV)"
	@python3 -m venv $(VENV)

$(VENV)/.run: requirements.txt shared/pyproject.toml $(wildcard services/*/pyproject.toml) | $(VENV)/bin/python
	@echo "setup: installing the locked packages (with their hashes)"
	@$(PY) -m pip install --quiet --disable-pip-version-check --require-hashes --only-binary :all: -r requirements.txt
	@echo "setup: installing the five distributions"
	@$(PY) -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation $(MEMBERS)
	@touch $@

$(VENV)/.dev: requirements-dev.txt $(VENV)/.run
	@echo "setup: installing the locked test tools"
	@$(PY) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@touch $@

.PHONY: demo
demo: $(VENV)/.run ## a sample company, an access and an erasure case from form to download; EXIT=1 stops there
	@$(PY) examples/sample-company/demo.py $(if $(EXIT),--exit) $(if $(PORT),--port $(PORT),--port 8080)

##@ Develop
.PHONY: lock
lock: ## resolve the dependencies again, with hashes (needs uv)
	$(LOCK) --group build pyproject.toml -o requirements.txt
	$(LOCK) --group build --group dev -c requirements.txt pyproject.toml -o requirements-dev.txt

##@ Test
COUNTS ?= floor
WORKERS ?= 2
PYTEST ?= $(PY) -m pytest

.PHONY: test
test: lint types imports ## everything: rules of the code, then every test, with floors for the long counts
	HABEAS_COUNTS=$(COUNTS) $(PYTEST) -n $(WORKERS) --dist loadscope --no-loadscope-reorder $(ARGS)

.PHONY: prove
prove: ## the same with full counts (fuzz, faults, mutation): takes long
	$(MAKE) test COUNTS=full WORKERS=0 ARGS="--timeout=3600 $(ARGS)"

.PHONY: guards
guards: $(VENV)/.dev ## take out each guard of the abuse cases and see its own test go red: takes minutes
	HABEAS_COUNTS=full $(PYTEST) --timeout=7200 tests/guards $(ARGS)

.PHONY: lint
lint: $(VENV)/.dev ## style and likely mistakes (ruff)
	$(VENV)/bin/ruff check
	$(VENV)/bin/ruff format --check

.PHONY: types
types: $(VENV)/.dev ## types (mypy, strict)
	$(VENV)/bin/mypy

.PHONY: imports
imports: $(VENV)/.dev ## who may import whom (import-linter)
	$(VENV)/bin/lint-imports

.PHONY: bench
bench: $(VENV)/.dev ## every figure as a ratio with what it was measured against; JSON=FILE writes them
	$(PY) -m bench $(if $(JSON),--json $(JSON))
