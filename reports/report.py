"""Results and a manifest -> the pages' content: the report of a cohort, and the page of a single result. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import count

from reports import comparisons, conventions, figures, phrases, questions, tables, wording
from reports.layout import Asked, Figure, Flow, Header, Report, ResultPage, Section, Table, source
from reports.manifest import Manifest

UNDIRECTED_WARNING = (
    "The direction of this instrument is unspecified. Changes are given as decreased and increased; "
    "which of them is better is not known to this program."
)


def build(manifest_json: Mapping, results: Sequence[Mapping]) -> Report:
    """The report of one freeze from its results, in their plan's order.

    Each result is a mapping with id, analysis_id, type, entry, payload, envelope, and where they have pages page_url
    and api_url. All results must be of the freeze whose manifest this is.
    """
    manifest, preset, number = Manifest(manifest_json), preset_of(results), Numbering()
    about = by_instrument(results, manifest)
    asked = tuple(found for result in results for found in questions.asked(result, manifest, preset))
    # Numbered in the order in which they are shown.
    patients = number.section(patients_section(results, manifest, preset))
    missing = number.table(tables.missing(manifest, [*about]))
    sections = tuple(number.section(section_of(key, mine, manifest, preset)) for key, mine in about.items())
    return Report(
        header=header_of(manifest, results),
        flow=flow_of(manifest),
        patients=patients,
        missing=missing,
        sections=sections,
        asked=asked,
        asked_words=asked_words(asked),
    )


def build_one(manifest_json: Mapping, result: Mapping) -> ResultPage:
    """The page of one result; the mapping as for build."""
    manifest, preset = Manifest(manifest_json), preset_of([result])
    key = phrases.instrument_of(result["entry"])
    section = section_of(key, [result], manifest, preset) if key else patients_section([result], manifest, preset)
    return ResultPage(
        title=phrases.question(result["entry"], manifest),
        kind=wording.plain(result["type"]),
        header=header_of(manifest, [result]),
        section=Numbering().section(section),
        asked=tuple(questions.asked(result, manifest, preset)),
        numbers=tuple(leaves(result["payload"])),
        entry=tuple(leaves(result["entry"])),
        source=source(result),
    )


def preset_of(results: Sequence[Mapping]) -> str:
    return next((result["envelope"].get("preset", "modern") for result in results), "modern")


def by_instrument(results: Sequence[Mapping], manifest: Manifest) -> dict[str, list[Mapping]]:
    """Instrument -> its results, in the manifest's order; then those that only a result names."""
    found: dict[str, list[Mapping]] = {key: [] for key in manifest.instruments}
    for result in results:
        if key := phrases.instrument_of(result["entry"]):
            found.setdefault(key, []).append(result)
    return {key: mine for key, mine in found.items() if mine}


def header_of(manifest: Manifest, results: Sequence[Mapping]) -> Header:
    """The envelope they share; an empty one where there is no result yet."""
    raw, envelope = manifest.raw, results[0]["envelope"] if results else {}
    digest, preset = envelope.get("freeze", ""), envelope.get("preset", "modern")
    return Header(
        cohort=raw.get("cohort", {}).get("name", ""),
        studies=tuple(study["name"] for study in raw.get("studies", [])),
        sites=tuple(raw.get("sites", [])),
        digest=digest,
        short_digest=wording.short_digest(digest),
        computed=wording.moment(max((result["envelope"].get("computed_at") or "" for result in results), default="")),
        preset=preset,
        preset_words=conventions.PRESETS.get(preset, ""),
        program_version=envelope.get("program_version", ""),
        plan=envelope.get("plan", ""),
        is_synthetic=manifest.is_synthetic,
    )


def flow_of(manifest: Manifest) -> Flow:
    raw = manifest.raw.get("flow", {})
    return Flow(
        enrolled=raw.get("enrolled", 0),
        left_out=tuple((wording.plain(each["reason"]), each["n"]) for each in raw.get("left_out", [])),
        patients=raw.get("patients", 0),
        procedures=raw.get("procedures", 0),
        unit=manifest.raw.get("unit", "procedure"),
    )


def section_of(key: str, results: Sequence[Mapping], manifest: Manifest, preset: str) -> Section:
    """All about one instrument."""
    instrument = manifest.instrument(key)
    return Section(
        id=f"instrument-{key}",
        title=instrument.name,
        instrument=instrument,
        direction=wording.direction(instrument.direction),
        warning=UNDIRECTED_WARNING if instrument.is_undirected and not instrument.is_yes_no else "",
        figures=tuple(figures_of(key, results, manifest, preset)),
        tables=tuple(tables_of(results, manifest, preset)),
    )


def figures_of(key: str, results: Sequence[Mapping], manifest: Manifest, preset: str) -> Iterator[Figure]:
    """One figure for each subset described, by arm where that was asked."""
    drawn: dict[str, Mapping] = {}
    for result in of_type(results, "describe_by_timepoint"):
        only = wording.subset(result["entry"].get("subset"))
        if only not in drawn or result["entry"].get("by"):
            drawn[only] = result
    for index, result in enumerate(drawn.values(), start=1):
        figure = figures.over_time(f"figure-{key}-{index}", result, manifest, preset, (source(result),))
        if figure:
            yield figure


def tables_of(results: Sequence[Mapping], manifest: Manifest, preset: str) -> Iterator[Table]:
    """An instrument's tables: description, changes, visits, arms, yes/no outcomes, models."""
    described = of_type(results, "describe_by_timepoint")
    yield from (tables.longitudinal(result, manifest, preset) for result in described)
    if changes := of_type(results, "wilcoxon_paired"):
        yield tables.paired(changes, manifest, preset)
    yield from (tables.visits(result, manifest, preset) for result in of_type(results, "kruskal_dunn"))
    for alike in grouped(of_type(results, "mannwhitney"), "by"):
        yield tables.arms(alike, description_for(alike[0], described), manifest, preset)
    crossed = of_type(results, "crosstab")
    for alike in grouped([result for result in crossed if comparisons.is_yes_no(result)], "row"):
        yield comparisons.outcomes(alike, manifest, preset)
    yield from (comparisons.crosstab(each, manifest, preset) for each in crossed if not comparisons.is_yes_no(each))
    for alike in grouped(of_type(results, "ancova"), "group"):
        yield comparisons.ancova(alike, manifest)


def of_type(results: Sequence[Mapping], kind: str) -> list[Mapping]:
    return [result for result in results if result["type"] == kind]


def grouped(results: Sequence[Mapping], name: str) -> list[list[Mapping]]:
    """Results that fit in one table: the same groups, for rank tests also the same subset."""
    alike: dict[tuple, list[Mapping]] = {}
    for result in results:
        only = wording.subset(result["entry"].get("subset")) if name == "by" else ""
        alike.setdefault((str(result["entry"][name]), only), []).append(result)
    return list(alike.values())


def description_for(result: Mapping, described: Sequence[Mapping]) -> Mapping | None:
    """The description by the same groups in the same subset, if the plan asked for one."""
    wanted = (result["entry"]["by"], result["entry"].get("subset") or {})
    matching = (each for each in described if (each["entry"].get("by"), each["entry"].get("subset") or {}) == wanted)
    return next(matching, None)


def patients_section(results: Sequence[Mapping], manifest: Manifest, preset: str) -> Section | None:
    """What is about no instrument: Table 1 by arm, and the other tables of patients' variables."""
    mine = [result for result in results if not phrases.instrument_of(result["entry"])]
    first = [result for result in mine if comparisons.is_characteristic(result, manifest)]
    rest = [result for result in mine if result not in first]
    found = [comparisons.characteristics(first, manifest, preset)] if first else []
    found += [comparisons.crosstab(each, manifest, preset) for each in rest if each["type"].startswith("crosstab")]
    found += [comparisons.patient_number(each, manifest, preset) for each in of_type(rest, "mannwhitney_patient_var")]
    return Section(id="patients", title="Patients", tables=tuple(found)) if found else None


def asked_words(asked: Sequence[Asked]) -> str:
    """How many questions, and what that means for a p-value below 0.05."""
    if not asked:
        return "This report asked no question that a p-value answers."
    tests = wording.counted(len(asked), "question")
    by_chance = wording.short(len(asked) * 0.05, 1)
    return (
        f"This report asked {tests}; unadjusted, about {by_chance} of them would give p < 0.05 if nothing differed. "
        "Adjusted p-values stand beside the raw ones where a family of pairs was adjusted."
    )


def leaves(value, path: str = "") -> Iterator[tuple[str, str]]:
    """Every number and text of a JSON value with its path, unrounded."""
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield from leaves(inner, f"{path}.{name}" if path else str(name))
    elif isinstance(value, list | tuple):
        for index, inner in enumerate(value):
            yield from leaves(inner, f"{path}[{index}]")
    else:
        yield path, wording.ABSENT if value is None else str(value)


class Numbering:
    """Gives tables and figures their numbers in the order in which they are shown."""

    def __init__(self):
        self.tables, self.figures = count(1), count(1)

    def table(self, table: Table | None) -> Table | None:
        return table and replace(table, number=next(self.tables))

    def section(self, section: Section | None) -> Section | None:
        if section is None:
            return None
        drawn = tuple(replace(figure, number=next(self.figures)) for figure in section.figures)
        return replace(section, figures=drawn, tables=tuple(map(self.table, section.tables)))
