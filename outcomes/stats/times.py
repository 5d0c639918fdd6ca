"""How long people were followed and how that ended: the table that every survival statistic reads."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from .documents import (
    NotATable,
    TablesDiffer,
    read_by_value,
    read_count,
    read_keys,
    read_mapping,
    read_rows,
    read_text,
    read_texts,
    written,
)

CENSORED, EVENT, COMPETING = ENDINGS = ("censored", "event", "competing")

# time -> ending -> how many
Ended = Mapping[int, Mapping[str, int]]


@dataclass(frozen=True, kw_only=True)
class Times:
    """group -> time -> how many ended then in which way. Times are integers of 10**-decimals of the unit, 0 or above.

    groups: the groups that are shown, also where nobody of them has a time. unit: "days", "months", ...; "" where
    nobody's is known. Times of different units are not added.
    """

    decimals: int
    unit: str = ""
    groups: frozenset[str]
    counts: Mapping[str, Ended] = field(default_factory=dict)

    def of(self, group: str) -> Ended:
        return self.counts.get(group, {})

    def __add__(self, other: "Times") -> "Times":
        if self.unit and other.unit and self.unit != other.unit:
            raise TablesDiffer(f"times in {self.unit} cannot be added to times in {other.unit}")
        decimals = max(self.decimals, other.decimals)
        return Times(
            decimals=decimals,
            unit=self.unit or other.unit,
            groups=self.groups | other.groups,
            counts=_added(self._rescaled(decimals), other._rescaled(decimals)),
        )

    def _rescaled(self, decimals: int) -> Mapping[str, Ended]:
        by = 10 ** (decimals - self.decimals)
        return {group: {time * by: cell for time, cell in ended.items()} for group, ended in self.counts.items()}

    def to_json(self) -> dict:
        return written(self)

    @classmethod
    def from_json(cls, document: dict) -> "Times":
        readers = {"decimals": read_count, "unit": read_text, "groups": lambda value: frozenset(read_texts(value))}
        return cls(**read_keys(cls, document, **readers, counts=partial(read_mapping, read=_read_ended)))


def _read_ended(document: Any) -> Ended:
    ended = read_by_value(document, read=read_rows)
    if any(time < 0 for time in ended):
        raise NotATable(f"the time {min(ended)} is below 0")
    unknown = next((ending for cell in ended.values() for ending in cell if ending not in ENDINGS), None)
    if unknown is not None:
        raise NotATable(f"{unknown!r} is not one of {', '.join(ENDINGS)}")
    return ended


def _added(mine: Mapping[str, Ended], theirs: Mapping[str, Ended]) -> dict[str, dict[int, dict[str, int]]]:
    return {group: together(mine.get(group, {}), theirs.get(group, {})) for group in {**mine, **theirs}}


def together(*tables: Ended) -> dict[int, dict[str, int]]:
    """All tables counted as one."""
    sums: dict[int, dict[str, int]] = {}
    for table in tables:
        for time, cell in table.items():
            mine = sums.setdefault(int(time), {})
            for ending, many in cell.items():
                mine[ending] = mine.get(ending, 0) + int(many)
    return sums


def people(ended: Ended) -> int:
    """How many there are, however they ended."""
    return sum(sum(cell.values()) for cell in ended.values())


def how_many(ended: Ended, ending: str) -> int:
    """How many ended in this way."""
    return sum(cell.get(ending, 0) for cell in ended.values())


@dataclass(frozen=True, kw_only=True)
class Step:
    """One distinct time: how many were at risk just before it, and how many then ended in the event or a competing one.

    Whoever is censored at a time was at risk at it: a tie of an event and a censoring has the event first.
    """

    time: int
    n_risk: int
    events: int
    competing: int


def steps(ended: Ended) -> Iterator[Step]:
    """The distinct times in ascending order, those at which people are only censored among them."""
    left = people(ended)
    for time in sorted(ended):
        cell = ended[time]
        many = sum(cell.values())
        if many:
            yield Step(time=time, n_risk=left, events=cell.get(EVENT, 0), competing=cell.get(COMPETING, 0))
        left -= many
