#!/usr/bin/env bash
# Installs what is missing to build and serve the page; with "tests" also what the tests need.
# Prefers what is on the PATH, never reinstalls, and puts its own copies under .tools. A second run takes seconds.
set -euo pipefail
source "$(dirname "$0")/env.sh"
cd "$CLEANSWEEP_ROOT"

say() { printf '\033[1m%s\033[0m\n' "$*" >&2; }
fail() { printf 'setup: %s\n' "$*" >&2; exit 1; }
has() { command -v "$1" >/dev/null 2>&1; }

has cargo || fail "Rust is needed: install it with rustup (https://rustup.rs), then run this again"

# The wasm target: by rustup, or from Debian's package where rustup cannot download.
sysroot="$(rustc --print sysroot)"
if [ ! -d "$sysroot/lib/rustlib/wasm32-unknown-unknown" ]; then
  say "Adding the target wasm32-unknown-unknown"
  has rustup || fail "the target wasm32-unknown-unknown is missing and there is no rustup to add it"
  rustup target add wasm32-unknown-unknown
fi

# The crates of page and library: the page is built without asking the network again.
cargo fetch --quiet --locked

trunk_version=0.21.14
if ! { has trunk && [[ "$(trunk --version)" == *" 0.21."* ]]; }; then
  say "Installing trunk $trunk_version (a few minutes, once)"
  cargo install --quiet --locked --root .tools trunk --version "$trunk_version"
fi

bindgen_version="$(awk '/^name = "wasm-bindgen"$/ { getline; gsub(/[^0-9.]/, ""); print; exit }' Cargo.lock)"
if ! { has wasm-bindgen && [[ "$(wasm-bindgen --version)" == *" $bindgen_version"* ]]; }; then
  say "Installing wasm-bindgen $bindgen_version (a few minutes, once)"
  cargo install --quiet --root .tools wasm-bindgen-cli --version "$bindgen_version"
fi

has npm || fail "Node.js with npm is needed (https://nodejs.org)"
npm_install() {
  mkdir -p .tools
  [ -f .tools/package.json ] || echo '{ "private": true }' > .tools/package.json
  npm install --prefix .tools --no-audit --no-fund --loglevel=error "$@" >&2
}
binaryen_version=132
if ! { has wasm-opt && [[ "$(wasm-opt --version)" == *" $binaryen_version"* ]]; }; then
  say "Installing wasm-opt $binaryen_version"
  npm_install "binaryen@$binaryen_version"
fi

if [ "${1:-}" = tests ]; then
  if [ ! -d node_modules/@playwright/test ] || [ ! -d node_modules/@axe-core/playwright ] \
    || [ ! -d node_modules/selenium-webdriver ]; then
    say "Installing the browser tests' packages"
    npm ci --no-audit --no-fund --loglevel=error >&2
  fi
  if ! { [ -n "${CHROMIUM:-}" ] || has chromium || has chromium-browser || has google-chrome; } \
    && [ ! -x "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome" ]; then
    say "Installing Chromium"
    if has apt-get && [ "$(id -u)" = 0 ]; then
      apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium >&2
    elif has apt-get && has sudo; then
      sudo apt-get update -qq && sudo apt-get install -y -qq chromium >&2
    else
      PLAYWRIGHT_SKIP_VALIDATE_HOST_REQUIREMENTS=1 npx playwright install chromium >&2
    fi
  fi
  # GNU parallel, where it can be had: without it the test of deploy/ says what it left out.
  if ! has parallel && has apt-get && [ "$(id -u)" = 0 ]; then
    say "Installing GNU parallel"
    { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends parallel; } >&2 \
      || say "GNU parallel cannot be installed here"
  fi
  # Firefox and its driver, where they can be had: without them its test says that Firefox was not tested.
  if ! { [ -n "${FIREFOX:-}" ] || has firefox-esr || has firefox; } && has apt-get && [ "$(id -u)" = 0 ]; then
    say "Installing Firefox"
    { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq firefox-esr; } >&2 \
      || say "Firefox cannot be installed here"
  fi
  if { [ -n "${FIREFOX:-}" ] || has firefox-esr || has firefox; } && ! has geckodriver; then
    say "Installing geckodriver (a few minutes, once)"
    cargo install --quiet --locked --root .tools geckodriver || say "geckodriver cannot be installed here"
  fi
fi
