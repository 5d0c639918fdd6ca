"""The methods of a report in journal English: written from the manifest, the results and the preset. Pure.

No test is named that was not run, and no convention that no number depends on.
"""

from collections.abc import Iterator, Mapping, Sequence

from outcomes import presets
from reports import phrases, wording
from reports.manifest import Instrument, Manifest
from reports.testing import additional, main_tests

UNIT_WORDS = {
    "patient": "The patient was the unit of analysis.",
    "procedure": "The procedure was the unit of analysis.",
    "fracture": "The fracture was the unit of analysis; a patient may have more than one.",
}
STOPS = ".:;"


def methods(manifest: Manifest, results: Sequence[Mapping], asides: Sequence[Mapping], preset: str) -> tuple[str, ...]:
    """Paragraphs: patients, outcomes, missing data, statistics, sensitivity, program. results: the main analyses."""
    everything = [*results, *asides]
    parts = (
        patients(manifest),
        outcomes_measured(manifest, everything),
        missing_data(manifest),
        statistics(manifest, results, preset),
        additional(manifest, asides, preset),
        program(manifest, everything, preset),
    )
    return tuple(filter(None, (" ".join(filter(None, part)) for part in parts)))


def patients(manifest: Manifest) -> Iterator[str]:
    """Whose data, from where, who was in, how they were grouped."""
    raw = manifest.raw
    studies = wording.listed(study["name"] for study in raw.get("studies", []))
    sites = raw.get("sites", [])
    where = f"{'the site' if len(sites) == 1 else 'the sites'} {wording.listed(map(wording.heading, sites))}"
    yield f"This is an analysis of patients recorded in a registry ({studies}) at {where}."
    if manifest.is_synthetic:
        yield "The data are synthetic: no number describes a real patient."
    yield whose(raw)
    yield criteria(raw.get("flow", {}))
    yield UNIT_WORDS.get(raw.get("unit", "procedure"), "")
    yield groups(manifest)


def whose(raw: Mapping) -> str:
    """The rule's first part: which procedures of which patients."""
    rule = raw.get("cohort", {}).get("rule", {})
    if rule.get("procedures") == "all":
        return "All recorded procedures of patients who had not been withdrawn were considered."
    return "The index procedure of every enrolled patient who had not been withdrawn was considered."


def criteria(flow: Mapping) -> str:
    """The conditions in the order in which they were asked."""
    steps = [f"{each['criterion'].rstrip(STOPS)}" for each in flow.get("steps", [])]
    if not steps:
        return ""
    return f"Of these, those were analysed who met every condition, in this order: {'; '.join(steps)}."


def groups(manifest: Manifest) -> str:
    if not manifest.arm:
        return ""
    levels = manifest.raw.get("covariates", {}).get(manifest.arm, {}).get("levels") or []
    named = wording.listed(manifest.level(manifest.arm, level) for level in levels)
    return f"Groups were compared by {manifest.variable(manifest.arm)}{f' ({named})' if named else ''}."


def outcomes_measured(manifest: Manifest, results: Sequence[Mapping]) -> Iterator[str]:
    """The instruments that were analysed, and when they were asked."""
    used = dict.fromkeys(filter(None, (phrases.instrument_of(each["entry"]) for each in results)))
    known = [manifest.instrument(key) for key in manifest.instruments if key in used]
    if known:
        yield f"Outcomes were {wording.listed_apart(map(described, known))}."
    times = [when(each) for each in sorted(manifest.raw.get("timepoints", []), key=lambda each: each["order"])]
    if known and times:
        yield f"The schedule asks for them at {len(times)} timepoints: {'; '.join(times)}."
    names = [wording.plain(name) for name in used_times(results)]
    if names:
        yield f"Times to an event were counted from the index procedure: {wording.listed(names)}."


def used_times(results: Sequence[Mapping]) -> list[str]:
    kinds = ("km", "cumulative_incidence", "logrank_by_site")
    return list(dict.fromkeys(phrases.survival_name(each["entry"]) for each in results if each["type"] in kinds))


def described(instrument: Instrument) -> str:
    """'pain (VAS / NRS) (version 1; 0 to 10 points; lower is better; ...)'."""
    scale = instrument.scale.replace(" grade", "", 1)
    told = [f"version {instrument.version}" if instrument.version else "", scale]
    told.append(wording.direction(instrument.direction))
    if instrument.mcid:
        told.append(f"smallest difference that matters, {wording.short(instrument.mcid, 6)}")
    if instrument.status == "draft":
        told.append("draft definition: the range is the one observed")
    name, within = wording.within_text(instrument.name), "; ".join(filter(None, told))
    return f"{name} ({within})"


def when(timepoint: Mapping) -> str:
    """'6 weeks (day 42, window day 28 to 56)'."""
    told = []
    if timepoint.get("target_day") is not None and timepoint.get("kind") != "baseline":
        told.append(f"day {timepoint['target_day']}")
    if window := timepoint.get("window"):
        told.append(f"window day {wording.short(window[0], 0)} to {wording.short(window[1], 0)}")
    within = ", ".join(told)
    return f"{timepoint['label']} ({within})" if within else timepoint["label"]


def missing_data(manifest: Manifest) -> Iterator[str]:
    yield (
        "No missing value was replaced. Each analysis uses those with the values that it needs, and each table gives "
        "its denominators."
    )
    if any(why for at in manifest.raw.get("missing", {}).values() for why in at.values()):
        yield "Missing values are counted by their coded reason; death is kept apart from other reasons."


def statistics(manifest: Manifest, results: Sequence[Mapping], preset: str) -> Iterator[str]:
    """How numbers are described, the tests that were run with their conventions, and what was done about many."""
    kinds = {each["type"] for each in results}
    if kinds & {"describe_by_timepoint", "describe_patient_var"}:
        yield (
            "Numbers and scores are described by the median and the first and third quartile "
            f"({presets.quartile_rule(preset)}), with the mean and the standard deviation beside them."
        )
    if kinds & {"share_patient_var", "proportion", "crosstab", "crosstab_patient", "responders", "change_direction"}:
        yield (
            "Categories are described by counts and percentages of those with a known value; intervals of shares are "
            "exact (Clopper-Pearson) at 95 %."
        )
    yield from main_tests(manifest, results, preset)


def program(manifest: Manifest, results: Sequence[Mapping], preset: str) -> Iterator[str]:
    """What computed the numbers, from which data."""
    envelope = results[0]["envelope"] if results else {}
    if not envelope:
        return
    about = presets.PRESETS.get(preset, "")
    yield (
        f"Analyses followed the plan {envelope.get('plan', '')} and were computed by Promontory "
        f"{envelope.get('program_version', '')} under the preset {preset} ({about})."
    )
    libraries = [
        f"{LIBRARY_NAMES.get(name, name)} {version}" for name, version in envelope.get("libraries", {}).items()
    ]
    if libraries:
        yield f"Distributions and models are those of {wording.listed(sorted(libraries, key=str.lower))}."
    if manifest.raw.get("pooling"):
        yield (
            "Each site counted its own rows by the same spec; all numbers come from the sum of the signed tables "
            f"(SHA-256 of spec and tables {envelope.get('freeze', '')})."
        )
        return
    version = manifest.raw.get("cohort", {}).get("version", 1)
    yield (
        f"All numbers come from one freeze of the data (cohort definition version {version}; SHA-256 "
        f"{envelope.get('freeze', '')})."
    )


LIBRARY_NAMES = {"numpy": "NumPy", "scipy": "SciPy", "statsmodels": "statsmodels"}
