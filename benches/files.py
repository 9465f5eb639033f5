#!/usr/bin/env python3
"""Many files at once: the command against itself, and its audit against polars and DuckDB.

    pip install polars duckdb
    python benches/files.py COMMAND [FOLDER] [--rounds N]

COMMAND is the path of a release build of `cleansweep`. FOLDER takes the files, 760 MB, and keeps
them; without it a temporary folder is made and removed. Prints Markdown. For Linux.

Every piece of work is a process of its own. In a round each runs once, one after the other; a
round before the first is not counted. Time is from start to end of the process; CPU time and peak
memory are what the system counted for it. A run waits for a quiet moment, and one beside which
other work took a tenth of a core is made again; which runs count never depends on their own times.
"""

import argparse
import json
import os
import platform
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

VENUES = "binance kraken coinbase bitstamp bybit okx kucoin huobi gateio bitget".split()
COINS = "BTC ETH BNB SOL XRP ADA DOGE LTC LINK DOT".split()
ROWS = 155_520
STEP = 300_000
"""Length of a candle, ms."""
EMPTIED = 100
"""Rows of each file whose volume is set to 0."""
PRICES = ["open", "high", "low", "close"]
WAITS = 120
"""Longest wait for a quiet moment, s."""
AGAIN = 5
"""How often a disturbed run is made again. After that the least disturbed one counts."""
COUNTS = "rows zero_volume flat flat_with_volume broken missing duplicates valid_pct".split()
PEERS = {
    "polars": {
        "polars, `scan_csv` of each file, `collect_all`, streaming": "polars_all",
        "polars, `scan_csv` of the list, `group_by`, streaming": "polars_list",
        "polars, `read_csv` of each file, a thread a core": "polars_each",
    },
    "duckdb": {
        "DuckDB, `read_csv` of the list, `GROUP BY`": "duckdb_list",
        "DuckDB, `read_csv` of each file, a thread a core": "duckdb_each",
    },
}


# The files.


def make(command, folder):
    """Writes 100 files, each with prices and empty rows of its own, and one with known defects."""
    import polars as pl

    sample = subprocess.run([command, "sample", "job143"], check=True, capture_output=True).stdout
    base = pl.read_csv(sample, schema_overrides={"volume": pl.String})
    assert base.height == ROWS
    (folder / "files").mkdir(parents=True)
    number = 0
    for c, coin in enumerate(COINS):
        for v, venue in enumerate(VENUES):
            number += 1
            # Venues of one market lie 4 basis points apart.
            factor = (1 + 0.37 * c) * (1 + 0.0004 * v)
            emptied = random.Random(number).sample(range(ROWS), EMPTIED)
            scaled = base.with_columns(
                [(pl.col(name) * factor).round(2) for name in PRICES]
                + [base["volume"].clone().scatter(emptied, "0.000")]
            )
            name = f"{venue}_{coin}USDT_5m_{number:03}.csv"
            scaled.write_csv(folder / "files" / name, float_precision=2)

    # 7 rows missing, 3 exact duplicates, 2 that conflict, 4 with high and low exchanged.
    rows = [line.split(",") for line in sample.decode().split()]
    is_ordinary = lambda row: row[2] != row[3] and float(row[5]) > 0
    ordinary = [i for i in range(1_000, ROWS - 1_000) if is_ordinary(rows[i])]
    chosen = random.Random(0).sample(ordinary, 16)
    missing, exact, conflicting, broken = chosen[:7], chosen[7:10], chosen[10:12], chosen[12:]
    for i in broken:
        rows[i][2], rows[i][3] = rows[i][3], rows[i][2]
    more = [rows[i] for i in exact]
    more += [[*rows[i][:4], rows[i][3], rows[i][5]] for i in conflicting]
    kept = [row for i, row in enumerate(rows) if i not in set(missing)] + more
    (folder / "defects").mkdir()
    text = "\n".join(",".join(row) for row in kept)
    (folder / "defects" / "binance_BTCUSDT_5m.csv").write_text(text + "\n")


# What other programs make of them. They are told the columns and their types, and look for nothing.


def polars_counts(kind, files):
    import polars as pl

    start = time.perf_counter()
    schema = {"timestamp": pl.Int64} | {name: pl.Float64 for name in [*PRICES, "volume"]}
    t, o, h, l, c, v = map(pl.col, schema)
    broken = (h < l) | (h < o) | (h < c) | (l > o) | (l > c)
    broken |= (o <= 0) | (h <= 0) | (l <= 0) | (c <= 0)
    counts = [
        pl.len().alias("rows"),
        (v == 0).sum().alias("zero_volume"),
        (h == l).sum().alias("flat"),
        ((h == l) & (v > 0)).sum().alias("flat_with_volume"),
        broken.sum().alias("broken"),
        ((t.max() - t.min()) // STEP + 1 - t.n_unique()).alias("missing"),
        (pl.len() - t.n_unique()).alias("duplicates"),
        ((v > 0).mean() * 100).alias("valid_pct"),
    ]
    if kind == "polars_list":
        all_files = pl.scan_csv(files, schema=schema, include_file_paths="file")
        found = all_files.group_by("file").agg(counts).collect(engine="streaming")
        result = {row["file"]: [row[name] for name in COUNTS] for row in found.to_dicts()}
    else:
        if kind == "polars_all":
            asked = [pl.scan_csv(file, schema=schema).select(counts) for file in files]
            found = pl.collect_all(asked, engine="streaming")
        else:
            one = lambda file: pl.read_csv(file, schema=schema).select(counts)
            with ThreadPoolExecutor(os.cpu_count()) as threads:
                found = list(threads.map(one, files))
        result = {file: list(row.row(0)) for file, row in zip(files, found)}
    return time.perf_counter() - start, result


def duckdb_counts(kind, files):
    import duckdb

    start = time.perf_counter()
    connection = duckdb.connect()
    names = ["timestamp", *PRICES, "volume"]
    types = {name: "DOUBLE" if name != "timestamp" else "BIGINT" for name in names}
    query = f"""
        SELECT filename, n, zero, flat, flat_with, broken,
               (newest - oldest) // {STEP} + 1 - times, n - times, valid * 100
        FROM (
            SELECT filename, count(*) AS n,
                   count(*) FILTER (volume = 0) AS zero,
                   count(*) FILTER (high = low) AS flat,
                   count(*) FILTER (high = low AND volume > 0) AS flat_with,
                   count(*) FILTER (high < low OR high < open OR high < close OR low > open
                       OR low > close OR open <= 0 OR high <= 0 OR low <= 0 OR close <= 0
                   ) AS broken,
                   min(timestamp) AS oldest, max(timestamp) AS newest,
                   count(DISTINCT timestamp) AS times, avg((volume > 0)::INT) AS valid
            FROM read_csv($files, header = true, delim = ',', quote = '', escape = '',
                          auto_detect = false, columns = {types}, filename = true)
            GROUP BY filename
        )"""
    if kind == "duckdb_list":
        rows = connection.execute(query, {"files": files}).fetchall()
    else:
        connection.execute("SET threads = 1")
        one = lambda file: connection.cursor().execute(query, {"files": file}).fetchone()
        with ThreadPoolExecutor(os.cpu_count()) as threads:
            rows = list(threads.map(one, files))
    return time.perf_counter() - start, {row[0]: list(row[1:]) for row in rows}


def peer(kind, files):
    """Prints the seconds without the start of Python and of the library, and what was counted."""
    count = polars_counts if kind.startswith("polars") else duckdb_counts
    seconds, found = count(kind, files)
    found = {Path(file).name: counts for file, counts in found.items()}
    json.dump({"seconds": seconds, "counts": found}, sys.stdout)


def audit_counts(text):
    """The same counts from the document of an audit."""
    found = {}
    for market in json.loads(text)["markets"]:
        gates = {gate["key"]: gate.get("count") for gate in market["gates"]}
        source = market["source"]
        (name,) = market["files"]
        found[name] = [
            source["total_candles"],
            source["zero_volume"],
            source["flat_candles"],
            gates["single_print"],
            gates["broken"],
            gates["missing_slots"],
            source["total_candles"] - market["rows"],
            source["valid_pct"],
        ]
    return found


# The clock.


def busy():
    """Seconds of all cores that were not idle so far, with those that another guest took."""
    fields = Path("/proc/stat").read_text().splitlines()[0].split()[1:9]
    user, nice, system, _idle, _wait, irq, softirq, steal = map(int, fields)
    return (user + nice + system + irq + softirq + steal) / os.sysconf("SC_CLK_TCK")


class Run:
    """One process: its times, its memory, what it printed."""

    def __init__(self, arguments, keeps=True):
        with tempfile.TemporaryFile() as out:
            before, start = busy(), time.perf_counter()
            process = subprocess.Popen(arguments, stdout=out, stderr=subprocess.PIPE)
            error = process.stderr.read()
            _, status, used = os.wait4(process.pid, 0)
            self.wall = time.perf_counter() - start
            process.returncode = os.waitstatus_to_exitcode(status)
            self.cpu = used.ru_utime + used.ru_stime
            # Seconds that all other work took beside it. The system counts hundredths.
            self.others = max(0.0, busy() - before - self.cpu)
            self.disturbed = self.others > 0.1 * self.wall + 0.03
            self.memory = used.ru_maxrss * 1024
            out.seek(0)
            # As little as can be: what this process holds counts as memory of what it starts.
            self.out = out.read() if keeps else b""
        # An audit ends with 1 or 2 where markets fail.
        if process.returncode not in ((0, 1, 2) if "audit" in arguments else (0,)):
            sys.exit(f"{arguments[:2]} ended with {process.returncode}: {error.decode()}")


def quiet():
    """Waits until next to nothing ran for half a second."""
    end = time.monotonic() + WAITS
    while time.monotonic() < end:
        before = busy()
        time.sleep(0.5)
        if busy() - before < 0.05:
            return


def milliseconds(seconds):
    return f"{seconds * 1000:.0f} ms" if seconds < 1 else f"{seconds:.2f} s"


def measure(command, folder, rounds):
    files = sorted(str(path) for path in (folder / "files").iterdir())
    # Venues of one market first: BTC, then ETH, then BNB.
    files.sort(key=lambda file: file[-7:])
    four = files[:4]
    own = [sys.executable, __file__, "--peer"]
    work = {
        "`markets`, 1 file": [command, "markets", *files[:1]],
        "`markets`, 4 files": [command, "markets", *four],
        "`markets`, 30 files": [command, "markets", *files[:30]],
        "`merge`, 4 venues": [command, "merge", *four],
        "`multiverse`, 1 file": [command, "multiverse", files[0]],
        "`audit --json`, 100 files": [command, "audit", *files, "--json"],
    }
    kinds = {}
    for kind in PEERS.values():
        kinds |= kind
    work |= {name: [*own, kind, *files] for name, kind in kinds.items()}

    runs, again = {name: [] for name in work}, 0
    for number in range(rounds + 1):
        for name, arguments in work.items():
            tries = []
            while not tries or (tries[-1].disturbed and 0 < number and len(tries) <= AGAIN):
                quiet()
                tries.append(Run(arguments, name in kinds or "audit" in arguments))
                run = tries[-1]
                print(f"round {number}: {name}: {run.wall:.3f} s", end="", file=sys.stderr)
                print(f", beside it {run.others:.2f} s", file=sys.stderr, flush=True)
            run = min(tries, key=lambda run: run.others / run.wall)
            if "audit" in arguments and number < rounds:
                run.out = b""
            if number > 0:
                runs[name].append(run)
                again += len(tries) - 1
    return kinds, runs, again


def check(command, folder, runs, kinds):
    """Every count of every file must be the same in all programs. Returns what was compared."""

    def same(ours, theirs, name):
        assert ours.keys() == theirs.keys(), name
        for file, counts in ours.items():
            pairs = zip(COUNTS, counts, theirs[file])
            wrong = [(what, a, b) for what, a, b in pairs if abs(a - b) > 1e-9]
            assert not wrong, f"{name}: {file}: {wrong}"

    ours = audit_counts(runs["`audit --json`, 100 files"][-1].out)
    for name in kinds:
        same(ours, json.loads(runs[name][-1].out)["counts"], name)
    defects = str(next((folder / "defects").iterdir()))
    ours = audit_counts(Run([command, "audit", defects, "--json"]).out)
    for name, kind in kinds.items():
        found = json.loads(Run([sys.executable, __file__, "--peer", kind, defects]).out)
        same(ours, found["counts"], name)
    return next(iter(ours.values()))


def table(runs, kinds):
    lines = [
        "| work | time, median | best | CPU time, median | best | peak memory "
        "| without start, median |",
        "|---|---|---|---|---|---|---|",
    ]
    for name, done in runs.items():
        wall, cpu = [run.wall for run in done], [run.cpu for run in done]
        inner = "–"
        if name in kinds:
            seconds = [json.loads(run.out)["seconds"] for run in done]
            inner = milliseconds(statistics.median(seconds))
        memory = max(run.memory for run in done) / 1e6
        cells = [
            name,
            milliseconds(statistics.median(wall)),
            milliseconds(min(wall)),
            milliseconds(statistics.median(cpu)),
            milliseconds(min(cpu)),
            f"{memory:,.0f} MB",
            inner,
        ]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def derived(runs):
    """What follows from the table: growth, and merging alone."""

    def of(files, figure, summary):
        name = f"`markets`, {files} file{'s' if files > 1 else ''}"
        return summary(getattr(run, figure) for run in runs[name])

    lines = []
    for files in (4, 30):
        ratios = [
            f"{its} {of(files, figure, summary) / (files * of(1, figure, summary)):.2f} by {word}"
            for figure, its in (("wall", "time"), ("cpu", "CPU time"))
            for word, summary in (("medians", statistics.median), ("the best", min))
        ]
        lines.append(f"- `markets` of {files} files over {files} × 1 file: {', '.join(ratios)}")
    pairs = zip(runs["`merge`, 4 venues"], runs["`markets`, 4 files"])
    alone = [merge.wall - markets.wall for merge, markets in pairs]
    lines.append(
        "- `merge` less `markets` of the same 4 files, round by round: "
        f"median {milliseconds(statistics.median(alone))}, least {milliseconds(min(alone))}"
    )
    return "\n".join(lines)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("command", type=Path, help="a release build of cleansweep")
    parser.add_argument("folder", type=Path, nargs="?", help="where the files are made and kept")
    parser.add_argument("--rounds", type=int, default=7, help="at least 5")
    asked = parser.parse_args()
    if asked.rounds < 5:
        parser.error("fewer than 5 rounds say little")
    command = str(asked.command.resolve())

    with tempfile.TemporaryDirectory() as temporary:
        folder = asked.folder or Path(temporary)
        if not (folder / "defects").exists():
            # In a process of its own, because of the memory.
            Run([sys.executable, __file__, "--make", command, str(folder)])
        began, load = time.time(), os.getloadavg()[0]
        kinds, runs, again = measure(command, folder, asked.rounds)
        floor = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
        least = min(run.memory for done in runs.values() for run in done)
        assert floor < least, f"{floor:,} bytes of this process would hide others, {least:,}"
        defects = check(command, folder, runs, kinds)

        import duckdb
        import polars

        counted = [run for done in runs.values() for run in done]
        others = [run.others / run.wall for run in counted]
        disturbed = sum(run.disturbed for run in counted)
        print(
            f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}, "
            f"{asked.rounds} rounds in {(time.time() - began) / 60:.0f} minutes, "
            f"files of {ROWS:,} rows in the page cache; "
            f"polars {polars.__version__}, DuckDB {duckdb.__version__}, Python "
            f"{platform.python_version()}. Load before: {load:.2f}. {again} runs were made again "
            f"because of other work; {disturbed} of the {len(counted)} that count were disturbed, "
            f"and beside the median one other work took {statistics.median(others):.2f} cores.\n"
        )
        print(table(runs, kinds))
        print()
        print(derived(runs))
        told = ", ".join(f"{name} {value:g}" for name, value in zip(COUNTS[3:7], defects[3:7]))
        print(
            "- Every count of every file is the same in all programs, also for a file with "
            f"defects: {told}"
        )


if __name__ == "__main__":
    if sys.argv[1:2] == ["--make"]:
        make(sys.argv[2], Path(sys.argv[3]))
    elif sys.argv[1:2] == ["--peer"]:
        peer(sys.argv[2], sys.argv[3:])
    else:
        main()
