# Everything starts from a Python and nothing else: `.venv` is made by tools/bootstrap.py.
PYTHON ?= $(shell for name in python3 python3.14 python3.13 python3.12 python3.11; do \
	if $$name -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then echo $$name; exit; fi; done; echo python3)
BIN := .venv/bin
NOTICES ?=
DEMO ?= 1
FAULTS ?= 1
CODE := gateway services libraries shared deploy cli tools tests bench clients
HERE = $(wildcard $(CODE))

.DEFAULT_GOAL := help
.PHONY: help run test check bench faults mutants demo fmt schemas lock clean install

help: ## Show this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1|\2/p' Makefile | awk -F'|' '{printf "%-16s %s\n", $$1, $$2}'

install: ## Make .venv with everything in requirements.lock (the others do it by themselves)
	@$(PYTHON) -m tools.bootstrap

run: install ## Start the platform from nothing and show the main job; stays up until Ctrl-C; DEMO=0 for an empty one
	@./marque up $(if $(filter 0,$(DEMO)),--empty)

demo: install ## Run the demonstration on the running platform; NOTICES=<folder> for other notices
	@NOTICES="$(NOTICES)" ./marque demo

test: install ## Run all tests
	@$(BIN)/python -m tools.clients parts
	@$(BIN)/python -m pytest -n 2

check: install ## Format, lint, types, and the borders between the services
	$(BIN)/ruff format --check $(HERE)
	$(BIN)/ruff check $(HERE)
	$(BIN)/python -m tools.clients
	$(BIN)/mypy $(HERE)
	$(BIN)/lint-imports
	$(BIN)/pylint $(filter-out tests clients,$(HERE))
	$(BIN)/python -m tools.check_deploy
	$(BIN)/python -m tools.retired_words
	$(BIN)/python -m tools.lint_documents

bench: install ## Measure, beside honest ceilings
	@$(BIN)/python -m bench

faults: install ## Kill parts of the running platform, and look whether anything was lost; FAULTS=10 for ten times in a row
	@for round in $$(seq $(FAULTS)); do $(BIN)/python -m pytest -m faults || exit 1; done

mutants: install ## Change the pure modules one thing at a time, and look whether a test notices
	@$(BIN)/python -m tools.mutants

fmt: install ## Bring the code into its format
	$(BIN)/ruff format $(HERE)
	$(BIN)/ruff check --fix $(HERE)

schemas: install ## Write the published event schemas and documents anew
	@$(BIN)/python -m tools.schemas

lock: install ## Resolve pyproject.toml into requirements.lock
	@UV=$$($(PYTHON) -m tools.uv_tool) && $$UV pip compile --universal --python-version 3.11 --generate-hashes \
		--no-annotate --all-extras --group dev pyproject.toml -o requirements.lock

clean: ## Remove what was made here: the environment, tools and caches; the data in .marque stays
	rm -rf .venv .tools .mypy_cache .ruff_cache .pytest_cache .hypothesis mutants .import_linter_cache .grimp_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
