# make serve: the app on http://127.0.0.1:8080. make test: all tests. Both set up what is missing first.
.PHONY: help serve build test check bench bench-browser clean

help: ## this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /	/'

serve: ## set up, build for release and serve on http://127.0.0.1:8080
	@scripts/build.sh serve

build: ## the static site in dist/, for any path of any host
	@scripts/build.sh

test: ## set up and run every test, those in the browser too
	@scripts/setup.sh tests
	@scripts/test.sh

check: ## formatting, lints and the tests that need no browser
	@scripts/test.sh native

bench: ## native benchmarks
	@cargo bench --no-default-features

bench-browser: build ## the built page measured in Chromium, as JSON
	@cargo build --quiet --release --no-default-features --bin cleansweep
	@scripts/setup.sh tests
	@node benches/browser/run.mjs

clean: ## remove what was built
	@rm -rf dist target test-results
