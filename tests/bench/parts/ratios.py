"""What the engine's benchmark prints: seconds, ratios beside their goals, peak memory, growth."""

from collections.abc import Callable, Iterable
from statistics import median

KINDS = ("describe_by_timepoint", "kruskal_dunn", "wilcoxon_paired", "mannwhitney", "crosstab")


def seconds_of(size: dict, wanted: Callable[[str, str], bool] = lambda part, kind: True) -> tuple[float, float]:
    """Medians over the runs: (tables, kernel) of the analyses wanted."""
    runs = [[took for took in run["took"] if wanted(took[0], took[1])] for run in size["computing"]["runs"]]
    return tuple(median(sum(took[place] for took in run) for run in runs) for place in (2, 3))


def ours(size: dict) -> dict[str, float]:
    """Seconds by name, medians."""
    tables, kernel = seconds_of(size)
    return {
        "copy": median(size["freezing"]["copy"]), "freeze": median(size["freezing"]["freeze"]),
        "read": median(size["reading"]["read"]), "load": median(run["load"] for run in size["computing"]["runs"]),
        "tables": tables, "kernel": kernel,
        "overview": sum(seconds_of(size, lambda part, kind: part == "overview")),
        "over time": sum(seconds_of(size, lambda part, kind: part == "overview" and kind in KINDS[:2])),
    }  # fmt: skip


def lines(size: dict) -> list[str]:
    took, computing = ours(size), size["computing"]
    both = took["tables"] + took["kernel"]
    peak = {name: f"{size[name]['peak_mb']:.0f} MB" for name in ("freezing", "reading", "computing")}
    return [
        f"{size['procedures']} procedures, {size['visits']} visits, {size['scores']} scores; loaded in "
        f"{size['load']:.0f} s; machine load {size['machine_load']}",
        f"{'':50}{'seconds':>10}{'beside':>10}{'ratio':>8}{'goal':>8}  peak memory",
        row("freeze / COPY of the same rows", took["freeze"], took["copy"], "<= 2", peak["freezing"]),
        row(f"tables and statistics ({computing['analyses']}) / read", both, took["read"], "<= 2", peak["computing"]),
        row("  of which tables", took["tables"], took["read"]),
        row("  of which statistics", took["kernel"], took["read"]),
        row("  with the columns' load / read", both + took["load"], took["read"], "", peak["reading"]),
        *peer_lines(size, took),
        f"digest {', '.join(digest[:12] for digest in size['freezing']['digests'])}; of the published plan "
        f"{computing['unknown']} entries name what the synthetic registry does not keep",
        *agreement_lines(size),
    ]


def peer_lines(size: dict, took: dict[str, float]) -> Iterable[str]:
    peers = size["peers"]
    if "scipy" in peers:
        theirs, peak = median(peers["scipy"]["seconds"]), f"{peers['scipy']['peak_mb']:.0f} MB"
        yield row("SciPy, scikit-posthocs / ours, overview", theirs, took["overview"], ">= 20", peak)
        if peers["scipy"]["overflown"]:
            yield "  scikit-posthocs' ties leave 64 bits; Dunn compared with the formula in floats: " + ", ".join(
                peers["scipy"]["overflown"]
            )
    if "tableone" in peers:
        peak = f"{peers['tableone']['peak_mb']:.0f} MB"
        yield row(
            "Python tableone / ours, over time", median(peers["tableone"]["seconds"]), took["over time"], "", peak
        )
    for name, seconds in peers.get("R", {}).get("seconds", {}).items():
        yield row(f"R {name} / ours, over time", seconds, took["over time"], "", f"{peers['R']['peak_mb']:.0f} MB")


def row(name: str, seconds: float, beside: float, goal: str = "", peak: str = "") -> str:
    return f"{name:50}{seconds:10.3f}{beside:10.3f}{seconds / beside:8.2f}{goal:>8}  {peak}".rstrip()


def agreement_lines(size: dict) -> list[str]:
    found = [f"agree: {size['agree'] - len(size['differ'])} of {size['agree']} numbers to 1e-9"]
    return found + [f"DIFFERS: {each['what']}: ours {each['ours']!r}, peer {each['peer']!r}" for each in size["differ"]]


def growth_lines(sizes: list[dict]) -> list[str]:
    """How much longer the largest takes than the smallest, for 100 times the procedures."""
    if len(sizes) < 2:
        return []
    small, large = min(sizes, key=lambda size: size["procedures"]), max(sizes, key=lambda size: size["procedures"])
    times = large["procedures"] / small["procedures"]
    one, other = ours(small), ours(large)
    both = [took["tables"] + took["kernel"] for took in (one, other)]
    grown = {name: other[name] / one[name] for name in ("freeze", "copy")}
    return [
        f"growth for {times:.0f} times the procedures (goal <= {times:.0f}): freeze {grown['freeze']:.1f}, "
        f"tables and statistics {both[1] / both[0]:.1f}, COPY {grown['copy']:.1f}"
    ]
