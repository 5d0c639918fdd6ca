"""Freeze → columns → tables → kernel, each timed, as a job's worker runs them."""

from dataclasses import dataclass

from outcomes import extract, freeze
from outcomes.plans.check import specified
from outcomes.stats.paired import friedman
from outcomes.tabulate import ranks
from tests.bench.parts.clock import best
from tests.bench.parts.cohort import FIRST, INSTRUMENTS, LAST, Loaded

# Step → the plan's entries that it stands for.
ENTRIES = {
    "describe": [{"id": f"describe {key}", "type": "describe_by_timepoint", "instrument": key} for key in INSTRUMENTS],
    "kruskal": [{"id": "kruskal", "type": "kruskal_dunn", "instrument": "pain"}],
    "signed rank": [{"id": "signed rank", "type": "wilcoxon_paired", "instrument": "pain", "pre": FIRST, "post": LAST}],
    "mann-whitney": [
        {"id": "mann-whitney", "type": "mannwhitney", "instrument": "pain", "timepoint": LAST, "by": "arm"}
    ],
}


@dataclass(frozen=True, kw_only=True)
class Ours:
    """Seconds by step; for an analysis (tables, kernel). Payloads by entry. The digests of all freezes made."""

    read: float
    freeze: float
    columns: float
    analyses: dict[str, tuple[float, float]]
    payloads: dict[str, dict]
    digests: set[str]


def run(loaded: Loaded) -> Ours:
    """Each step, the best of three."""
    digests = set()

    def frozen_once():
        frozen = freeze.freeze(loaded.cohort, loaded.site_ids)
        digests.add(frozen.digest)
        return frozen

    frozen_after, frozen = best(frozen_once)
    read_after, _ = best(lambda: extract.read(loaded.cohort, loaded.site_ids))
    columns_after, columns = best(lambda: freeze.columns_of(frozen))
    analyses, payloads = {}, {}
    for step, entries in ENTRIES.items():
        specs = [specified(entry) for entry in entries]
        tables_after, tables = best(lambda specs=specs: [spec.tabulate(columns) for spec in specs])
        pairs = list(zip(specs, tables, strict=True))
        kernel_after, found = best(lambda pairs=pairs: [spec.compute(tables) for spec, tables in pairs])
        analyses[step] = (tables_after, kernel_after)
        payloads |= {spec.id: payload for spec, payload in zip(specs, found, strict=True)}
    analyses["friedman"] = friedman_alone(columns)
    return Ours(
        read=read_after,
        freeze=frozen_after,
        columns=columns_after,
        analyses=analyses,
        payloads=payloads,
        digests=digests,
    )


def friedman_alone(columns) -> tuple[float, float]:
    """Friedman's part of the analysis that it belongs to: tables, kernel."""
    spec = specified(ENTRIES["kruskal"][0])
    kept = columns.score(spec.instrument, FIRST).present | True
    tables_after, table = best(lambda: ranks(columns, spec.instrument, kept))
    kernel_after, _ = best(lambda: friedman(table.sums))
    return tables_after, kernel_after
