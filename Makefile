# Two commands matter: `make run` and `make test`. Both may run at the same time, and again.
SHELL := /bin/sh
PY ?= python3
BIN := .venv/bin
# One installer at a time; the others wait for it and then find the work done.
LOCKED := $(shell command -v flock >/dev/null 2>&1 && echo "flock .venv.lock")
PIP := $(PY) -m pip --python $(BIN)/python install -q --disable-pip-version-check --no-input
LOCKFILE_PIP := $(PIP) --require-hashes --only-binary :all: -r
SOURCES := queue_service kiosk display_board

.PHONY: help run test pictures check bundle bundle-check bench voices messages lock install install-dev clean
.DEFAULT_GOAL := help

help: ## say what can be done
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-13s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: install ## start the service with the model offices (AT=2020-03-31T07:30:00+07:00 starts the clock there)
	@exec $(BIN)/queue-service demo $(if $(AT),--at $(AT))

test: install-dev ## run every test, in the browser too
	@exec $(BIN)/python -m tests.browser $(BIN)/python -m pytest -n 2 $(TESTS)

pictures: install-dev ## take the pictures of docs/pages.md anew (ONLY="door ticket" for some of them)
	@PICTURES="$(or $(ONLY),all)" $(BIN)/python -m tests.browser $(BIN)/python -m pytest -q tests/test_gallery.py -k taken

check: install-dev ## formatting, types, layers, templates, migrations, lock files, known holes in libraries
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/basedpyright
	$(BIN)/lint-imports --no-cache
	$(BIN)/python -m tests.locks requirements.txt requirements-dev.txt
	@$(BIN)/python -m tests.advisories requirements.txt requirements-dev.txt
	@if [ -n "$$(find $(SOURCES) -name '*.html')" ]; then $(BIN)/djlint --lint --quiet $(SOURCES); fi
	$(BIN)/squawk --config .squawk.toml sql/tables/*.sql

bench: install-dev ## bookings per second, beside an empty handler; a call on 1,000 boards
	@exec $(BIN)/python -m bench

voices: install-dev ## speak every number from A001 to Z999 and listen that none is silent or cut (some ten minutes)
	@exec $(BIN)/python -m bench.voices

bundle: install ## everything in one file, for machines without internet: dist/queue-service-*.tar.gz
	@PY="$(PY)" deploy/make-bundle $(BIN)/python

bundle-check: ## install that file with the network cut, upgrade it, go back (a minute or two; needs unshare)
	@deploy/bundle-check

messages: install-dev ## gather the texts of pages and programs for the translators
	@$(BIN)/python -m queue_service.messages

lock: install-dev ## write both lock files anew (needs uv)
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
	  --extra embedded --group build --no-emit-index-url --no-emit-find-links pyproject.toml -o requirements.txt
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
	  --extra embedded --group build --group dev -c requirements.txt \
	  --no-emit-index-url --no-emit-find-links pyproject.toml -o requirements-dev.txt
	$(BIN)/python -m tests.locks requirements.txt requirements-dev.txt

install: ## install what the service needs, into .venv
	@$(LOCKED) $(MAKE) -s --no-print-directory .venv/.ok

install-dev: ## install what the tests need too
	@$(LOCKED) $(MAKE) -s --no-print-directory .venv/.ok-dev

.venv/bin/python:
	$(PY) -m venv --without-pip .venv

.venv/.ok: requirements.txt pyproject.toml | .venv/bin/python
	@echo "Installing into .venv, a minute or less …"
	$(LOCKFILE_PIP) requirements.txt
	$(PIP) --no-deps --no-build-isolation --editable .
	@touch $@

.venv/.ok-dev: requirements-dev.txt .venv/.ok | .venv/bin/python
	@echo "Installing what the tests need …"
	$(LOCKFILE_PIP) requirements-dev.txt
	@touch $@

clean: ## remove what was installed and built; data stays
	rm -rf .venv .venv.lock build dist *.egg-info
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
