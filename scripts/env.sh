# Puts the project's own tools in front of the PATH. Sourced by the Makefile's recipes and the scripts.
CLEANSWEEP_ROOT="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
export PATH="$CLEANSWEEP_ROOT/.tools/bin:$CLEANSWEEP_ROOT/.tools/node_modules/.bin:$PATH:$HOME/.cargo/bin"
# A RUSTFLAGS variable would silently replace the SIMD flag of .cargo/config.toml.
unset RUSTFLAGS CARGO_ENCODED_RUSTFLAGS
