# Everything is done through these targets; `make help` lists them.
# The interpreter of the virtual environment; empty: scripts/python.sh chooses.
PYTHON ?=
VENV ?= .venv
LOA_HOME ?= var
ONCE ?=
BIN := $(VENV)/bin
export VENV PYTHON
# The tests and the demo start some hundred Python processes: without bytecode each would compile all of Loa again.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help setup setup-test demo unit test check lint format types contracts docs protocol pictures presses pace chaos chaos-grey chaos-alert chaos-revoke chaos-notify chaos-restore api properties month bench deb lock clean

help:  ## this list
	@awk -F':.*## ' '/^[a-z-]+:.*## /{printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup:  ## what running needs: Debian packages, virtual environment, front-end assets, translations
	@bash scripts/setup.sh run

setup-test:  ## the same and what the tests need (PostgreSQL, RabbitMQ, Chromium, tools)
	@bash scripts/setup.sh test

demo: setup  ## set up and run the main job with a simulated fleet; ONCE=1 checks it and exits; SCENARIO=lesson: faults; PRACTICE=1: training
	@LOA_HOME=$(LOA_HOME) $(BIN)/loa demo $(if $(ONCE),--once) $(if $(SCENARIO),--scenario $(SCENARIO)) $(if $(PRACTICE),--practice)

unit: setup-test  ## unit tests alone, without a server or a browser: under a minute
	@$(BIN)/python -m tests.prepared && $(BIN)/python -m pytest -q -n auto tests/unit

test: setup-test  ## all tests
	@bash scripts/test.sh

check: setup-test  ## lint, types, import contracts, documents, tests, coverage
	@$(MAKE) -j2 --output-sync=target --no-print-directory lint types contracts docs
	@bash scripts/test.sh

lint:
	@echo "== lint"; $(BIN)/ruff check . && $(BIN)/ruff format --check -q .

format:  ## bring the code into its form
	@$(BIN)/ruff check --fix -q . ; $(BIN)/ruff format -q .

types:
	@echo "== types"; $(BIN)/mypy

contracts:
	@echo "== import contracts"; $(BIN)/lint-imports

docs:
	@echo "== house rules"; bash scripts/house.sh

protocol:  ## write docs/protocol/: the JSON Schema of every message, the AsyncAPI document of all topics
	@$(BIN)/python -m scripts.protocol

pictures: setup-test  ## take the documents' pictures anew, of an official's day in a real browser
	@$(BIN)/python -m pytest tests/e2e/browser/test_a_day.py tests/e2e/browser/public/test_public.py tests/e2e/browser/test_technicians_day.py tests/e2e/browser/alerts/test_alerts.py --pictures docs/img

presses: setup-test  ## count presses and seconds of each job of docs/presses.md in a real browser
	@$(BIN)/python -m pytest -q -s -n 0 tests/e2e/browser/bulletins/test_writing.py tests/e2e/browser/test_presses.py tests/e2e/browser/alerts/test_alerts.py --presses

pace: setup-test  ## an alert at human pace beside four busy processes: raised at a desk, approved on a telephone, heard
	@$(BIN)/loa bench officer

chaos: setup  ## kill -9 the webs, their front, gateway, scheduler, worker and broker at random moments during 50 bulletins to 20 devices
	@$(BIN)/loa chaos

chaos-grey: setup  ## an alert while each of 8 programs is frozen, hangs, or has no disk, files, memory or right time; needs root
	@$(BIN)/loa chaos --grey

chaos-alert: setup  ## seven faults while an alert goes out; everyone meant hears it once, nobody after its cancel
	@$(BIN)/loa chaos-alert

chaos-revoke: setup  ## 100 revocations and new gateways while a device is offline; nobody else is thrown off
	@$(BIN)/loa chaos-revoke

chaos-notify: setup  ## 1,000 submissions while every process of `loa up` is killed 10 times; the approver is told of each once
	@$(BIN)/loa chaos-notify --submits 1000 --kills 10

chaos-restore: setup  ## 30 restores at random instants; a minute later every device and the server agree on orders, settings and plans
	@$(BIN)/loa chaos-restore

api: setup-test  ## calls of every API operation, right and wrong: no error of ours, no answer that is not documented
	@LOA_API_EXAMPLES=20 $(BIN)/python -m pytest --timeout 0 tests/contract/api/test_whatever_comes.py

properties: setup-test  ## every property with examples that nobody has tried yet
	@$(BIN)/python -m pytest -n auto -m hypothesis --hypothesis-profile explore

month: setup  ## a month of 500 devices with every fault in virtual time; what the server believed is what was true
	@$(BIN)/loa month

bench: setup  ## every benchmark, tables for people
	@$(BIN)/loa bench plan --devices 12000 --rules 2000 --days 14
	@$(BIN)/loa bench fanout --devices 1000,5000,10000
	@$(BIN)/loa bench alert --devices 1000,5000,10000
	@$(BIN)/loa bench floods
	@$(BIN)/loa bench screens
	@$(BIN)/loa bench audio --minutes 10

deb:  ## a Debian package in build/, with the virtual environment in it
	@bash scripts/deb.sh

lock:  ## pin the requirements again, with hashes
	@bash scripts/lock.sh

clean:  ## forget the environment and all state of this copy
	rm -rf $(VENV) node_modules var cms/platform/web/static/vendor
