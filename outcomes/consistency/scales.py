"""Which variables are known to lie on a grid: the registry's instruments, under the names that papers give them."""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from registry.instruments import DEFINITIONS

# The registry's key of what papers and extractions call otherwise. A prefix ends with a point.
NAMES = {
    "vas_pain": "pain",
    "nrs_pain": "pain",
    "msts_total": "msts",
    "analgesic_scale": "as",
    "four_level_pain": "fourp",
    "msts_item.pain": "msts_pain",
    "msts_item.emotional_acceptance": "msts_emotional",
    "msts_item.supports": "msts_supports",
    "msts_item.walking": "msts_walking",
    "msts_item.gait": "msts_gait",
    "msts_item.function": "msts_function",
}
# Counted in whole units as a rule, but nobody says so: what follows from it is told, and alarms nobody.
WHOLE_UNITS = frozenset({"days", "minutes", "ml", "points", "weeks"})


@dataclass(frozen=True, kw_only=True)
class Scale:
    """The values low, low + step, ... high; without an end where high is None."""

    low: Fraction
    high: Fraction | None
    step: Fraction

    @property
    def is_whole(self) -> bool:
        return self.step.denominator == 1


WHOLE_NUMBERS = Scale(low=Fraction(0), high=None, step=Fraction(1))
INSTRUMENTS = {
    definition["key"]: Scale(
        low=Fraction(definition["minimum"]), high=Fraction(definition["maximum"]), step=Fraction(definition["step"])
    )
    for definition in DEFINITIONS
    if None not in (definition["minimum"], definition["maximum"], definition["step"])
}


def scale_of(variable: str, own: Mapping[str, Scale]) -> Scale | None:
    """The grid of a variable: as the file says, else as the registry's instrument has it; None where none is known."""
    return own.get(variable) or INSTRUMENTS.get(NAMES.get(variable, variable))
