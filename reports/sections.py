"""Results -> the sections of a report: the patients, each instrument, the times to events."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from reports import comparisons, kinds, phrases, profile, wording
from reports.layout import Section, Table
from reports.manifest import Manifest

UNDIRECTED_WARNING = (
    "The direction of this instrument is unspecified. Changes are given as decreased and increased; "
    "which of them is better is not known to this program."
)
TIMES = ("km", "cumulative_incidence", "logrank_by_site")


def by_instrument(results: Sequence[Mapping], manifest: Manifest) -> dict[str, list[Mapping]]:
    """Instrument -> its results, in the manifest's order; then those that only a result names."""
    found: dict[str, list[Mapping]] = {key: [] for key in manifest.instruments}
    for result in results:
        if key := phrases.instrument_of(result["entry"]):
            found.setdefault(key, []).append(result)
    return {key: mine for key, mine in found.items() if mine}


def about_instrument(key: str, results: Sequence[Mapping], manifest: Manifest, preset: str) -> Section:
    """All about one instrument."""
    instrument = manifest.instrument(key)
    if instrument.part_of:
        instrument = replace(instrument, part_of=manifest.instrument(instrument.part_of).name)
    return Section(
        id=f"instrument-{key}",
        title=instrument.name,
        instrument=instrument,
        direction=wording.direction(instrument.direction),
        warning=UNDIRECTED_WARNING if instrument.is_undirected and not instrument.is_yes_no else "",
        figures=tuple(kinds.figures_of(key, results, manifest, preset)),
        tables=tuple(kinds.tables_of(results, manifest, preset)),
    )


def about_patients(results: Sequence[Mapping], manifest: Manifest, preset: str) -> Section | None:
    """What is about no instrument and no time: Table 1, and the other tables of patients' variables."""
    mine = [each for each in results if not phrases.instrument_of(each["entry"]) and each["type"] not in TIMES]
    found = characteristics(mine, manifest, preset)
    shown = profiled(mine)
    first = [each for each in mine if comparisons.is_characteristic(each, manifest) or each in shown]
    found += kinds.tables_of([each for each in mine if each not in first], manifest, preset)
    return Section(id="patients", title="Patients", tables=tuple(found)) if found else None


def profiled(results: Sequence[Mapping]) -> list[Mapping]:
    """What stands in Tables 1 and 2: descriptions of patients' variables, and the tests of the groups they are by."""
    who = [result for result in results if result["type"] in profile.KINDS]
    by = {(each["entry"]["var"], each["entry"].get("by")) for each in who if not each["entry"].get("subset")}
    return [*who, *(test for pair, test in profile.tests_of(results).items() if pair in by)]


def characteristics(results: Sequence[Mapping], manifest: Manifest, preset: str) -> list[Table]:
    """Tables 1 and 2: who the patients were, what was done, and how the arms differ."""
    shown = profiled(results)
    who = [result for result in shown if result["type"] in profile.KINDS]
    compared = [each for each in results if comparisons.is_characteristic(each, manifest) and each not in shown]
    found = profile.profiles(who, manifest, preset, profile.tests_of(results)) if who else []
    return [*found, *([comparisons.characteristics(compared, manifest, preset)] if compared else [])]


def about_times(results: Sequence[Mapping], manifest: Manifest, preset: str) -> Section | None:
    """Survival and other times to an event."""
    mine = [result for result in results if result["type"] in TIMES]
    if not mine:
        return None
    return Section(
        id="times",
        title="Time to event",
        figures=tuple(kinds.figures_of("times", mine, manifest, preset)),
        tables=tuple(kinds.tables_of(mine, manifest, preset)),
    )


def of_one(result: Mapping, manifest: Manifest, preset: str) -> Section:
    """The section of a single result's page."""
    if key := phrases.instrument_of(result["entry"]):
        return about_instrument(key, [result], manifest, preset)
    about = about_times([result], manifest, preset) or about_patients([result], manifest, preset)
    return about or Section(id="result", title="Result")
