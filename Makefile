# Everything here works on a fresh machine with Python >= 3.11 (with venv), git and make.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
TOOLS := $(VENV)/.tools
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet

.DEFAULT_GOAL := help
.PHONY: help filter reports test lab app check lint format types codebook docs figures dist lock clean distclean

help: ## print what there is
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(INSTALLED): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "atopic needs Python 3.11 or newer; found %d.%d. Set PYTHON=/path/to/python3.11." % sys.version_info[:2])'
	@echo "setting up $(VENV) from requirements.lock (once)"
	@$(PYTHON) -m venv $(VENV)
	@$(PIP) install --require-hashes -r requirements.lock
	@$(PIP) install --no-deps --no-build-isolation -e .
	@$(MAKE) --no-print-directory filter
	@touch $@

# What a run leaves in a notebook is no part of a commit: outputs, and which Python it was. .gitattributes
# names this filter; where nothing is installed, notebooks pass as they are.
LEFT = $(addprefix metadata.language_info.,codemirror_mode file_extension mimetype nbconvert_exporter \
  pygments_lexer version) cell.metadata.vscode
NAMED = sed "s/^   \"display_name\": .*/   \"display_name\": \"Python 3\",/"
CLEAN = if [ -x $(BIN)/nbstripout ]; then $(BIN)/nbstripout --extra-keys "$(LEFT)" | $(NAMED); else cat; fi

filter:
	@! git rev-parse --git-dir >/dev/null 2>&1 || git config filter.nbstripout.clean '$(CLEAN)'

$(TOOLS): requirements-dev.lock $(INSTALLED)
	@echo "adding what tests and linters need from requirements-dev.lock (once)"
	@$(PIP) install --require-hashes -r requirements-dev.lock
	@touch $@

reports: $(INSTALLED) ## build every report of reports.toml into reports/
	@$(BIN)/atopic build

test: $(TOOLS) ## run the fast tests and the doctests
	@$(BIN)/python -m pytest -q -n 2

# Containers and class servers run as root; .jupyter holds the settings.
ROOT := $(if $(filter 0,$(shell id -u)),--allow-root)
SETTINGS = JUPYTER_CONFIG_PATH=$(CURDIR)/.jupyter

lab: $(INSTALLED) ## open the notebooks in JupyterLab, at start.ipynb; options: make lab LAB="--port 8900"
	@$(SETTINGS) $(BIN)/jupyter lab --ServerApp.root_dir=$(CURDIR) $(ROOT) $(LAB)

app: $(INSTALLED) ## the explorer as a page without code, on this machine alone; options: make app APP="--port 8901"
	@JUPYTER_PATH="$(CURDIR)/.jupyter$${JUPYTER_PATH:+:$$JUPYTER_PATH}" $(SETTINGS) $(BIN)/python -m voila \
	  notebooks/explore.ipynb \
	  --Voila.ip=127.0.0.1 --strip_sources=True --template=atopic $(APP)

check: $(INSTALLED) ## validate data/ against its schema and the domain rules
	@$(BIN)/atopic check

lint: $(TOOLS) ## ruff, formatting, import contracts, and notebooks stored without outputs
	@$(BIN)/ruff check . && $(BIN)/ruff format --check .
	@$(BIN)/lint-imports
	@$(BIN)/nbstripout --verify notebooks/*.ipynb

format: $(TOOLS) ## rewrite code and notebooks in the one style
	@$(BIN)/ruff check --fix . && $(BIN)/ruff format .
	@$(BIN)/nbstripout notebooks/*.ipynb

types: $(TOOLS) ## mypy, strict, on src
	@$(BIN)/mypy

codebook: $(INSTALLED) ## rewrite the column tables of data/README.md from data/datapackage.json
	@$(BIN)/atopic check --codebook --write --data data

docs: $(TOOLS) ## build the documentation into build/docs; a warning is an error, and nothing is fetched
	@$(BIN)/python -m sphinx -W --keep-going --quiet --fresh-env docs build/docs

# The time of the last commit stands for that of the build, so that the same commit gives the same bytes.
dist: $(TOOLS) ## build the wheel and the source archive into dist/, and check them
	@rm -rf dist
	@SOURCE_DATE_EPOCH=$$(git log -1 --format=%ct) $(BIN)/python -m hatchling build -d dist
	@$(BIN)/python -m twine check --strict dist/*

figures: $(TOOLS) ## draw the figures of tests/baseline anew; look at them before they are committed
	@$(BIN)/python -m pytest -q -n 2 -W ignore::UserWarning --mpl-generate-path=tests/baseline tests/questions tests/display

COMPILE = $(BIN)/uv pip compile pyproject.toml --universal --python-version 3.11 \
  --generate-hashes --no-annotate --no-header --no-emit-index-url --quiet

lock: $(TOOLS) ## remake both locks: exact versions and hashes, no addresses
	@$(COMPILE) --all-extras --upgrade -o requirements-dev.lock
	@$(COMPILE) --extra lab --extra explore --extra editable --constraint requirements-dev.lock --upgrade -o requirements.lock

clean: ## remove built reports and caches
	@find reports -mindepth 1 ! -name .gitignore ! -path reports/estimates.csv -delete
	@rm -rf .pytest_cache .mypy_cache .ruff_cache .hypothesis build dist

distclean: clean ## clean, and remove .venv
	@rm -rf $(VENV)
