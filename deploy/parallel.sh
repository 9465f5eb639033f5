#!/usr/bin/env bash
# One big search on the cores of one machine, with GNU parallel. A second run goes on where the first one stopped.
#   deploy/parallel.sh market.csv 100000 8 --seed 42 --space wide > result.json
# Arguments: the file, the trials, the shards, and more options of cleansweep search. Environment: OUT, the folder of the
# shards (default: shards); JOBS, shards at a time (default: one a core); CLEANSWEEP, the command (default: cleansweep).
set -euo pipefail
[ $# -ge 3 ] || { sed -n '3,5s/^# *//p' "$0" >&2; exit 2; }
file=$1 trials=$2 shards=$3
shift 3
export CLEANSWEEP=${CLEANSWEEP:-cleansweep} RAYON_NUM_THREADS=1
out=${OUT:-shards}
mkdir -p "$out"
# Another search has another log: parallel does not notice changed arguments by itself.
name=$(printf '%s\n' "$file" "$trials" "$shards" "$@" | cksum | cut -d' ' -f1)

# Each shard computes on one core; --out keeps every trial, so a shard that is run again only runs what is missing.
search=("$CLEANSWEEP" search "$file" --trials "$trials" "$@")
parallel --will-cite --jobs "${JOBS:-100%}" --joblog "$out/$name.log" --resume-failed --halt soon,fail=1 \
  "${search[*]@Q} --shard {}/$shards --out ${out@Q}/$name-{}.jsonl > /dev/null" \
  ::: $(seq 0 $((shards - 1))) >&2

files=()
for ((shard = 0; shard < shards; shard++)); do files+=("$out/$name-$shard.jsonl"); done
unset RAYON_NUM_THREADS
"${search[@]}" --merge "${files[@]}" --json
