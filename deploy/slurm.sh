#!/usr/bin/env bash
# One big search as a Slurm job array and a job that merges.
#   deploy/slurm.sh market.csv 100000 8 --seed 42 --space wide
# Arguments: the file, the trials, the shards, and more options of cleansweep search. Environment: OUT, a folder that every
# node sees (default: shards); CLEANSWEEP, the command (default: cleansweep); CPUS, cores a shard (default: 1);
# SBATCH_*, as Slurm reads them.
# Prints the numbers of both jobs. The result is $OUT/result.json.
set -euo pipefail
[ $# -ge 3 ] || { sed -n '3,6s/^# *//p' "$0" >&2; exit 2; }
file=$(realpath "$1") trials=$2 shards=$3
shift 3
out=$(realpath -m "${OUT:-shards}")
mkdir -p "$out"
search=("${CLEANSWEEP:-cleansweep}" search "$file" --trials "$trials" "$@")

# The number of shards is said here, not read from SLURM_ARRAY_TASK_COUNT: a single shard may be submitted again.
array=$(sbatch --parsable --job-name=cleansweep --array="0-$((shards - 1))" --ntasks=1 --cpus-per-task="${CPUS:-1}" \
  --requeue --output="$out/shard-%a.log" <<JOB
#!/bin/bash
set -euo pipefail
export RAYON_NUM_THREADS=\$SLURM_CPUS_PER_TASK
${search[@]@Q} --shard "\$SLURM_ARRAY_TASK_ID/$shards" --out ${out@Q}/shard-"\$SLURM_ARRAY_TASK_ID".jsonl > /dev/null
JOB
)
files=()
for ((shard = 0; shard < shards; shard++)); do files+=("$out/shard-$shard.jsonl"); done
merge=$(sbatch --parsable --job-name=cleansweep-merge --ntasks=1 --dependency="afterok:$array" --kill-on-invalid-dep=yes \
  --output="$out/merge.log" <<JOB
#!/bin/bash
set -euo pipefail
${search[@]@Q} --merge ${files[@]@Q} --json > ${out@Q}/result.json
JOB
)
echo "$array $merge"
