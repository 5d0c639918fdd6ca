"""Daily morphine milligram equivalents (MME) of prescription lines, by a table that says its version.

For describing doses in research; the factors are not for converting a patient from one opioid to another. The table of
the CDC guideline of 2022 is shipped as data; older tables differ (hydromorphone 4, tramadol 0.1, methadone by dose), so
every sum names the table it was made with.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

ORAL, TRANSDERMAL = "oral", "transdermal"


@dataclass(frozen=True, kw_only=True)
class MMETable:
    """factors: (drug, route) -> MME per mg, or per mcg/h of a patch. without_factor: opioids the source gives none."""

    version: str
    source: str
    factors: Mapping[tuple[str, str], Decimal]
    without_factor: frozenset[str]

    @classmethod
    def of(cls, definition: Mapping) -> "MMETable":
        factors = {(each["drug"], each["route"]): Decimal(each["factor"]) for each in definition["factors"]}
        named = {name: definition[name] for name in ("version", "source")}
        return cls(**named, factors=factors, without_factor=frozenset(definition["without_factor"]))


CDC_2022 = MMETable.of(
    json.loads((Path(__file__).parent / "definitions" / "mme_cdc_2022.json").read_text("utf-8")),
)


@dataclass(frozen=True, kw_only=True)
class OpioidLine:
    """One prescription line. strength: mg of the opioid in one unit (a tablet, a ml); of a patch its mcg/h.

    units_per_day: as prescribed, the most allowed where it is taken as needed (prn). taken_per_day: the documented
    average daily intake of a line taken as needed. A patch has neither: it counts by its rate, however often it is
    changed; two worn at once are two lines. None is not known. Numbers are Decimal.
    """

    drug: str
    strength: Decimal | None
    units_per_day: Decimal | None = None
    route: str = ORAL
    prn: bool = False
    taken_per_day: Decimal | None = None

    def __post_init__(self):
        for name in ("strength", "units_per_day", "taken_per_day"):
            value = getattr(self, name)
            if value is not None and (isinstance(value, float) or not Decimal(value).is_finite() or value < 0):
                raise ValueError(f"{name} of {self.drug} is {value!r}; it is an exact number of 0 or more")

    @property
    def known_as(self) -> tuple[str, str]:
        return self.drug.strip().lower(), self.route.strip().lower()


@dataclass(frozen=True, kw_only=True)
class DailyMME:
    """mme: what is taken, None where any line's is not known, and `reasons` say why. any_opioid: is there a line?

    max_prescribed: what the lines allow, lines taken as needed at their most; never a measure of intake.
    """

    mme: Decimal | None
    max_prescribed: Decimal | None
    any_opioid: bool
    reasons: tuple[str, ...]
    table_version: str

    @property
    def incomplete(self) -> bool:
        return bool(self.reasons)


def daily_mme(lines: Iterable[OpioidLine], table: MMETable = CDC_2022) -> DailyMME:
    """The sum of strength * units per day * factor over the lines; of no lines 0. Exact."""
    lines = list(lines)
    reasons = tuple(reason for line in lines if (reason := _unknown(line, table)))
    allowed = [_amount(line, table, taken=False) for line in lines]
    return DailyMME(
        mme=None if reasons else sum((_amount(line, table, taken=True) for line in lines), Decimal(0)),
        max_prescribed=None if None in allowed else sum(allowed, Decimal(0)),
        any_opioid=bool(lines),
        reasons=reasons,
        table_version=table.version,
    )


def _amount(line: OpioidLine, table: MMETable, *, taken: bool) -> Decimal | None:
    """MME a day by what is taken or by what is allowed; None where that is not known."""
    factor, units = table.factors.get(line.known_as), _units(line, taken=taken)
    return None if None in (factor, line.strength, units) else line.strength * units * factor


def _units(line: OpioidLine, *, taken: bool) -> Decimal | None:
    if line.known_as[1] == TRANSDERMAL:
        return Decimal(1)
    return line.taken_per_day if taken and line.prn else line.units_per_day


def _unknown(line: OpioidLine, table: MMETable) -> str:
    """Why the line's MME is not known; empty where it is."""
    drug, route = line.known_as
    if line.known_as not in table.factors:
        elsewhere = drug in table.without_factor or any(drug == known for known, _ in table.factors)
        said = "has no factor" if elsewhere else "is not an opioid of the table, and has no factor"
        return f"{drug} ({route}) {said} in {table.version}"
    if line.strength is None:
        return f"the strength of {drug} is not known"
    if _units(line, taken=True) is None:
        if line.prn:
            return f"{drug} is taken as needed, and how much is not documented"
        return f"how much {drug} a day was prescribed is not known"
    return ""
