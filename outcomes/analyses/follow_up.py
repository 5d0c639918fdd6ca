"""How long each procedure was followed and how that ended, from one time to an event or from two of which one competes.

What the survival analyses share: reading the columns, counting them, and the times at which a curve is read.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

import numpy as np

from outcomes.analyses.leaving_out import all_left_out
from outcomes.analyses.lookup import Lookup
from outcomes.columns import Category, Column
from outcomes.plans.errors import PlanError
from outcomes.stats.tables import Tables
from outcomes.stats.times import COMPETING, ENDINGS, EVENT, Times
from outcomes.tabulate import rows_by_level, screen

NO_TIME = "no_time"
TIME = {"type": "number", "minimum": 0, "maximum": 1_000_000_000}
READ_AT = {"type": "array", "items": TIME, "minItems": 1}


@dataclass(frozen=True)
class FollowUp:
    """time: present where both a time and an ending are. endings: index into ENDINGS. unit: "" where nobody has one."""

    time: Column
    endings: np.ndarray
    unit: str

    def counted(self, groups: Category, kept: np.ndarray, shown: Iterable[str]) -> Times:
        """group -> time -> ending -> how many, among the procedures kept (who all have a group and a time)."""
        cells = np.stack([groups.codes[kept], self.time.values[kept], self.endings[kept]], axis=1)
        found, many = np.unique(cells.astype(np.int64), axis=0, return_counts=True)
        counts: dict[str, dict[int, dict[str, int]]] = {}
        for (group, time, ending), n in zip(found.tolist(), many.tolist(), strict=True):
            counts.setdefault(groups.levels[group], {}).setdefault(time, {})[ENDINGS[ending]] = n
        return Times(decimals=self.time.decimals, unit=self.unit, groups=frozenset(shown), counts=counts)


def follow_up(seek: Lookup, name: str, *, field: str = "survival") -> FollowUp:
    """One time to an event: it ends in the event or is censored."""
    time, event = seek.columns.survival[name]
    present = time.present & event.present
    endings = np.where(event.values != 0, ENDINGS.index(EVENT), 0)
    return FollowUp(Column(time.values, present, time.decimals), endings, _unit(seek, name, field=field))


def follow_up_with_competing(seek: Lookup, name: str, competing: str) -> FollowUp:
    """The earlier end of two times to an event, and what happened then; of two events at once, `name`'s counts.

    Whoever is censored for the one is no longer followed for the other, so a later event of it does not count.
    """
    if name == competing:
        raise PlanError(
            analysis=seek.analysis, field="competing", value=name, rule="is also survival; they must differ"
        )
    one, two = follow_up(seek, name), follow_up(seek, competing, field="competing")
    if one.unit and two.unit and one.unit != two.unit:
        rule = f"is kept in {two.unit}, and {name} in {one.unit}; they need the same unit"
        raise PlanError(analysis=seek.analysis, field="competing", value=competing, rule=rule)
    decimals = max(one.time.decimals, two.time.decimals)
    mine, theirs = one.time.rescaled(decimals), two.time.rescaled(decimals)
    earlier = Column(np.minimum(mine.values, theirs.values), mine.present & theirs.present, decimals)
    had = (mine.values <= theirs.values) & (one.endings != 0)
    other = (theirs.values <= mine.values) & (two.endings != 0)
    endings = np.where(had, ENDINGS.index(EVENT), np.where(other, ENDINGS.index(COMPETING), 0))
    return FollowUp(earlier, endings, one.unit or two.unit)


def _unit(seek: Lookup, name: str, *, field: str) -> str:
    units = seek.columns.units.get(name, ())
    if len(units) > 1:
        rule = f"is kept in several units: {', '.join(units)}; they cannot be counted together"
        raise PlanError(analysis=seek.analysis, field=field, value=name, rule=rule)
    return units[0] if units else ""


def grouped(
    seek: Lookup, by: str | None, subset: Mapping[str, object], *, apart: Iterable[str]
) -> tuple[Category, np.ndarray, dict[str, int]]:
    """The groups, who is asked for and has one, and who is left out. apart: what no level may be called."""
    groups = seek.groups(by)
    taken = next((level for level in groups.levels if level in apart), None) if by is not None else None
    if taken is not None:
        rule = f"cannot be a level here: the payload needs {', '.join(apart)}"
        raise PlanError(analysis=seek.analysis, field="by", value=taken, rule=rule)
    asked, reasons = seek.subset(subset)
    return groups, *screen(asked, [*reasons, (f"no_{by}", groups.present)])


def by_group(
    seek: Lookup, followed: FollowUp, by: str | None, subset: Mapping[str, object], *, apart: Iterable[str]
) -> Tables:
    """How each group was followed and how that ended, and who is left out. A group is shown where nobody has a time."""
    groups, asked, left_out = grouped(seek, by, subset, apart=apart)
    kept, untimed = screen(asked, [(NO_TIME, followed.time.present)])
    times = followed.counted(groups, kept, rows_by_level(groups, asked))
    return Tables(parts={"times": times}, left_out=all_left_out(left_out, untimed))


def exactly(time: object) -> Fraction:
    """A plan's number as it is written."""
    return Fraction(str(time))


def time_text(time: object) -> str:
    """A plan's number written shortest: 90, 12.5."""
    return f"{Decimal(str(time)).normalize():f}"
