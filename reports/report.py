"""Results and a manifest -> the pages' content: the report of a cohort, and the page of a single result. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import count

from outcomes import presets
from outcomes.plans.overview import OVERVIEW
from reports import beside, paper, paper_figures, phrases, plan_entry, questions, sections, tables, wording
from reports.flow import flow_of
from reports.layout import Asked, Header, Report, ResultPage, Section, Table, source
from reports.limits import limits
from reports.manifest import Manifest
from reports.methods import methods
from reports.narrative import in_words, results_in_words


def build(
    manifest_json: Mapping, results: Sequence[Mapping], plan: Mapping | None = None, listing: Table | None = None
) -> Report:
    """The report of one freeze from its results, in their plan's order; a plan's own tables and figures come first.

    Each result is a mapping with id, analysis_id, type, entry, payload, envelope, and where they have pages page_url
    and api_url. All results must be of the freeze whose manifest this is. What stands beside a published analysis is
    folded under its first table.
    """
    manifest, preset, number = Manifest(manifest_json), preset_of(results), Numbering()
    mains, asides = beside.apart(results, manifest, preset)
    about = sections.by_instrument(mains, manifest)
    asked = tuple(found for result in results for found in questions.asked(result, manifest, preset))

    def shown(section: Section | None) -> Section | None:
        return number.section(asides.within(section))

    # Numbered in the order in which they are shown.
    printed = tuple(map(shown, paper.sections_of(plan or {}, mains, manifest, preset)))
    patients = shown(sections.about_patients(mains, manifest, preset))
    missing = number.table(tables.missing(manifest, [*about]))
    times = sections.about_times(mains, manifest, preset)
    beside_all = [each for each in results if each not in mains]
    body = [sections.about_instrument(key, mine, manifest, preset) for key, mine in about.items()]
    return Report(
        header=header_of(manifest, results),
        flow=flow_of(manifest),
        patients=patients,
        missing=missing,
        sections=tuple(map(shown, paper_figures.not_again(printed, [*body, *([times] if times else [])]))),
        asked=asked,
        asked_words=asked_words(asked),
        paper=printed,
        left_out_of_plan=left_out_of_plan(results, manifest),
        title=title_of(manifest, plan or {}),
        methods=methods(manifest, mains, beside_all, preset),
        results=results_in_words(manifest, mains, asides.by_main, preset),
        limits=limits(manifest, mains, beside_all, preset),
        listing=number.table(listing),
    )


def title_of(manifest: Manifest, plan: Mapping) -> str:
    """The cohort's name, and the plan's where it is no overview."""
    cohort = manifest.raw.get("cohort", {}).get("name", "")
    words = plan.get("title") or plan.get("name") or ""
    return f"{cohort}. {words}" if words not in ("", cohort) and not words.endswith(OVERVIEW) else cohort


def build_one(manifest_json: Mapping, result: Mapping, asides: Sequence[Mapping] = ()) -> ResultPage:
    """The page of one result, with what stands beside it; the mappings as for build."""
    manifest, preset = Manifest(manifest_json), preset_of([result])
    _, found = beside.apart([result, *asides], manifest, preset)
    return ResultPage(
        title=phrases.question(result["entry"], manifest),
        kind=plan_entry.NAMES.get(result["type"], wording.heading(result["type"])),
        header=header_of(manifest, [result]),
        section=Numbering().section(found.within(sections.of_one(result, manifest, preset))),
        asked=tuple(questions.asked(result, manifest, preset)),
        numbers=tuple(leaves(result["payload"])),
        entry=tuple(leaves(result["entry"])),
        source=source(result),
        words=in_words(result, manifest, preset),
    )


def left_out_of_plan(results: Sequence[Mapping], manifest: Manifest) -> tuple[tuple[str, str], ...]:
    """(analysis, why) of what a plan asks for and the cohort does not have."""
    found = next((result["envelope"].get("left_out_of_plan") for result in results), None) or []
    return tuple((wording.plain(each["id"]), each["reason"]) for each in found)


def preset_of(results: Sequence[Mapping]) -> str:
    return next((result["envelope"].get("preset", "modern") for result in results), "modern")


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
        preset_words=presets.PRESETS.get(preset, ""),
        program_version=envelope.get("program_version", ""),
        plan=envelope.get("plan", ""),
        is_synthetic=manifest.is_synthetic,
    )


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
        """The next number; what stands beside it is numbered within it: 3.1, 3.2."""
        if table is None:
            return None
        number, within = table.number or next(self.tables), count(1)
        parts = tuple(
            replace(part, tables=tuple(replace(each, number=f"{number}.{next(within)}") for each in part.tables))
            for part in table.beside
        )
        return replace(table, number=number, beside=parts)

    def section(self, section: Section | None) -> Section | None:
        if section is None:
            return None
        drawn = tuple(replace(figure, number=figure.number or next(self.figures)) for figure in section.figures)
        return replace(section, figures=drawn, tables=tuple(map(self.table, section.tables)))
