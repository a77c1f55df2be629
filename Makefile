# The commands of the project. `make run` is all a newcomer needs.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PORT ?= 8000
export PORT

.PHONY: run test coverage check bench chaos clean

run: $(VENV)/.ready
	@$(BIN)/muster serve --demo

test: $(VENV)/.ready-dev
	@$(BIN)/python -m pytest -n 2

coverage: $(VENV)/.ready-dev
	@$(BIN)/coverage erase
	@$(BIN)/coverage run -m pytest -n 2 || true
	@$(BIN)/coverage combine --quiet
	@$(BIN)/coverage report | tail -40

check: $(VENV)/.ready-dev
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

bench: $(VENV)/.ready-dev
	@$(BIN)/python -m tests.bench $(GOALS)

# CHAOS="--texts 12000 --kills 1000 --seconds 900 --workers 4", "--database postgresql+psycopg://postgres@127.0.0.1/postgres", "--no-list", "--outage 3600 --faster 10", "--jump 25", "--help".
chaos: $(VENV)/.ready-dev
	@$(BIN)/python -m tests.chaos $(CHAOS)

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { echo "Muster needs Python 3.11 or newer. Install it, then: make run PYTHON=python3.11"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { echo "Python cannot make virtual environments here. On Debian or Ubuntu: sudo apt-get install python3-venv"; exit 1; }
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.ready: $(BIN)/python requirements.lock pyproject.toml
	@echo "Installing what Muster needs (once)…"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.ready-dev: $(VENV)/.ready requirements-dev.lock
	@echo "Installing what the tests need (once)…"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@touch $@

clean:
	rm -rf $(VENV) build *.egg-info
