"""What a plan entry asks, as a phrase that a reader can follow without the plan."""

from collections.abc import Callable, Mapping

from reports import wording
from reports.manifest import Manifest

OPERATORS = {"gt": "above {}", "ge": "{} or more", "lt": "below {}", "le": "{} or less", "eq": "equal to {}"}
WHEN = {"instrument", "timepoint", "pre", "post"}
YES_WHEN = ({"gt": 0}, {"ge": 1}, {"eq": 1})


def span(entry: Mapping, manifest: Manifest) -> str:
    """'at 6 weeks', or 'Preoperative to 1 year'; 'over time' where it names neither."""
    if "timepoint" in entry:
        return manifest.at(entry["timepoint"])
    if "pre" not in entry or "post" not in entry:
        return "over time"
    return f"{manifest.timepoint(entry['pre'])} to {manifest.timepoint(entry['post'])}"


def condition(outcome: Mapping, manifest: Manifest) -> str:
    """A yes/no outcome without its instrument: 'above 0 at 4 h', 'relative reduction 35 % or more, Pre to 1 year'."""
    limits = {name: value for name, value in outcome.items() if name not in WHEN}
    joint = " " if "timepoint" in outcome else ", "
    if manifest.instrument(outcome["instrument"]).is_yes_no and limits in YES_WHEN:
        return f"yes {span(outcome, manifest)}"
    return " and ".join(bound(name, value) for name, value in limits.items()) + joint + span(outcome, manifest)


def answer(outcome: Mapping, manifest: Manifest) -> str:
    """The same without its time: 'opioid use', 'ECOG performance status 1 or more'."""
    instrument = manifest.instrument(outcome["instrument"])
    limits = {name: value for name, value in outcome.items() if name not in WHEN}
    name = wording.within_text(instrument.name)
    if instrument.is_yes_no and limits in YES_WHEN:
        return name
    return f"{name} {' and '.join(bound(limit, value) for limit, value in limits.items())}"


def bound(name: str, value) -> str:
    """'relative_reduction_ge', 0.35 -> 'relative reduction 35 % or more'."""
    what, _, operator = name.rpartition("_")
    shown = f"{wording.short(value * 100, 1)} %" if what.startswith("relative") else wording.short(value, 6)
    limit = OPERATORS[operator].format(shown) if operator in OPERATORS else f"{wording.plain(name)} {shown}"
    return f"{wording.plain(what)} {limit}" if what else limit


def outcome_name(outcome, manifest: Manifest) -> str:
    """What stands in a table's row or column: a covariate's name, or an instrument with its condition."""
    if isinstance(outcome, Mapping):
        return f"{manifest.instrument(outcome['instrument']).name} {condition(outcome, manifest)}"
    return manifest.variable(outcome)


def instrument_of(entry: Mapping) -> str | None:
    """The instrument an entry is about: its own, or that of the yes/no outcome it makes of one."""
    outcome = entry.get("col")
    return entry.get("instrument") or (outcome.get("instrument") if isinstance(outcome, Mapping) else None)


def cut(entry: Mapping) -> str:
    """'above 3' of an entry that carries a comparison of its own; '' where it has none."""
    return " and ".join(bound(name, entry[name]) for name in OPERATORS if name in entry)


def grouped(words: str, entry: Mapping, manifest: Manifest) -> str:
    """The words, and by what."""
    return f"{words} by {manifest.variable(entry['by'])}" if entry.get("by") else words


def crossed(entry: Mapping, manifest: Manifest) -> str:
    """Between the arms, whichever way round the plan wrote it."""
    what, by = (entry["row"], entry["col"]) if entry["col"] == manifest.arm else (entry["col"], entry["row"])
    return f"{outcome_name(what, manifest)} by {outcome_name(by, manifest)}"


def variable(entry: Mapping, manifest: Manifest) -> str:
    return grouped(manifest.variable(entry["var"]), entry, manifest)


def score(entry: Mapping, manifest: Manifest) -> str:
    """'Pain at 6 weeks by group': the instrument, when, between whom."""
    return grouped(f"{manifest.instrument(entry['instrument']).name} {span(entry, manifest)}", entry, manifest)


def between_timepoints(entry: Mapping, manifest: Manifest) -> str:
    return f"{manifest.instrument(entry['instrument']).name} between timepoints"


def adjusted(entry: Mapping, manifest: Manifest) -> str:
    given = wording.listed(["baseline", *map(manifest.variable, entry.get("covariates", []))])
    at = f"{manifest.instrument(entry['instrument']).name} {manifest.at(entry['post'])}"
    return f"{at} by {manifest.variable(entry['group'])}, given {given}"


def since_baseline(entry: Mapping, manifest: Manifest) -> str:
    since = manifest.timepoint(entry["baseline"]) if entry.get("baseline") else "the first timepoint"
    return f"{manifest.instrument(entry['instrument']).name}, each later timepoint against {since}"


def deaths(entry: Mapping, manifest: Manifest) -> str:
    return f"{manifest.instrument(entry['instrument']).name} over time, deaths counted apart"


def responders(entry: Mapping, manifest: Manifest) -> str:
    name, part = manifest.instrument(entry["instrument"]).name, entry.get("relative_improvement_ge")
    enough = wording.short(entry.get("improvement_ge"), 6) if part is None else f"{wording.short(part * 100, 1)} %"
    return grouped(f"{name} better by {enough} or more, {span(entry, manifest)}", entry, manifest)


def direction_of_change(entry: Mapping, manifest: Manifest) -> str:
    name = manifest.instrument(entry["instrument"]).name
    return grouped(f"{name} decreased, stable or increased, {span(entry, manifest)}", entry, manifest)


def paired_yes_no(entry: Mapping, manifest: Manifest) -> str:
    return f"{manifest.instrument(entry['instrument']).name} {cut(entry)}, {span(entry, manifest)}"


def share_of(entry: Mapping, manifest: Manifest) -> str:
    return grouped(outcome_name(entry["col"], manifest), entry, manifest)


def over_levels(entry: Mapping, manifest: Manifest) -> str:
    return f"{outcome_name(entry['col'], manifest)} over the levels of {manifest.variable(entry['row'])}"


def distribution(entry: Mapping, manifest: Manifest) -> str:
    of = manifest.variable(entry["var"]) if entry.get("var") else score(entry, manifest)
    return f"distribution of {of}"


def time_to_event(entry: Mapping, manifest: Manifest) -> str:
    """'Survival by group'; a time to an event under its own name."""
    return grouped(survival_name(entry), entry, manifest)


def survival_name(entry: Mapping) -> str:
    name = entry.get("survival") or (entry.get("times") if isinstance(entry.get("times"), str) else "")
    return wording.plain(name) if name else "survival"


def modelled(entry: Mapping, manifest: Manifest) -> str:
    name = manifest.instrument(entry["instrument"]).name
    with_cut = f"{name} {cut(entry)}" if cut(entry) else name
    given = wording.listed(map(manifest.variable, entry.get("covariates") or []))
    words = grouped(f"{with_cut} over time", entry, manifest)
    return f"{words}, given {given}" if given else words


# How the question of each type is put. A type that is not here is still named, by what it is about.
PHRASES: dict[str, Callable[[Mapping, Manifest], str]] = {
    "crosstab": crossed,
    "crosstab_patient": crossed,
    "mannwhitney_patient_var": variable,
    "describe_patient_var": variable,
    "share_patient_var": variable,
    "kruskal_dunn": between_timepoints,
    "ancova": adjusted,
    "describe_by_timepoint": score,
    "wilcoxon_paired": score,
    "mannwhitney": score,
    "mannwhitney_change": lambda entry, manifest: f"change of {score(entry, manifest)}",
    "kruskal_groups": score,
    "contrasts_from_baseline": since_baseline,
    "deaths_apart": deaths,
    "responders": responders,
    "change_direction": direction_of_change,
    "mcnemar": paired_yes_no,
    "proportion": share_of,
    "trend": over_levels,
    "normality": distribution,
    "km": time_to_event,
    "cumulative_incidence": lambda entry, manifest: f"cumulative incidence of {time_to_event(entry, manifest)}",
    "logrank_by_site": lambda entry, manifest: f"{time_to_event(entry, manifest)}, within sites",
    "van_elteren": lambda entry, manifest: f"{score(entry, manifest)}, within sites",
    "cmh": lambda entry, manifest: f"{crossed(entry, manifest)}, within sites",
    "mixed_model": modelled,
    "gee": modelled,
}  # fmt: skip


def anything(entry: Mapping, manifest: Manifest) -> str:
    """What an entry of an unknown type is about, as far as its keys tell."""
    about = entry.get("instrument") and manifest.instrument(entry["instrument"]).name
    about = about or wording.plain(str(entry.get("var") or entry.get("row") or ""))
    kind = wording.plain(entry["type"])
    return grouped(f"{about}: {kind}" if about else kind, entry, manifest)


def question(entry: Mapping, manifest: Manifest) -> str:
    """The entry as a phrase, with the subset that it is about."""
    only = manifest.subset(entry.get("subset"))
    words = PHRASES.get(entry["type"], anything)(entry, manifest)
    return f"{wording.heading(words)}{f' ({only})' if only else ''}"
