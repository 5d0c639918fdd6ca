"""Who had left, in plain words: with a value first and last, dead, missing; and the result with the deaths in it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from reports import wording
from reports.manifest import Instrument, Manifest


@dataclass(frozen=True, kw_only=True)
class Told:
    """One published result with those that stand beside it: type -> result."""

    entry: Mapping
    payload: Mapping
    beside: Mapping[str, Mapping]
    manifest: Manifest
    preset: str

    @property
    def instrument(self) -> Instrument:
        return self.manifest.instrument(self.entry["instrument"])

    def at(self, code: str) -> str:
        """'preoperatively', 'at 6 weeks'."""
        return self.manifest.at(code)

    def when(self, code: str) -> str:
        """'Preoperative', '6 weeks'."""
        return self.manifest.timepoint(code)

    def group(self, level: str) -> str:
        return self.manifest.level(self.entry.get("by"), level)

    def value(self, number: float | str | None) -> str:
        """A value of the instrument; a quartile may be a death."""
        return "death" if isinstance(number, str) else wording.short(number, self.instrument.places)

    def quoted(self, name: str) -> Mapping:
        """A payload beside, where it has numbers; {} where it stands not there or says why it has none."""
        found = self.beside[name]["payload"] if name in self.beside else {}
        return {} if wording.not_estimable(found) else found


def who_left(told: Told) -> Iterator[str]:
    """How many have a value first and last, and where the others are."""
    apart = told.beside["deaths_apart"]["payload"] if "deaths_apart" in told.beside else {}
    if not apart:
        yield from who_has_values(told)
        return
    codes, at = apart["timepoints"], apart["at"]
    if all(cell["dead"] + cell["missing"] == 0 for cell in at.values()):
        yield f"Nobody left: all {apart['n']} patients have a value at every timepoint."
        return
    first, last = at[codes[0]], at[codes[-1]]
    yield (
        f"Of {wording.counted(apart['n'], 'patient')}, {first['n']} {have(first['n'])} a value {told.at(codes[0])} "
        f"and {last['n']} {told.at(codes[-1])}; by then {known_dead(last['dead'])}, and {still_missing(last)}."
    )
    yield from the_same_patients(told, apart)


def who_has_values(told: Told) -> Iterator[str]:
    n = told.payload.get("n")
    if isinstance(n, Mapping) and len(n) > 1:
        yield f"Values: {wording.listed(f'{many} {told.at(code)}' for code, many in n.items())}."


def have(n: int) -> str:
    return "has" if n == 1 else "have"


def known_dead(n: int) -> str:
    return "nobody is recorded as having died" if n == 0 else f"{n} {have(n)} died"


def still_missing(cell: Mapping) -> str:
    n = cell["missing"]
    who = "nobody else is" if n == 0 else f"{n} {'is' if n == 1 else 'are'}"
    return f"{who} without a value for another or an unknown reason"


def the_same_patients(told: Told, apart: Mapping) -> Iterator[str]:
    """The medians of whoever was there, and of those who always were."""
    codes, always = apart["timepoints"], apart["always_observed_n"]
    if always == 0:
        yield "Nobody has a value at every timepoint."
        return
    first, last = apart["at"][codes[0]], apart["at"][codes[-1]]
    there, stayed = (
        [told.value(cell[name]["median"]) for cell in (first, last)] for name in ("observed", "always_observed")
    )
    yield (
        f"Among whoever was there, the median went from {there[0]} to {there[1]}; among the {always} with a value at "
        f"every timepoint, from {stayed[0]} to {stayed[1]}."
    )


def with_deaths(told: Told) -> Iterator[str]:
    """What became of patients from the first to the last timepoint when a death is the worst result."""
    apart = told.quoted("deaths_apart")
    if not apart or not any(cell["dead"] for cell in apart["at"].values()):
        return
    first, last = apart["timepoints"][0], apart["timepoints"][-1]
    cell = apart["at"][last]
    worst = cell["worst_rank"]
    if cell["dead"] and worst.get("median") is not None and worst["median"] != cell["observed"]["median"]:
        alone = cell["observed"]["median"]
        instead = f", instead of {told.value(alone)}" if alone is not None else ""
        median = f"the median {told.at(last)} is {told.value(worst['median'])}{instead}"
        yield f"With death counted as the worst result, {median}."
    if "p" in worst:
        yield (
            f"From {told.when(first)} to {told.when(last)}, of {wording.counted(worst['n_pairs'], 'patient')}, "
            f"{worst['n_better']} got better and {worst['n_worse']} got worse, {worst['n_to_death']} of them by dying "
            f"({wording.p_value(worst['p_holm'])})."
        )
