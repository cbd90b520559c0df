# Everything a person or a machine runs here. `make help` lists it.

# An empty environment has no PATH, and without one Python cannot find itself.
export PATH := $(or $(PATH),/usr/local/bin:/usr/bin:/bin)

PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet

.DEFAULT_GOAL := help
.PHONY: help setup test lint browser demo serve doctor docs pages bench noise recall scaling speed
.PHONY: reviews fuzz torture soak format lock audit sbom clean

# Tests of the whole App wait more than they work: two processes more than there are cores.
JOBS ?= $(shell expr $$(getconf _NPROCESSORS_ONLN) + 2)

# Where source packages are unpacked already: make noise CORPORA="/some/folder /another".
CORPORA ?=
FROM := $(if $(CORPORA),--corpora $(CORPORA))

help:  ## this list
	@grep -E '^[a-z]+:.*##' Makefile | sed -E 's/:[^#]*##/\t/' | expand -t 10

setup: .venv/.ready  ## .venv with every locked dependency and .venv/bin/secreview

.venv/.ready: requirements-dev.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "secreview needs Python 3.11 or newer; try: make PYTHON=/path/to/python3.11"; exit 1; }
	@echo "Setting up .venv ..."
	@$(PYTHON) -m venv .venv || \
	  { echo "Python's venv module is missing; on Debian: apt-get install python3-venv"; exit 1; }
	@$(PIP) install --no-deps --require-hashes -r requirements-dev.txt
	@$(PIP) install --no-deps --no-build-isolation --editable .
# The sandbox writes nothing, so it would compile all rules anew at every start.
	@$(BIN)/python -m compileall -q checks reviewer
	@touch $@

.venv/.tools: .venv/.ready requirements-tools.txt
	@echo "Setting up the tools ..."
	@$(PIP) install --no-deps --require-hashes -r requirements-tools.txt
	@touch $@

# An environment of its own: nothing of the site is there when the tests run.
.venv/docs/.ready: private PIP := .venv/docs/bin/python -m pip --disable-pip-version-check --quiet
.venv/docs/.ready: .venv/.ready requirements-docs.txt
	@echo "Setting up the site's tools ..."
	@$(PYTHON) -m venv .venv/docs
	@$(PIP) install --no-deps --require-hashes -r requirements-docs.txt
	@touch $@

test: setup lint  ## lint, formatting, types and the whole test suite
	$(BIN)/python -m pytest --quiet -n $(JOBS) --dist loadfile --no-loadscope-reorder

lint: setup  ## ruff (lint and formatting) and mypy
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

browser: .venv/.tools  ## setup clicked through in a headless Chromium; pictures in build/browser
	@command -v chromium >/dev/null || command -v chromium-browser >/dev/null || \
	  { echo "Chromium is missing; on Debian: apt-get install chromium"; exit 1; }
	$(BIN)/python -m pytest --quiet tests/browser

torture: setup  ## kills, bad days of GitHub, disorder and load, on both databases (20 minutes)
	$(BIN)/python -m tests.torture

soak: setup  ## 5,000 reviews in 50 installations, on both databases; 20 minutes
	$(BIN)/python -m tests.torture soak

demo: setup  ## the whole product against a GitHub stand-in, as a story
	@$(BIN)/python -m tests.demo

serve: setup  ## the App: web and worker
	@$(BIN)/secreview serve

doctor: setup  ## are the settings right?
	@$(BIN)/secreview doctor

# The site's theme would tell of its makers' plans at each build.
docs: .venv/docs/.ready  ## the documentation as a site in build/site: in step, spelt, linked
	@$(BIN)/python -m pytest --quiet tests/test_docs.py
	@.venv/docs/bin/codespell
	@NO_MKDOCS_2_WARNING=1 .venv/docs/bin/mkdocs build --strict
	@echo "The documentation is in build/site; open build/site/index.html"

pages: setup  ## what the documentation takes from the code: rules, settings, command line
	@$(BIN)/python docs/generate.py

bench: noise recall scaling speed reviews  ## every measurement below, and its page in docs/

noise: setup  ## how much is found on the tests of eight projects, and how much of it is real
	$(BIN)/python bench/noise.py $(FROM)

recall: setup  ## how much of what another scanner finds in its own examples is found
	$(BIN)/python bench/recall_bandit.py $(FROM)

scaling: setup  ## time over the size of a file
	$(BIN)/python bench/scaling.py $(FROM)

speed: setup  ## time and memory beside another scanner and beside bare parsing
	$(BIN)/python bench/check_speed.py $(FROM)

reviews: setup  ## how long a review takes through the whole App, and a very large one
	$(BIN)/python bench/reviews.py

fuzz: .venv/.tools  ## hostile bytes and words for all that reads strangers' input; half an hour
	$(BIN)/python -m tests.fuzz

format: setup  ## put the code into its one format
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

lock: setup  ## resolve the dependencies of pyproject.toml again
	$(PIP) install uv
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	  --no-annotate --no-header pyproject.toml -o requirements.txt
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	  --no-annotate --no-header pyproject.toml --group dev -c requirements.txt -o requirements-dev.txt
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	  --no-annotate --no-header --group tools -c requirements-dev.txt -o requirements-tools.txt
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	  --no-annotate --no-header --group docs -c requirements-dev.txt -o requirements-docs.txt

audit: .venv/.tools  ## are vulnerabilities known of what is locked?
	@$(BIN)/python -m tests.supply audit

sbom: .venv/.tools  ## what is shipped, with every hash, as CycloneDX in build/sbom.json
	@$(BIN)/python -m tests.supply sbom

clean:  ## remove what make made
	rm -rf .venv var build
