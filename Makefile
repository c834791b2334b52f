# The only task runner: `make` lists the targets.
.DEFAULT_GOAL := help
.PHONY: help install up down status logs reset token test coverage check check-types check-code check-templates bench lock

BIN := .venv/bin
STAGES := dev staging prod
CHECKOV := .foveal/checkov

# The newest Python that really runs: a shim may be on the path and fail.
IS_NEW_ENOUGH := import sys; sys.exit(sys.version_info < (3, 11))
PYTHON = $(shell for each in python3.14 python3.13 python3.12 python3.11 python3; do \
	if $$each -c '$(IS_NEW_ENOUGH)' >/dev/null 2>&1; then echo $$each; break; fi; done)

help: ## Show this list
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 16

install: ## Make .venv with everything that is pinned (the other targets do it by themselves)
	@python="$(PYTHON)"; if [ -z "$$python" ]; then \
		echo "Python 3.11 or newer is needed, and none was found on the path: install it from your package manager or https://www.python.org/downloads/" >&2; exit 1; fi; \
	$$python local/install.py

up: install ## Start the local stack, deploy it, put sample media in; safe to run again
	@$(BIN)/foveal up

down: ## Stop the local stack; its data stays
	@if [ -x $(BIN)/foveal ]; then $(BIN)/foveal down; fi

status: install ## Say for each part whether it is healthy
	@$(BIN)/foveal status

logs: install ## Show the functions' logs; NAME=ingest (or mongod, emulator, cdk) for one of them
	@$(BIN)/foveal logs $(NAME)

reset: ## Stop the local stack and forget all of its data
	@if [ -x $(BIN)/foveal ]; then $(BIN)/foveal reset --yes; fi

token: install ## Print an access token of the demo user
	@$(BIN)/foveal token

test: install ## Run every test (unit, templates, MongoDB, end to end in a stack of their own); TESTS=path for some
	@for each in chromium chromium-browser google-chrome; do command -v $$each >/dev/null 2>&1 && exit 0; done; \
		echo "No Chromium here, so the browser tests are left out. To have them: apt install chromium, or brew install chromium." >&2
	$(if $(TESTS),,$(BIN)/python -m tools.node web test)
	$(if $(TESTS),$(BIN)/pytest $(TESTS),$(BIN)/python -m tools.tests)

coverage: install ## Run the tests that need no stack with the branch coverage of foveal/, which has a floor
	$(BIN)/pytest --cov --ignore=tests/e2e --ignore=tests/web

check: install $(CHECKOV)/installed ## Lint, types, generated files, templates of every stage against CloudFormation's schemas, rule packs, Checkov, IAM policies
	@$(MAKE) --no-print-directory --jobs=2 $(if $(filter output-sync,$(.FEATURES)),--output-sync=target) check-types check-code check-templates

check-types:
	$(BIN)/mypy .

check-code:
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/python -m tools.openapi --check
	$(BIN)/python -m tools.settings --check
	$(BIN)/python -m tools.cli_reference --check
	$(BIN)/python -m tools.client --check
	$(BIN)/python -m tools.openapi_checks
	$(BIN)/python -m tools.node web check

check-templates:
	@for stage in $(STAGES); do PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/python -m local.cdk synth --quiet \
		-c stage=$$stage -c local=true --output .foveal/check/$$stage || exit 1; done
	$(BIN)/cfn-lint .foveal/check/*/Foveal-*.template.json
	$(CHECKOV)/bin/checkov --config-file tools/checkov/config.yaml --file .foveal/check/prod/Foveal-prod.template.json
	$(CHECKOV)/bin/python -W ignore tools/checkov/policies.py .foveal/check/*/Foveal-*.template.json
	$(BIN)/pytest tests/infra/test_rule_packs.py

bench: install ## Run every benchmark, 25 minutes; FULL=1 for the large sizes, hours (one alone: python -m bench.NAME)
	@$(BIN)/python -m bench $(if $(FULL),--full)

lock: install ## Compile requirements.txt and the functions' own, with hashes
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --no-header \
		requirements.in --output-file requirements.txt
	$(BIN)/python -m tools.lock
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --no-header \
		tools/checkov/requirements.in --output-file tools/checkov/requirements.txt

$(CHECKOV)/installed: tools/checkov/requirements.txt | install
	$(BIN)/uv venv --quiet --clear --python $(BIN)/python $(CHECKOV)
	$(BIN)/uv pip sync --quiet --require-hashes --python $(CHECKOV)/bin/python $<
	@touch $@
