#!/usr/bin/env bash
# What the built site must be: SIMD in the workers' module, no absolute links, no style or script from elsewhere, and no
# heavier than it is now: 1,060 kB in all, and 500 kB for the first picture, brotli. 800 kB were promised (docs/PERFORMANCE.md).
set -euo pipefail
cd "$(dirname "$0")/.."
fail() { printf 'dist: %s\n' "$*" >&2; exit 1; }

wasm="$(ls dist/worker*_bg.wasm)"
node --input-type=module - "$wasm" <<'JS' || fail "the module holds no SIMD instruction"
import { readFileSync } from 'node:fs';
// WebAssembly validates with SIMD, and the bytes hold the 0xfd prefix of vector instructions often enough to be no accident.
const bytes = readFileSync(process.argv[2]);
if (!WebAssembly.validate(bytes)) process.exit(1);
let vector = 0;
for (let i = 0; i + 1 < bytes.length; i++) if (bytes[i] === 0xfd && [0x00, 0x0b, 0x5d, 0xec, 0xed, 0xee, 0xf0, 0xf1, 0xf2].includes(bytes[i + 1])) vector++;
// By chance two megabytes would hold about 300; the module holds thousands.
process.exit(vector > 3000 ? 0 : 1);
JS
grep -Eq '(src|href)="?/|https?://' dist/index.html && fail "index.html holds an absolute link"
node --input-type=module - <<'JS' || fail "heavier than promised"
import { readFileSync, readdirSync } from 'node:fs';
import { brotliCompressSync } from 'node:zlib';
let [all, first] = [0, 0];
for (const name of readdirSync('dist')) {
  const size = brotliCompressSync(readFileSync(`dist/${name}`)).length;
  all += size;
  if (!name.startsWith('worker')) first += size;
}
console.log(`dist: ${Math.round(all / 1000)} kB in all, ${Math.round(first / 1000)} kB for the first picture, brotli`);
process.exit(all <= 1_060_000 && first <= 500_000 ? 0 : 1);
JS
