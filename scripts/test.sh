#!/usr/bin/env bash
# Every test, cheapest first. "native" stops before the ones that need a built page and a browser.
set -euo pipefail
source "$(dirname "$0")/env.sh"
cd "$CLEANSWEEP_ROOT"

step() { printf '\n\033[1m== %s\033[0m\n' "$*"; }
export RUST_BACKTRACE=0

step "format"
cargo fmt --all --check

step "lints: engine and command"
cargo clippy --quiet --no-default-features --all-targets -- -D warnings

step "tests: engine and command"
if cargo nextest --version >/dev/null 2>&1; then
  cargo nextest run --no-default-features --no-fail-fast --status-level fail
else
  cargo test --quiet --no-default-features
fi

step "documentation"
RUSTDOCFLAGS="-D warnings" cargo doc --quiet --no-default-features --no-deps --document-private-items --lib
cargo test --quiet --no-default-features --doc

step "no web crate in the command"
crates="$(cargo tree --no-default-features --edges normal --prefix none)"
if grep -E '^(web-sys|js-sys|wasm-bindgen|leptos)( |$)' <<< "$crates"; then
  echo "the command depends on a web crate" >&2
  exit 1
fi

[ "${1:-}" = native ] && exit 0

step "lints: page"
cargo clippy --quiet --target wasm32-unknown-unknown --package cleansweep-page -- -D warnings

step "build: command and page"
cargo build --quiet --release --no-default-features --bin cleansweep
trunk build --release --offline
scripts/check-dist.sh

step "tests: alerts of an audit"
# Mail needs aiosmtpd (Debian's python3-aiosmtpd); without it that part says that it was skipped.
if command -v python3 >/dev/null; then python3 tests/alerts.py target/release/cleansweep; fi

step "tests: shards of a search"
tests/deploy.sh target/release/cleansweep

step "tests: browser"
npx playwright test

step "tests: Firefox"
node tests/e2e/firefox.mjs
