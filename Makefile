# Every task of the repository. `make` lists them.
# Each environment is made once, from a lock file in requirements/, and brought up to date when its lock file or a manifest changes.

PORT ?= 5000
JOBS ?= 2
ARGS ?=

PACKAGES := core extensions/sqlalchemy extensions/login extensions/migrate extensions/porting extensions/devtools
INSTALLED := $(PACKAGES) examples/audit examples/compress examples/greeting examples/metrics examples/notes examples/redis_sessions
BENCHED := core extensions/sqlalchemy extensions/login extensions/migrate
MANIFESTS := $(INSTALLED:=/pyproject.toml)
MODULES := ferrule ferrule_sqlalchemy ferrule_login ferrule_migrate ferrule_porting ferrule_devtools
PY := .venv/bin/python

.PHONY: help demo test wheels lowest lint format types layers docs check coverage bench load soak fuzz forgeries strangers kills requirements clean
.DELETE_ON_ERROR:

help: ## list the tasks
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-13s %s\n", $$1, $$2 }' Makefile

demo: .venv-demo/ready ## serve the notes application on http://127.0.0.1:5000 (PORT=8000 for another port)
	@cd examples/notes && ../../.venv-demo/bin/ferrule db upgrade
	@cd examples/notes && exec ../../.venv-demo/bin/ferrule run --port $(PORT)

test: .venv/ready ## run the test suite (ARGS='-k login' for a part of it)
	@$(PY) -m pytest -n $(JOBS) -m 'not wheels' $(ARGS)

wheels: .venv/ready ## build the wheels, install combinations of them into fresh environments, serve requests
	@$(PY) -m pytest -m wheels tests/ecosystem

lowest: .venv-lowest/ready ## run the test suite against the lowest releases that the packages say they work with
	@.venv-lowest/bin/python -m pytest -n $(JOBS) -m 'not wheels' $(ARGS)

lint: .venv/ready ## check style and formatting
	@$(PY) -m ruff check --quiet
	@$(PY) -m ruff format --check --quiet || { echo 'Not formatted as above; make format mends it.'; exit 1; }
	@echo 'lint: clean'

format: .venv/ready ## mend style and formatting where a tool can
	@$(PY) -m ruff check --fix --quiet || true
	@$(PY) -m ruff format

types: .venv/ready ## type-check sources and tests (mypy), and the public API (pyright)
	@$(PY) -m mypy
	@mkdir -p build
	@export PATH="$$PWD/.venv/bin:$$PATH"; \
		for module in $(MODULES); do \
			pyright --verifytypes $$module --ignoreexternal >build/pyright.txt || { cat build/pyright.txt; exit 1; }; \
		done
	@echo 'types: the public API is complete for type checkers'

layers: .venv/ready ## check who imports whom
	@.venv/bin/lint-imports --no-logo

docs: .venv/ready ## build the documentation into build/docs
	@$(PY) -m sphinx -q -n -W --keep-going -b html docs build/docs
	@echo 'docs: build/docs/index.html'

check: lint types layers docs wheels test ## everything that has to pass before a change lands

coverage: .venv/ready ## run the test suite and show what it does not reach
	@$(PY) -m coverage erase
	@$(PY) -m coverage run -m pytest -q -n $(JOBS) -m 'not wheels' $(ARGS)
	@$(PY) -m coverage combine -q
	@$(PY) -m coverage report

bench: .venv-bench/ready ## time Ferrule beside its peers
	@.venv-bench/bin/python -m benchmarks $(ARGS)

fuzz: .venv-fuzz/ready ## look for requests that break a promise, guided by coverage (ARGS='--seconds 60'; an hour without)
	@.venv-fuzz/bin/python -m fuzz $(ARGS)

load: .venv-bench/ready ## compare requests a second under a real server, with wrk (ARGS=--write for the documentation)
	@.venv-bench/bin/python -m benchmarks.load $(ARGS)

soak: .venv/ready ## send a million requests of mixed kinds, and see that memory stays flat (ARGS='--requests 20000')
	@$(PY) -m benchmarks.soak $(ARGS)

forgeries: .venv/ready ## send a hundred thousand forged cookies and tokens of the login, and see that none is believed (ARGS='--count 4000')
	@$(PY) -m benchmarks.forgeries $(ARGS)

strangers: .venv/ready ## time refused logins of users and of strangers, and see that they do not differ (ARGS='--count 500')
	@$(PY) -m benchmarks.strangers $(ARGS)

kills: .venv/ready ## kill an upgrade at every statement, and see that the next one ends where it should (ARGS='--every 9 --url postgresql+psycopg://…')
	@$(PY) -m benchmarks.kills $(ARGS)

requirements: .venv-lock/ready ## compile the lock files anew (ARGS=--upgrade to move to newer releases)
	@ARGS='$(ARGS)' requirements/compile.sh .venv-lock/bin/python

clean: ## remove the environments and everything that was built
	@rm -rf .venv .venv-demo .venv-lowest .venv-bench .venv-fuzz .venv-lock build .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	@rm -f .coverage .coverage.*
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

.venv/ready: requirements/dev.txt requirements/venv.sh $(MANIFESTS)
	@requirements/venv.sh .venv requirements/dev.txt $(INSTALLED)

.venv-lowest/ready: requirements/lowest.txt requirements/venv.sh $(MANIFESTS)
	@requirements/venv.sh .venv-lowest requirements/lowest.txt $(INSTALLED)

.venv-demo/ready: requirements/runtime.txt requirements/venv.sh $(MANIFESTS)
	@requirements/venv.sh .venv-demo requirements/runtime.txt $(INSTALLED)

.venv-bench/ready: benchmarks/requirements.txt requirements/venv.sh $(BENCHED:=/pyproject.toml)
	@requirements/venv.sh .venv-bench benchmarks/requirements.txt $(BENCHED)

.venv-fuzz/ready: requirements/fuzz.txt requirements/venv.sh core/pyproject.toml
	@requirements/venv.sh .venv-fuzz requirements/fuzz.txt core

.venv-lock/ready: requirements/lock.txt requirements/venv.sh
	@requirements/venv.sh .venv-lock requirements/lock.txt
