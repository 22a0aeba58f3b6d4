# Towline: every target sets up what it needs; nothing is installed outside .venv and TOWLINE_HOME.
SHELL := /bin/sh
VENV := .venv
export PYTHON
PY := $(VENV)/bin/python
PYTEST := $(PY) -m pytest

.PHONY: help setup pages demo check test verify bench bench-days bench-decisions bench-decision-peers bench-peers clean

SPEED := 60
PORT := 8000

help:
	@echo "make demo    the service with an invented fleet and generated accidents (SPEED=60 PORT=8000)"
	@echo "make setup   environment, pages, shipped city, compiled kernels"
	@echo "make check   format, lint, types, import directions"
	@echo "make test    the whole test suite (reduced counts)"
	@echo "make verify  the long batteries at full counts; what has passed on this code is not run again (BATTERIES=names)"
	@echo "make bench   benchmarks, JSON under benchmarks/results/"
	@echo "make bench-decisions  the solver's plans, bounds and times alone (OPTIONS='--only 49x60 --seeds 1')"
	@echo "make bench-decision-peers  our plans beside VROOM's, OR-Tools' and rules' (OPTIONS as above)"
	@echo "make bench-days  real days and a storm under every rule, beside foresight (OPTIONS='--draws 3 --only storm:25')"
	@echo "make bench-peers  our roads beside OSRM, Valhalla and others (needs Python 3.12; ROUNDS=3)"
	@echo "make clean   remove the environment and caches"

setup: $(VENV)/.runtime pages
	@$(VENV)/bin/towline warm

pages: $(VENV)/.runtime
	@sh tools/pages.sh $(VENV)

demo: setup
	@$(VENV)/bin/towline demo --speed $(SPEED) --port $(PORT)

$(VENV)/.runtime: locks/runtime.txt pyproject.toml tools/setup.sh
	@sh tools/setup.sh $(VENV) locks/runtime.txt
	@touch $@

$(VENV)/.test: $(VENV)/.runtime locks/test.txt
	@sh tools/setup.sh $(VENV) locks/test.txt
	@touch $@

check: $(VENV)/.test
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/ruff check .
	$(VENV)/bin/mypy
	$(VENV)/bin/lint-imports

test: setup $(VENV)/.test
	$(PYTEST) -n 2 --dist loadgroup

verify: setup $(VENV)/.test
	@$(PY) -m benchmarks.verify $(BATTERIES)

bench: setup $(VENV)/.test
	$(PY) -m benchmarks.run
	$(PY) -m benchmarks.roads
	$(PY) -m benchmarks.decisions.run

bench-decisions: setup $(VENV)/.test
	$(PY) -m benchmarks.decisions.run $(OPTIONS)

bench-decision-peers: setup $(VENV)/.test
	$(PY) -m benchmarks.decision_peers.run $(OPTIONS)

bench-days: setup $(VENV)/.test
	$(PY) -m benchmarks.days $(OPTIONS)

bench-peers: setup $(VENV)/.test
	$(PY) -m benchmarks.peers.run $(if $(ROUNDS),--rounds $(ROUNDS))

clean:
	rm -rf $(VENV) web/node_modules web/dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache build dist
