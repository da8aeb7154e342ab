# The road by one word each. PYTHON=/some/where/python3.11 make demo takes another interpreter.
PYTHON ?= $(shell python3.11 -c '' 2>/dev/null && echo python3.11 || echo python3)
BIN := .venv/bin

.PHONY: demo test check bench ui chat repro clean

demo: .venv/installed  ## real text → instruction data → a better model, with numbers; then what to open
	@$(BIN)/python -m flows.whole
	@$(BIN)/python -m tasks.scores.table
	@echo 'Next: make chat (talk to the champion), make ui (runs, numbers and the schedule, on 127.0.0.1)'

test: .venv/installed  ## everything, end to end on a tiny model too; some 11 minutes
	$(BIN)/python -m pytest -n 2 --dist loadfile -m "not demo"

check: .venv/installed  ## format, lint, types, layers, fast tests; under a minute
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m pytest -n 2 --dist loadfile

bench: .venv/installed .cache/peers/installed  ## benchmarks/RESULTS.md: speed beside datatrove, data-juicer and others; half an hour
	$(BIN)/python -m benchmarks --peers .cache/peers > .cache/results.md
	@mv .cache/results.md benchmarks/RESULTS.md && cat benchmarks/RESULTS.md

ui: .venv/installed  ## Prefect and MLflow on 127.0.0.1, until Ctrl-C
	@$(BIN)/python -m flows.ui

chat: .venv/installed  ## talk to the champion
	@$(BIN)/python -m tasks.server.chat

repro: .venv/installed  ## the same graph by DVC alone
	@$(BIN)/python -m tasks.doctor
	@PATH="$(CURDIR)/$(BIN):$$PATH" GOMP_SPINCOUNT=2000 dvc repro  # a stage's `python` is the one of .venv

clean:  ## what is made again without asking anybody; .venv, DVC's cache, answers, MLflow's and Prefect's history stay
	rm -rf data .cache/model .cache/foundation .cache/corpus .cache/champion .cache/ui

.venv/installed: pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and sys.argv[1])' \
		"This is $$($(PYTHON) --version 2>&1), and Zhiling needs 3.11 or newer: PYTHON=/some/where/python3.11 make …"
	$(PYTHON) -m venv .venv
	@echo 'Installing pinned packages into .venv: two minutes or three, once.'
	$(BIN)/pip install --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@touch $@

.cache/peers/installed: benchmarks/peers.txt
	@echo 'Installing what we compare with into .cache/peers/venv: a minute or two, 1.4 GB, once.'
	$(PYTHON) -m venv .cache/peers/venv
	.cache/peers/venv/bin/pip install --disable-pip-version-check -r benchmarks/peers.txt
	.cache/peers/venv/bin/pip install --disable-pip-version-check --no-deps --target .cache/peers/datasketch-1 datasketch==1.6.5
	@touch $@
