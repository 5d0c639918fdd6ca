"""./dev bench engine: from a registry of 1e4, 1e5 and 1e6 procedures to all tables and statistics of the Clunk plan.

In one run, medians of repeats with peak memory: freeze beside PostgreSQL's COPY of the same rows; tables and statistics
beside one read of the same Parquet columns; the same statistics by SciPy and scikit-posthocs, and by tableone and R
where they are installed; growth with size. Every number that both ways give is compared; the exit code is 1 where one
differs or one state of the database has two digests. Times are never asserted.

    ./dev bench engine [--procedures N ...] [--repeats N] [--no-peers] [--json FILE]
"""

import argparse
import json
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

from tests.bench.parts import child, peers, ratios, registry, report, same

SIZES = (10_000, 100_000)


def main(argv: list[str]) -> int:
    options = asked(argv)
    facts = report.machine()
    say(*report.machine_lines(facts), "Medians; the load of the machine while it ran is beside each size.")
    programs = peers.installed() if options.peers else peers.Programs(None, None)
    say(*programs.words())
    sizes = []
    for procedures in options.procedures:
        sizes.append(measure(procedures, options.repeats, programs))
        say("", *ratios.lines(sizes[-1]))
    say("", *ratios.growth_lines(sizes))
    if options.json:
        options.json.write_text(json.dumps({"machine": facts, "sizes": sizes}, indent=1) + "\n", "utf-8")
    return 1 if any(size["differ"] or len(size["freezing"]["digests"]) > 1 for size in sizes) else 0


def asked(argv: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./dev bench engine")
    parser.add_argument("--procedures", type=lambda text: int(float(text)), nargs="+", default=SIZES, metavar="N")
    parser.add_argument("--repeats", type=int, default=5, metavar="N", help="peers at 1e6 procedures run once")
    parser.add_argument("--no-peers", dest="peers", action="store_false")
    parser.add_argument("--json", type=Path, metavar="FILE")
    return parser.parse_args(argv)


def measure(procedures: int, repeats: int, programs: peers.Programs) -> dict:
    """Load a registry of that size, and do everything with it."""
    began = perf_counter()
    loaded = registry.load(procedures)
    found = {"procedures": procedures, "visits": loaded.visits, "scores": loaded.scores, "load": perf_counter() - began}
    with TemporaryDirectory() as name:
        folder = Path(name)
        found["freezing"] = child.run("freezing", folder, repeats, loaded.slug)
        found["reading"] = child.run("reading", folder, repeats)
        found["computing"] = child.run("computing", folder, repeats)
        child.run("arrays", folder, 1)
        found["peers"] = peers.run(programs, folder, 1 if procedures >= 1_000_000 else min(repeats, 3))
        payloads = json.loads((folder / "payloads.json").read_text("utf-8"))
    compared = list(same.pairs(payloads, found["peers"]))
    found |= {
        "agree": len(compared),
        "differ": same.differing(compared),
        "machine_load": report.machine()["load_1_min"],
    }
    for peer in found["peers"].values():
        peer["overflown"] = peer.pop("found", {}).get("overflown", [])
    return found


def say(*lines: str) -> None:
    sys.stdout.write("".join(f"{line}\n" for line in lines))
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
