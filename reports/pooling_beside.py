"""Under each table of a pooled report: its questions within sites, and each site's own effect in two stages. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import count

from reports import forest_words, phrases
from reports.forest import forests
from reports.layout import Beside, Report, Section, Table
from reports.manifest import Manifest

STRATIFIED, TWO_STAGE = "Within sites", "Each site, then all as one"


class OverSites:
    """What stands beside the results of one sum, put once under the first table that shows each."""

    def __init__(self, results: Sequence[Mapping], manifest: Manifest):
        self.results = {result["analysis_id"]: result for result in results}
        self.manifest, self.placed, self.plots = manifest, set(), count(1)

    def within(self, report: Report) -> Report:
        """The report with it folded under its tables."""
        paper = tuple(map(self.section, report.paper))
        patients = report.patients and self.section(report.patients)
        return replace(report, paper=paper, patients=patients, sections=tuple(map(self.section, report.sections)))

    def section(self, section: Section) -> Section:
        return replace(section, tables=tuple(map(self.table, section.tables)))

    def table(self, table: Table) -> Table:
        """The table with what stands beside its own results, and beside those that are folded under it already."""
        number = count(1 + sum(len(part.tables) for part in table.beside))
        mine = self.parts(table, table, number)
        folded = [each for part in table.beside for inner in part.tables for each in self.parts(inner, table, number)]
        return replace(table, beside=(*mine, *table.beside, *folded))

    def parts(self, shown: Table, under: Table, number: Iterator[int]) -> list[Beside]:
        found = []
        for name in (source.label for source in shown.sources):
            if name in self.results and name not in self.placed:
                self.placed.add(name)
                found.append(self.part(self.results[name]))
        return [numbered(part, under, number) for part in found if part]

    def alone(self, result: Mapping) -> Beside | None:
        """What stands beside one result on its own page."""
        part = self.part(result)
        return part and replace(
            part, tables=tuple(replace(each, number=place) for place, each in enumerate(part.tables, start=101))
        )

    def part(self, result: Mapping) -> Beside | None:
        """What stands beside one result, be it why nothing does: no p stands alone. None where it compares nothing."""
        within, stages = parts_of(result)
        if refused(within) and refused(stages) and not has_p(result["payload"]):
            return None
        drawn = forests(f"forest-{len(self.placed)}", result, stages, self.manifest)
        figures = tuple(replace(figure, label=f"Forest plot {next(self.plots)}") for figure in drawn)
        return Beside(
            question=f"{phrases.question(result['entry'], self.manifest)}: over the sites",
            words=" ".join(sentences(result, within, stages, self.manifest)),
            tables=tuple(tables(result, stages, self.manifest)),
            unasked=tuple(unasked(within, stages)),
            figures=figures,
        )


def parts_of(result: Mapping) -> tuple[Mapping, Mapping]:
    """(stratified, two stages) of a result's envelope."""
    found = result["envelope"].get("beside", {})
    return found.get("stratified") or {}, found.get("two_stage") or {}


def has_p(payload: object) -> bool:
    """Whether a p stands anywhere in a payload."""
    if isinstance(payload, Mapping):
        return payload.get("p") is not None or any(map(has_p, payload.values()))
    return isinstance(payload, list) and any(map(has_p, payload))


def refused(payload: Mapping) -> bool:
    return not payload or "not_estimable" in payload


def sentences(result: Mapping, within: Mapping, stages: Mapping, manifest: Manifest) -> Iterator[str]:
    if not refused(within):
        yield from forest_words.stratified_sentences(result, within, manifest)
    for effect in stages.get("effects", ()):
        yield forest_words.two_stage_sentence(result, effect, manifest)


def tables(result: Mapping, stages: Mapping, manifest: Manifest) -> Iterator[Table]:
    for effect in stages.get("effects", ()):
        yield forest_words.two_stage_table(result, effect, manifest)


def unasked(within: Mapping, stages: Mapping) -> Iterator[tuple[str, str]]:
    for words, payload in ((STRATIFIED, within), (TWO_STAGE, stages)):
        if refused(payload):
            yield words, payload.get("not_estimable", "nothing was computed")


def numbered(part: Beside, under: Table, number: Iterator[int]) -> Beside:
    """Its tables numbered within the table that it stands under: 3.4."""
    return replace(part, tables=tuple(replace(each, number=f"{under.number}.{next(number)}") for each in part.tables))
