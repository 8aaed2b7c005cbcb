# Everything hangs on one virtual environment, made from the hash-locked requirements and compiled once: where Python may
# not write bytecode, as in many containers, every process would compile 6 s of imports anew.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
SAMPLES := data_samples/sku_align.yaml
DB := sqlite:///out/sku_align.db

export SKU_ALIGN_CONFIG ?= $(SAMPLES)
export SKU_ALIGN_OUT ?= out
export SKU_ALIGN_DB ?= $(DB)
export DAGSTER_HOME ?= $(CURDIR)/.dagster

.PHONY: run test ui lint lock clean

run: $(VENV)/.ready
	$(BIN)/sku-align align --config $(SAMPLES) --out out --db $(DB) --gold data_samples/gold.csv

test: $(VENV)/.ready
	$(BIN)/python -m pytest

ui: $(VENV)/.ready $(DAGSTER_HOME)/dagster.yaml
	$(BIN)/python -W ignore -m dagster dev -w workspace.yaml -h 127.0.0.1 -p 3000

lint: $(VENV)/.ready
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

lock:
	uv pip compile pyproject.toml --extra dev --universal --generate-hashes --no-emit-index-url --no-emit-find-links \
		--no-annotate --custom-compile-command "make lock" -o requirements.lock

clean:
	rm -rf out .dagster $(VENV)

$(VENV)/.ready: requirements.lock pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit("SKU Align needs Python 3.11 or newer: make PYTHON=python3.12 ...") if sys.version_info < (3, 11) else None'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	$(BIN)/uv pip install --quiet --compile-bytecode --python $(BIN)/python --require-hashes -r requirements.lock
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps -e .
	$(BIN)/python -m compileall -q sku_align pipelines
	touch $@

$(DAGSTER_HOME)/dagster.yaml: dagster.yaml
	mkdir -p $(@D) && cp $< $@
