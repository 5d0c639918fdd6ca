"""A plan cut to a cohort: entries that name what the cohort does not have are left out, each with the reason."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

INSTRUMENTS = ("instrument",)
TIMEPOINTS = ("timepoint", "pre", "post", "baseline", "timepoints")
COVARIATES = ("by", "var", "row", "col", "group", "covariates", "subset")
TIMES_TO_EVENTS = ("survival", "competing")


@dataclass(frozen=True)
class Fitted:
    """The plan as the cohort allows it, and what was left out: {id, type, reason} each."""

    plan: dict
    left_out: list[dict]


def fit(plan: Mapping, manifest: Mapping) -> Fitted:
    """A shipped plan (a document that check_plan takes) cut to what a freeze's manifest says that there is."""
    left_out = [
        {"id": entry["id"], "type": entry["type"], "reason": f"the cohort has no {', no '.join(absent)}"}
        for entry in plan["analyses"]
        if (absent := list(dict.fromkeys(absences(entry, manifest))))
    ]
    gone = {each["id"] for each in left_out}
    kept = [entry for entry in plan["analyses"] if entry["id"] not in gone]
    return Fitted(dict(plan) | {"analyses": kept}, left_out)


def absences(entry: Mapping, manifest: Mapping) -> Iterator[str]:
    """What an entry names and the cohort does not have, in words."""
    there = {
        "instrument": manifest["instruments"],
        "timepoint": [timepoint["code"] for timepoint in manifest["timepoints"]],
        "covariate": manifest["covariates"],
        "time to": manifest["survival"],
    }
    for what, name in named(entry):
        if name not in there[what]:
            yield f"{what} {name}"


def named(entry: Mapping) -> Iterator[tuple[str, str]]:
    """(what, name) of each instrument, timepoint, covariate and time to an event that an entry names."""
    condition = entry["col"] if isinstance(entry.get("col"), Mapping) else {}
    for part in (entry, condition):
        yield from names_under(part, INSTRUMENTS, "instrument")
        yield from names_under(part, TIMEPOINTS, "timepoint")
    yield from names_under(entry, [key for key in COVARIATES if not (key == "col" and condition)], "covariate")
    yield from names_under(entry, TIMES_TO_EVENTS, "time to")


def names_under(part: Mapping, keys: Iterable[str], what: str) -> Iterator[tuple[str, str]]:
    for key in keys:
        value = part.get(key)
        if value is not None:
            yield from ((what, name) for name in ([value] if isinstance(value, str) else value))
