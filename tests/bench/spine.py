"""./dev bench spine: from the record to the p-values, beside pandas and SciPy on the same rows.

Visits → freeze → integer tables → kernel, for 10 000 and 100 000 visits of an invented cohort. Every number that both
ways give is compared; the exit code is 1 where one differs. Times are the best of three and are never asserted.

    ./dev bench spine [--visits N ...] [--json FILE]
"""

import argparse
import json
import sys
from pathlib import Path
from time import perf_counter

from tests.bench.parts import agreement, cohort, ours, peer, report

SIZES = (10_000, 100_000)


def main(argv: list[str]) -> int:
    options = asked(argv)
    facts = report.machine()
    say(*report.machine_lines(facts), "Best of 3. Lower is quicker; below 1, ours is.")
    sizes = []
    for wanted in options.visits:
        sizes.append(measure(wanted))
        say("", *report.lines(sizes[-1]))
    if options.json:
        document = {"machine": facts, "seed": cohort.SEED, "seconds": sizes}
        options.json.write_text(json.dumps(document, indent=1) + "\n", "utf-8")
    return 1 if any(size["differ"] or len(size["digests"]) > 1 for size in sizes) else 0


def asked(argv: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./dev bench spine")
    parser.add_argument("--visits", type=int, nargs="+", default=SIZES, metavar="N")
    parser.add_argument("--json", type=Path, metavar="FILE")
    return parser.parse_args(argv)


def measure(wanted: int) -> dict:
    """Load a cohort of that many visits, and do everything with it both ways."""
    began = perf_counter()
    loaded = cohort.load(wanted)
    load_after = perf_counter() - began
    own, theirs = ours.run(loaded), peer.run(loaded)
    compared = list(agreement.pairs(own.payloads, theirs.found))
    return report.measured(wanted, loaded, load_after, own, theirs, compared, agreement.differing(compared))


def say(*lines: str) -> None:
    sys.stdout.write("".join(f"{line}\n" for line in lines))
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
