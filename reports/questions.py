"""What a plan entry asks, in words, and every p-value that its result answered with."""

from collections.abc import Mapping

from reports import conventions, wording
from reports.layout import Asked, source
from reports.manifest import Manifest

OPERATORS = {"gt": "above {}", "ge": "{} or more", "lt": "below {}", "le": "{} or less", "eq": "equal to {}"}
YES_WHEN = ({"gt": 0}, {"ge": 1}, {"eq": 1})


def instrument_of(entry: Mapping) -> str | None:
    """The instrument an entry is about: its own, or that of the yes/no outcome it makes of one."""
    outcome = entry.get("col")
    return entry.get("instrument") or (outcome.get("instrument") if isinstance(outcome, Mapping) else None)


def span(entry: Mapping, manifest: Manifest) -> str:
    """'at 6 weeks', or 'Preoperative to 1 year'."""
    if "timepoint" in entry:
        return f"at {manifest.timepoint(entry['timepoint'])}"
    return f"{manifest.timepoint(entry['pre'])} to {manifest.timepoint(entry['post'])}"


def condition(outcome: Mapping, manifest: Manifest) -> str:
    """A yes/no outcome without its instrument: 'above 0 at 4 h', 'relative reduction 35 % or more, Pre to 1 year'."""
    when = {"instrument", "timepoint", "pre", "post"}
    limits = {name: value for name, value in outcome.items() if name not in when}
    joint = " " if "timepoint" in outcome else ", "
    if manifest.instrument(outcome["instrument"]).is_yes_no and limits in YES_WHEN:
        return f"yes {span(outcome, manifest)}"
    return " and ".join(bound(name, value) for name, value in limits.items()) + joint + span(outcome, manifest)


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
    return wording.plain(outcome)


def question(entry: Mapping, manifest: Manifest) -> str:
    """The entry as a phrase a reader can follow without the plan."""
    kind, only = entry["type"], wording.subset(entry.get("subset"))
    if kind.startswith("crosstab"):
        # Between the arms, whichever way round the plan wrote it.
        what, by = (entry["row"], entry["col"]) if entry["col"] == manifest.arm else (entry["col"], entry["row"])
        asked = f"{outcome_name(what, manifest)} by {outcome_name(by, manifest)}"
    elif kind == "mannwhitney_patient_var":
        asked = f"{wording.plain(entry['var'])} by {wording.plain(entry['by'])}"
    else:
        asked = " ".join([manifest.instrument(entry["instrument"]).name, *about_scores(entry, manifest)])
    return f"{wording.heading(asked)}{f' ({only})' if only else ''}"


def about_scores(entry: Mapping, manifest: Manifest) -> list[str]:
    """The rest of the question about an instrument."""
    kind = entry["type"]
    if kind == "ancova":
        adjusted = wording.listed(map(wording.plain, ["baseline", *entry.get("covariates", [])]))
        return [span({"timepoint": entry["post"]}, manifest), f"by {wording.plain(entry['group'])}, given {adjusted}"]
    if kind == "kruskal_dunn":
        return ["between timepoints"]
    parts = [span(entry, manifest)] if {"timepoint", "pre"} & set(entry) else ["over time"]
    return [*parts, f"by {wording.plain(entry['by'])}"] if entry.get("by") else parts


def asked(result: Mapping, manifest: Manifest, preset: str) -> list[Asked]:
    """Every p-value of a result, as the preset quotes it; empty for descriptions and refusals."""
    entry, payload, origin = result["entry"], result["payload"], source(result)
    if wording.not_estimable(payload):
        return []
    words, kind = question(entry, manifest), result["type"]
    if kind == "kruskal_dunn":
        return over_visits(words, payload, manifest, preset, origin)
    if kind == "ancova":
        return [Asked(question=words, test="ANCOVA", n=str(payload["n"]), p=payload["p"], source=origin)]
    if kind == "wilcoxon_paired":
        quoted, n = conventions.signed_rank(payload, preset), f"{payload['n_pairs']} pairs"
    elif kind.startswith("mannwhitney"):
        quoted, n = conventions.mann_whitney(payload, preset), f"{payload['n1']} and {payload['n2']}"
    elif kind.startswith("crosstab") and "chi2" in payload:
        quoted, n = conventions.crosstab(payload, preset), str(total(payload["table"]))
    else:
        return []
    return [Asked(question=words, test=quoted.test, n=n, p=quoted.p, source=origin)]


def over_visits(words: str, payload: Mapping, manifest: Manifest, preset: str, origin) -> list[Asked]:
    """Kruskal-Wallis, each of Dunn's pairs, and Friedman."""
    everyone = " / ".join(str(payload["n"][code]) for code in manifest.in_order(payload["n"]))
    found = [Asked(question=words, test="Kruskal-Wallis test", n=everyone, p=payload.get("p"), source=origin)]
    for pair in payload.get("dunn") or []:
        if wording.not_estimable(pair):
            continue
        quoted = conventions.dunn(pair, preset)
        adjusted = {"adjusted": quoted.p, "adjustment": "Holm"} if quoted.test.endswith("Holm's adjustment") else {}
        between = f"{words}: {manifest.timepoint(pair['a'])} and {manifest.timepoint(pair['b'])}"
        sizes = [pair.get(f"n_{side}", payload["n"][pair[side]]) for side in "ab"]
        p = pair["p"] if adjusted else quoted.p
        test = "Dunn's test" if adjusted else quoted.test
        found.append(Asked(question=between, test=test, n=f"{sizes[0]} and {sizes[1]}", p=p, source=origin, **adjusted))
    friedman = payload.get("friedman_complete_cases") or {}
    if "p" in friedman:
        test = "Friedman test, complete cases"
        found.append(Asked(question=words, test=test, n=str(friedman["n"]), p=friedman["p"], source=origin))
    return found


LEFT_OUT = {
    "baseline_zero": "with 0 at the earlier timepoint",
    "baseline_below_zero": "below 0 at the earlier timepoint",
    "incomplete": "without a value at every timepoint",
}


def left_out(payload: Mapping, manifest: Manifest) -> str:
    """'Left out: 100 without a value at 12 months.'; empty where nobody was."""
    found = {code: n for code, n in payload.get("left_out", {}).items() if n}
    if not found:
        return ""
    return f"Left out: {wording.listed(f'{n} {left_out_reason(code, manifest)}' for code, n in found.items())}."


def left_out_reason(code: str, manifest: Manifest) -> str:
    if code.startswith("no_value_at_"):
        return f"without a value at {manifest.timepoint(code.removeprefix('no_value_at_'))}"
    return LEFT_OUT.get(code) or f"without a known {wording.plain(code.removeprefix('no_'))}"


def total(table: Mapping[str, Mapping[str, int]]) -> int:
    """Everyone in a table of counts."""
    return sum(n for row in table.values() for n in row.values())
