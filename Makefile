# make serve: the app on http://127.0.0.1:8080. make test: all tests. Both set up what is missing first.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.ONESHELL:
.PHONY: serve build test check bench clean help

help: ## this list
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

serve: ## set up, build for release and serve on http://127.0.0.1:8080
	@scripts/setup.sh
	source scripts/env.sh
	echo "Clean Sweep will be at http://127.0.0.1:8080 once it is built (Ctrl+C stops it)"
	trunk serve --release --offline --no-autoreload

build: ## the static site in dist/, for any path of any host
	@scripts/setup.sh
	source scripts/env.sh
	trunk build --release --offline
	scripts/check-dist.sh

test: ## set up and run every test, those in the browser too
	@scripts/setup.sh tests
	scripts/test.sh

check: ## formatting, lints and the tests that need no browser
	@source scripts/env.sh
	scripts/test.sh native

bench: ## native benchmarks
	@source scripts/env.sh
	cargo bench --no-default-features

clean: ## remove what was built
	@rm -rf dist target test-results
