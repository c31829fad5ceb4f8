# `make demo` and `make test` are all a newcomer needs. Both build .venv from locked, hashed requirements.

SHELL := /bin/sh
PYTHONS := $(PYTHON) python3.15 python3.14 python3.13 python3.12 python3 python
VENV := .venv/bin
# A file's tests stay in one process: many share what they arrange. Each process has a database of its own. Files
# go out in the order of tests/conftest.py, the slow ones first.
PYTEST := $(VENV)/pytest --numprocesses auto --dist loadfile --no-loadscope-reorder
STARTS_A_SERVER := tests/browser tests/operations tests/test_embedded_postgres.py tests/test_serving.py
# The checks run beside the tests, and all are heard, whichever fails.
AT_ONCE := $(MAKE) --no-print-directory --keep-going --jobs 3

.DEFAULT_GOAL := help
.PHONY: help demo serve test test-fast pytest pytest-fast mutants lint types browser format messages bench lock clean

help: ## Say what there is
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-9s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: .venv/demo.txt ## Serve an invented practice on http://127.0.0.1:8000/ (PORT=8001 for another port)
	@$(VENV)/python manage.py demo

serve: .venv/demo.txt ## Run the production server, configured by environment variables
	@$(VENV)/python manage.py serve

test: .venv/dev.txt browser ## Run the linters, the type checker and every test, those in a browser included
	@$(AT_ONCE) lint types pytest

test-fast: .venv/dev.txt ## Run the linters, the type checker and the tests that start neither a browser nor a server
	@$(AT_ONCE) lint types pytest-fast

pytest: .venv/dev.txt
	@echo "Running the tests"
	@$(PYTEST)

pytest-fast: .venv/dev.txt
	@echo "Running the tests without browsers and servers"
	@$(PYTEST) $(addprefix --ignore ,$(STARTS_A_SERVER))

mutants: .venv/dev.txt ## Put faults into the lines that protect health data: for each a test must fail (ONLY=word)
	@$(VENV)/python -m tests.mutants $(ONLY)

lint: .venv/dev.txt ## Check format, style, imports, templates and migrations
	@echo "Checking format, style, imports, templates and migrations"
	@$(VENV)/ruff format --check --quiet . || { echo "Not formatted: run 'make format'."; exit 1; }
	@$(VENV)/ruff check --quiet .
	@find templates -name '*.html' -exec $(VENV)/djade --check {} + || { echo "Not formatted: run 'make format'."; exit 1; }
	@! LC_ALL=C.UTF-8 grep -rnE --include='*.html' --include='*.jinja' '^.{121}' templates || { echo "These lines of templates are longer than 120 characters."; exit 1; }
	@report=$$($(VENV)/lint-imports --no-logo --no-cache) || { echo "$$report"; exit 1; }
	@$(VENV)/python manage.py makemigrations --check --dry-run

types: .venv/dev.txt ## Check the types
	@echo "Checking the types"
	@$(VENV)/mypy

browser: .venv/dev.txt
	@$(VENV)/python -m tests.browser.install

format: .venv/dev.txt ## Format Python and templates, and mend what ruff can mend
	@$(VENV)/ruff format --quiet .
	@$(VENV)/ruff check --quiet --fix .
	@find templates -name '*.html' -exec $(VENV)/djade {} +

messages: .venv/dev.txt ## Collect the texts to translate, and compile the translations (needs GNU gettext)
	@$(VENV)/python manage.py makemessages --locale he --no-location --no-obsolete --no-wrap \
		--ignore .venv --ignore var --ignore tests --ignore bench
	@$(VENV)/python manage.py compilemessages --locale he --ignore .venv

bench: .venv/dev.txt ## Measure the pages, the server and the encryption
	@$(VENV)/python -m bench

lock: .venv/dev.txt ## Pin what pyproject.toml asks for (UPGRADE=--upgrade for newer versions)
	@$(VENV)/uv pip compile -q --universal --python-version 3.12 --generate-hashes --no-emit-index-url --no-header \
		$(UPGRADE) --group demo pyproject.toml -o requirements/demo.txt
	@$(VENV)/uv pip compile -q --universal --python-version 3.12 --generate-hashes --no-emit-index-url --no-header \
		$(UPGRADE) -c requirements/demo.txt --group dev pyproject.toml -o requirements/dev.txt

clean: ## Remove .venv and var, and with them the data of the demo
	@for data in var/postgres var/postgres-test; do [ ! -e $$data/postmaster.pid ] || \
		$(VENV)/python -m pazpaz.development.embedded_postgres stop $$data; done
	@rm -rf .venv var .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis

# Every candidate is tried, wherever it stands on the PATH: version managers put programs there that only fail.
.venv/bin/python:
	@IFS=:; for name in $$(echo $(PYTHONS) | tr ' ' ':'); do for folder in $$PATH; do \
		case $$name in */*) python=$$name ;; *) python=$$folder/$$name ;; esac; \
		if "$$python" -c 'import sys; sys.exit(sys.version_info < (3, 12))' >/dev/null 2>&1; then break 2; fi; \
		python=; \
	done; done; \
	if [ -z "$$python" ]; then \
		echo "PazPaz needs Python 3.12 or newer, and there is none on the PATH."; \
		echo "Get it from your system (Debian, Ubuntu: apt install python3 python3-venv; macOS: brew install python)"; \
		echo "or from https://www.python.org/downloads/, then run make again, or name it: make demo PYTHON=/path/to/it"; \
		exit 1; \
	fi; \
	echo "Making .venv with $$("$$python" --version)"; \
	umask 022; "$$python" -m venv --clear .venv || { rm -rf .venv; echo "That failed. On Debian and Ubuntu it needs: apt install python3-venv"; exit 1; }

.venv/%.txt: requirements/%.txt | .venv/bin/python
	@echo "Installing what $< names"
	@umask 022; $(VENV)/pip install --quiet --quiet --disable-pip-version-check --no-input --require-hashes --requirement $<
	@cp $< $@
