#!/usr/bin/env bash
# The files under deploy/: shards by GNU parallel come to what one machine finds. Without parallel that part says so.
set -euo pipefail
binary=$(realpath "${1:-target/release/cleansweep}")
deploy=$(realpath "$(dirname "$0")/../deploy")
for script in "$deploy"/*.sh; do bash -n "$script"; done

# The number of shards stands three times in the manifest.
manifest="$deploy/kubernetes-job.yaml"
shards=$(sed -n 's/^ *completions: *\([0-9]*\).*/\1/p' "$manifest")
grep -q "JOB_COMPLETION_INDEX)/$shards\$" "$manifest" || { echo "deploy: completions and --shard differ" >&2; exit 1; }
listed=$(grep -c -- '- /out/shard-[0-9]*\.jsonl' "$manifest")
[ "$listed" = "$shards" ] || { echo "deploy: $listed shards are merged of $shards" >&2; exit 1; }

if ! command -v parallel >/dev/null || ! parallel --version 2>/dev/null | grep -q '^GNU parallel'; then
  echo "deploy: GNU parallel is not installed, so its script was not run"
  exit 0
fi
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
# A name that a shell has to be careful with.
"$binary" sample clean > "the market's 1.csv"
options=(--seed 5 --min-trades 5)
"$binary" search "the market's 1.csv" --trials 60 "${options[@]}" --json > whole.json
run() { CLEANSWEEP=$binary "$deploy/parallel.sh" "the market's 1.csv" 60 4 "${options[@]}"; }
run > sharded.json
cmp whole.json sharded.json
# Interrupted: a shard is cut off in the middle of a line, and the log says that it failed.
shard=$(ls shards/*-2.jsonl)
head -c 3000 "$shard" > cut && mv cut "$shard"
log=$(ls shards/*.log)
awk -F'\t' -v OFS='\t' 'NR > 1 && $1 == 3 { $7 = 1 } { print }' "$log" > cut && mv cut "$log"
run > again.json
cmp whole.json again.json
[ "$(wc -l < "$shard")" = 16 ]
echo "deploy: four shards by GNU parallel, one of them continued, are the whole search"
