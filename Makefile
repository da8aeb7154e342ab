# The road by one word each. PYTHON=python3.12 make demo takes another interpreter.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: demo test check ui chat repro clean

demo: .venv/installed  ## real text → instruction data → a better model, with numbers; then what to open
	@$(BIN)/python -m flows.whole
	@$(BIN)/python -m tasks.scores.table
	@echo 'Next: make chat (talk to the champion), make ui (runs, numbers and the schedule, on 127.0.0.1)'

test: .venv/installed  ## everything, end to end on a tiny model too; under 15 minutes
	$(BIN)/python -m pytest -m "not demo"

check: .venv/installed  ## format, lint, types, layers, fast tests; under a minute
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m pytest

ui: .venv/installed  ## Prefect and MLflow on 127.0.0.1, until Ctrl-C
	@$(BIN)/python -m flows.ui

chat: .venv/installed  ## talk to the champion
	@$(BIN)/python -m tasks.server.chat

repro: .venv/installed  ## the same graph by DVC alone
	@$(BIN)/python -m tasks.doctor
	@PATH="$(CURDIR)/$(BIN):$$PATH" GOMP_SPINCOUNT=2000 dvc repro  # a stage's `python` is the one of .venv

clean:  ## what can be made again; .venv and the DVC cache stay
	rm -rf data .cache

.venv/installed: pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@touch $@
