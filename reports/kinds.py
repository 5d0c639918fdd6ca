"""Which table and which figure show a result, by its analysis type. What is not here is shown as a plain table."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from reports import (
    arms,
    change_figures,
    comparisons,
    contrasts,
    distribution,
    figures,
    groups,
    paired_answers,
    profile,
    regression,
    shares,
    stratified,
    survival_figures,
    survival_tables,
    tables,
    wording,
)
from reports.layout import Figure, Table, leading, source
from reports.manifest import Manifest
from reports.plain import plain_table

Results = Sequence[Mapping]
Shown = Callable[[Results, Manifest, str], Iterable[Table]]


def of_type(results: Results, kind: str) -> list[Mapping]:
    return [result for result in results if result["type"] == kind]


def grouped(results: Results, name: str) -> list[list[Mapping]]:
    """Results that fit in one table: the same groups, for rank tests also the same subset."""
    alike: dict[tuple, list[Mapping]] = {}
    for result in results:
        only = wording.subset(result["entry"].get("subset")) if name == "by" else ""
        alike.setdefault((str(result["entry"].get(name)), only), []).append(result)
    return list(alike.values())


def each(show: Callable[[Mapping, Manifest], Table]) -> Shown:
    """A table for every result."""
    return lambda results, manifest, preset: [show(result, manifest) for result in results]


def all_in_one(show: Callable[[Results, Manifest], Table]) -> Shown:
    """One table for all results of the type."""
    return lambda results, manifest, preset: [show(results, manifest)]


def crosstabs(results: Results, manifest: Manifest, preset: str) -> Iterator[Table]:
    """Yes/no outcomes by the same groups in one table, other cross tables each on its own."""
    for alike in grouped([result for result in results if comparisons.is_yes_no(result)], "row"):
        yield comparisons.outcomes(alike, manifest, preset)
    rest = [result for result in results if not comparisons.is_yes_no(result)]
    yield from (comparisons.crosstab(result, manifest, preset) for result in rest)


# In the order of a section. Types that share a table with another one (descriptions beside a test of the arms, the
# characteristics of Table 1) are shown by the sections themselves.
SHOWN: dict[str, Shown] = {
    "describe_by_timepoint": lambda results, manifest, preset: [
        tables.longitudinal(result, manifest, preset) for result in results
    ],
    "wilcoxon_paired": lambda results, manifest, preset: [tables.paired(results, manifest, preset)],
    "contrasts_from_baseline": each(contrasts.contrasts),
    "deaths_apart": each(contrasts.deaths_apart),
    "kruskal_dunn": lambda results, manifest, preset: [tables.visits(result, manifest, preset) for result in results],
    "mannwhitney_change": lambda results, manifest, preset: [
        groups.changes(alike, manifest, preset) for alike in grouped(results, "by")
    ],
    "kruskal_groups": each(groups.several),
    "crosstab": crosstabs,
    "crosstab_patient": lambda results, manifest, preset: [
        comparisons.crosstab(result, manifest, preset) for result in results
    ],
    "mannwhitney_patient_var": lambda results, manifest, preset: [
        comparisons.patient_number(result, manifest, preset) for result in results
    ],
    "describe_patient_var": profile.profiles,
    "share_patient_var": profile.profiles,
    "proportion": all_in_one(shares.proportions),
    "responders": all_in_one(shares.responders),
    "change_direction": all_in_one(shares.directions),
    "mcnemar": lambda results, manifest, preset: [paired_answers.mcnemar(results, manifest, preset)],
    "trend": each(paired_answers.trend),
    "ancova": lambda results, manifest, preset: [
        comparisons.ancova(alike, manifest) for alike in grouped(results, "group")
    ],
    "van_elteren": each(stratified.by_site),
    "cmh": each(stratified.by_site),
    "logrank_by_site": each(stratified.by_site),
    "mixed_model": each(regression.model),
    "gee": each(regression.model),
    "km": lambda results, manifest, preset: [
        table for result in results for table in survival_tables.survival(result, manifest)
    ],
    "cumulative_incidence": lambda results, manifest, preset: [
        table for result in results for table in survival_tables.incidence(result, manifest)
    ],
    "normality": all_in_one(distribution.normality),
}  # fmt: skip


def arms_tables(results: Results, manifest: Manifest, preset: str) -> Iterator[Table]:
    """Two groups at single timepoints, with the description by the same groups where the plan asked for one."""
    described = of_type(results, "describe_by_timepoint")
    for alike in grouped(of_type(results, "mannwhitney"), "by"):
        yield arms.arms(alike, description_for(alike[0], described), manifest, preset)


def description_for(result: Mapping, described: Results) -> Mapping | None:
    """The description by the same groups in the same subset, if the plan asked for one."""
    wanted = (result["entry"]["by"], result["entry"].get("subset") or {})
    matching = (
        other for other in described if (other["entry"].get("by"), other["entry"].get("subset") or {}) == wanted
    )
    return next(matching, None)


def tables_of(results: Results, manifest: Manifest, preset: str) -> Iterator[Table]:
    """Every result once in a table of its type; what is of no known type in a plain one, after the others."""
    for kind, show in SHOWN.items():
        if kind == "mannwhitney_change":
            yield from arms_tables(results, manifest, preset)
        if mine := of_type(results, kind):
            yield from map(leading, show(mine, manifest, preset))
    known = {*SHOWN, "mannwhitney"}
    yield from (leading(plain_table(result, manifest)) for result in results if result["type"] not in known)


def figures_of(key: str, results: Results, manifest: Manifest, preset: str) -> Iterator[Figure]:
    """One figure for each description over time, those of all before those by arm; then the changes and the curves."""
    described = sorted(of_type(results, "describe_by_timepoint"), key=lambda result: bool(result["entry"].get("by")))
    drawn = [figures.over_time("", each, manifest, preset, (source(each),)) for each in described]
    drawn += change_figures.changes("", of_type(results, "wilcoxon_paired"), manifest)
    drawn += [DRAWN[each["type"]]("", each, manifest) for each in results if each["type"] in DRAWN]
    shown = (figure for figure in drawn if figure)
    yield from (replace(figure, id=f"figure-{key}-{index}") for index, figure in enumerate(shown, start=1))


DRAWN: dict[str, Callable[[str, Mapping, Manifest], Figure | None]] = {
    "contrasts_from_baseline": contrasts.change_figure,
    "km": survival_figures.curve,
    "cumulative_incidence": survival_figures.curve,
}
