# Every command a newcomer needs. `make` alone lists them.
.DEFAULT_GOAL := help
.PHONY: help setup demo test test-all lint docs bench
PYTHON ?= python3
RUN := .venv/bin

help: ## list the commands
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

setup: ## build the virtual environment from uv.lock
	@$(PYTHON) tools/bootstrap.py

demo: setup ## the whole product on an embedded real ERP and real shop (ARGS="--headless --dir D")
	@exec $(RUN)/panstore demo $(ARGS)

lint: setup ## formatting, lint, import contracts, types
	@$(RUN)/ruff check --quiet .
	@$(RUN)/ruff format --quiet --check .
	@$(RUN)/lint-imports --no-logo > .imports.log || { cat .imports.log; exit 1; }
	@$(RUN)/mypy --no-error-summary

QUICK := tests/architecture tests/unit tests/property tests/connectors
PLAIN := not browser and not postgres and not wordpress

test: lint ## every test that needs no privileges (real ERP and shop included)
	@$(RUN)/coverage run -m pytest $(QUICK) -m "$(PLAIN) and not real" $(ARGS)
	@$(RUN)/coverage report
	@$(RUN)/pytest tests -m "$(PLAIN)" $(ARGS) $(QUICK:%=--ignore=%)
	@$(RUN)/pytest $(QUICK) -m "$(PLAIN) and real" $(ARGS)

test-all: setup ## the rest: browser, PostgreSQL and WordPress suites
	@$(RUN)/pytest -m "browser or postgres or wordpress" $(ARGS)

docs: setup ## regenerate the reference pages from the code
	@$(RUN)/python -m tools.reference

bench: setup ## measure latency, throughput and memory (ARGS="--quick")
	@$(RUN)/python -m benchmarks $(ARGS)
