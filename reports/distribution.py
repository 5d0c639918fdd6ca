"""Is a column normally distributed? Reported beside the results, and never used to choose a test."""

from collections.abc import Mapping, Sequence

from reports import phrases, wording
from reports.evidence import columns, left_out, notes
from reports.layout import Cell, Column, Row, Table, row, rows, source, traced
from reports.manifest import Manifest, capital

CHOOSES_NOTHING = (
    "Reported only; chooses no test. The tests of this report are the same whatever these say: a small sample cannot "
    "show that a distribution is normal."
)
NAIVE = (
    "Kolmogorov-Smirnov with the sample's own mean and SD, read from the table for known ones, is too lenient; "
    "Lilliefors' correction of the same distance is the one to read."
)


def normality(results: Sequence[Mapping], manifest: Manifest) -> Table:
    """what | n | Shapiro-Wilk W, p | Lilliefors D, p | Kolmogorov-Smirnov p."""
    return Table(
        title="Normality",
        columns=(
            *columns("Distribution of", "n"),
            *(Column(label, over="Shapiro-Wilk") for label in ("W", "p")),
            *(Column(label, over="Lilliefors") for label in ("D", "p")),
            Column("p", over="Kolmogorov-Smirnov"),
        ),
        groups=rows(*(member for each in results for member in traced(each, distribution_row(each, manifest)))),
        notes=notes(CHOOSES_NOTHING, NAIVE, left_out(results, manifest)),
        sources=tuple(map(source, results)),
    )


def distribution_row(result: Mapping, manifest: Manifest) -> Row:
    payload = result["payload"]
    head = capital(phrases.question(result["entry"], manifest).removeprefix("Distribution of "))
    wilk, lilliefors, naive = (payload.get(name) or {} for name in ("shapiro_wilk", "lilliefors", "ks_naive"))
    n = str(payload.get("n", wilk.get("n", lilliefors.get("n", wording.ABSENT))))
    if reason := wording.not_estimable(payload):
        return row(head, n, *[wording.ABSENT] * 4, Cell(wording.ABSENT, reason))
    p_naive = Cell(wording.p_number(naive.get("p")), wording.not_estimable(naive) or "")
    return row(head, n, *statistic(wilk, "W"), *statistic(lilliefors, "D"), p_naive)


def statistic(found: Mapping, name: str) -> tuple[str, Cell]:
    """The statistic and its p; the reason where there is none."""
    p = found.get("p")
    refusal = wording.not_estimable(p) or wording.not_estimable(found) or ""
    return wording.fixed(found.get(name), 3), Cell(wording.p_number(p if isinstance(p, int | float) else None), refusal)
