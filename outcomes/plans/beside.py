"""What a statistical reviewer would ask for beside each published analysis: one rule for each type, and nothing twice.

A rule only asks for what the manifest can answer: which way is better, by how many points, which groups. Where it
cannot, what is left unasked has a reason in words.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from decimal import Decimal

from outcomes.analyses import TYPES
from outcomes.plans.overview import is_yes_no, timepoints_of
from outcomes.stats.documents import canonical

SEPARATOR = "__"
BETTER = {"lower_better": "lower", "higher_better": "higher"}
# A fall by 30 % of the first value is a convention of pain and disability scales that begin at 0 (Farrar JT, Pain
# 2001;94:149-58; Ostelo RW, Spine 2008;33:90-4). Short scales of grades have no such rule.
ENOUGH_OF_BASELINE = 0.3
SHORTEST_FOR_SHARE = 10
# An ANCOVA takes a score as a number; from so many steps on that is a fair reading of it.
FEWEST_STEPS_FOR_ANCOVA = 10


@dataclass(frozen=True, kw_only=True)
class Unasked:
    """Something that a reviewer may look for beside an analysis and that is not computed, and why."""

    what: str
    why: str


Asked = tuple[str, dict]  # what it is called, and the entry's keys
Rule = Callable[[Mapping, Mapping], Iterator[Asked | Unasked]]


def with_beside(plan: Mapping, manifest: Mapping) -> dict:
    """The plan; where it says "beside": true, with what stands beside its analyses after them."""
    if not plan.get("beside"):
        return dict(plan)
    return dict(plan) | {"analyses": [*plan["analyses"], *beside(plan["analyses"], manifest)]}


def beside(entries: Sequence[Mapping], manifest: Mapping) -> list[dict]:
    """The entries that stand beside those of a plan, each with `beside`, the id of the one it stands beside.

    What the plan asks for itself, or another entry's rule has asked for already, is not asked again.
    """
    seen = {_meaning(entry) for entry in entries}
    taken = {entry["id"] for entry in entries}
    found = []
    for entry in entries:
        for what, keys in (each for each in _answers(entry, manifest) if not isinstance(each, Unasked)):
            asked = {"id": f"{entry['id']}{SEPARATOR}{what}", "beside": entry["id"], **keys}
            if _can_be_asked(keys) and _meaning(asked) not in seen and asked["id"] not in taken:
                found.append(asked)
            seen.add(_meaning(asked))
    return found


def unasked(entry: Mapping, manifest: Mapping) -> list[Unasked]:
    """What a reviewer may look for beside this entry and the cohort cannot answer."""
    return [each for each in _answers(entry, manifest) if isinstance(each, Unasked)]


def _answers(entry: Mapping, manifest: Mapping) -> Iterator[Asked | Unasked]:
    if "beside" in entry:
        return
    instrument = entry.get("instrument")
    if instrument is not None and instrument not in manifest["instruments"]:
        return
    for each in RULES.get(entry["type"], _nothing)(entry, manifest):
        if isinstance(each, Unasked):
            yield each
        else:
            what, keys = each
            yield what, keys | ({"subset": entry["subset"]} if entry.get("subset") else {})


def _can_be_asked(keys: Mapping) -> bool:
    """Whether there is such a type and it has all of these keys; a question without one of them would be another."""
    kind = TYPES.get(keys["type"])
    return kind is not None and keys.keys() - {"type"} <= {field.name for field in fields(kind)}


def _meaning(entry: Mapping) -> bytes:
    """What an entry asks, whatever it is called. Shares of one thing by another are not asked the other way round."""
    asked = {key: value for key, value in entry.items() if key not in ("id", "beside") and value not in ({}, [])}
    if entry["type"] == "share_patient_var" and "by" in entry:
        asked["var"], asked["by"] = sorted((entry["var"], entry["by"]))
    return canonical(asked)


def _nothing(entry: Mapping, manifest: Mapping) -> Iterator[Asked | Unasked]:
    return iter(())


def _timepoints_compared(entry: Mapping, manifest: Mapping) -> Iterator[Asked | Unasked]:
    """Timepoints taken as independent groups: the same procedures, the dead apart, and a model of all values."""
    codes = _codes(entry, manifest)
    if len(codes) < 2:
        return
    key, instrument = entry["instrument"], manifest["instruments"][entry["instrument"]]
    over = {"instrument": key, "baseline": codes[0]}
    over |= {"timepoints": codes} if entry.get("timepoints") else {}
    yield "contrasts", {"type": "contrasts_from_baseline", **over}
    yield _deaths(instrument, over)
    if is_yes_no(instrument):
        yield "logistic", {"type": "gee", **over, "eq": 1}
    else:
        yield "model", {"type": "mixed_model", **over}


def _codes(entry: Mapping, manifest: Mapping) -> list[str]:
    """The entry's timepoints in the schedule's order: those it names, else all at which anyone was asked."""
    order = _order(manifest)
    if entry.get("timepoints"):
        return sorted((code for code in entry["timepoints"] if code in order), key=order.get)
    return timepoints_of(entry["instrument"], manifest)


def _order(manifest: Mapping) -> dict[str, tuple[int, str]]:
    return {timepoint["code"]: (timepoint["order"], timepoint["code"]) for timepoint in manifest["timepoints"]}


def _deaths(instrument: Mapping, over: Mapping) -> Asked | Unasked:
    better = BETTER.get(instrument.get("direction"))
    if better is None:
        return Unasked(
            what="deaths_apart", why="nobody has said which way is better, so a death has no place on the scale"
        )
    return "deaths", {"type": "deaths_apart", "better": better, **over}


def _pairs_compared(entry: Mapping, manifest: Mapping) -> Iterator[Asked | Unasked]:
    """A paired change: who got better by enough, and who died."""
    key, instrument = entry["instrument"], manifest["instruments"][entry["instrument"]]
    order = _order(manifest)
    if not {entry["pre"], entry["post"]} <= set(order) or order[entry["pre"]] >= order[entry["post"]]:
        return
    change = {"instrument": key, "pre": entry["pre"], "post": entry["post"]}
    if is_yes_no(instrument):
        yield "yes_no", {"type": "mcnemar", **change, "eq": 1}
    else:
        yield _responders(instrument, change)
    span = {"instrument": key, "baseline": entry["pre"], "timepoints": [entry["pre"], entry["post"]]}
    yield _deaths(instrument, span)


def _responders(instrument: Mapping, change: Mapping) -> Asked | Unasked:
    better, mcid = BETTER.get(instrument.get("direction")), instrument.get("mcid")
    if better is None:
        return Unasked(what="responders", why="nobody has said which way is better")
    asked = {"type": "responders", **change, "better": better}
    if mcid is not None and Decimal(mcid) > 0:
        return "responders", asked | {"improvement_ge": _number(mcid)}
    low, high = (instrument.get(name) for name in ("minimum", "maximum"))
    if better == "lower" and None not in (low, high) and Decimal(low) == 0 and Decimal(high) >= SHORTEST_FOR_SHARE:
        return "responders", asked | {"relative_improvement_ge": ENOUGH_OF_BASELINE}
    return Unasked(what="responders", why="the instrument has no smallest difference that matters (MCID)")


def _number(text: str) -> int | float:
    number = Decimal(text)
    return int(number) if number == number.to_integral_value() else float(number)


def _groups_compared(entry: Mapping, manifest: Mapping) -> Iterator[Asked | Unasked]:
    """Two groups at a follow-up: the same difference, given where each patient started."""
    codes, order = timepoints_of(entry["instrument"], manifest), _order(manifest)
    if not codes or entry["timepoint"] not in order or order[entry["timepoint"]] <= order[codes[0]]:
        return
    key, instrument = entry["instrument"], manifest["instruments"][entry["instrument"]]
    levels = manifest["covariates"].get(entry["by"], {}).get("levels") or ()
    if len(levels) != 2:
        yield Unasked(what="ancova", why=f"{entry['by']} does not have two groups")
        return
    if is_yes_no(instrument):
        yes = {"instrument": key, "timepoint": entry["timepoint"], "eq": 1}
        yield "shares", {"type": "proportion", "col": yes, "by": entry["by"]}
        return
    change = {"instrument": key, "pre": codes[0], "post": entry["timepoint"]}
    if _steps(instrument) >= FEWEST_STEPS_FOR_ANCOVA:
        yield "adjusted", {"type": "ancova", **change, "group": entry["by"], "group_level": levels[0], "covariates": []}
    else:
        yield "change", {"type": "mannwhitney_change", **change, "by": entry["by"]}


def _steps(instrument: Mapping) -> Decimal:
    """How many steps the scale has; many where its range is not known."""
    limits = [instrument.get(name) for name in ("minimum", "maximum", "step")]
    if None in limits or not Decimal(limits[2]):
        return Decimal(FEWEST_STEPS_FOR_ANCOVA)
    low, high, step = map(Decimal, limits)
    return (high - low) / step


def _condition_counted(entry: Mapping, manifest: Mapping) -> Iterator[Asked | Unasked]:
    yield "shares", {"type": "proportion", "col": entry["col"], "by": entry["row"]}


def _levels_counted(entry: Mapping, manifest: Mapping) -> Iterator[Asked | Unasked]:
    """Shares within the groups: by the arm where it is one of the two, else by the columns."""
    var, by = (entry["col"], entry["row"]) if entry["row"] == manifest.get("arm") else (entry["row"], entry["col"])
    yield "shares", {"type": "share_patient_var", "var": var, "by": by}


# A type that is not here needs nothing beside it: an ANCOVA's result carries its own checks (parallel slopes, robust
# errors), descriptions and survival test nothing that ignores who left.
RULES: dict[str, Rule] = {
    "kruskal_dunn": _timepoints_compared,
    "wilcoxon_paired": _pairs_compared,
    "mannwhitney": _groups_compared,
    "crosstab": _condition_counted,
    "crosstab_patient": _levels_counted,
}
