"""Integer tables that add up: everything a statistic needs to know of the rows, and nothing else.

tabulate(A) + tabulate(B) is, for every analysis, a table from which the same statistic follows as from
tabulate(A and B together). Tables hold integers and names, never floats. Zeros are not kept, so equal contents are
equal tables. Values are scaled by 10**decimals; adding tables with different decimals rescales to the larger.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from outcomes.stats.ancova import Moments
from outcomes.stats.documents import (
    NotATable,
    TablesDiffer,
    read_as,
    read_count,
    read_counts,
    read_integer,
    read_integers,
    read_keys,
    read_mapping,
    read_matrix,
    read_rows,
    read_texts,
    written,
)
from outcomes.stats.paired import RankSums
from outcomes.stats.pairs import Pairs
from outcomes.stats.repeated_rows import Rows
from outcomes.stats.strata import Strata
from outcomes.stats.times import Times

Counts = Mapping[int, int]


@dataclass(frozen=True, kw_only=True)
class Margin:
    """How often each value occurs in each group, for one variable at one occasion.

    rows: group -> procedures, with or without a value. counts: group -> value -> how many.
    """

    decimals: int
    rows: Mapping[str, int]
    counts: Mapping[str, Counts]

    def counts_of(self, group: str) -> Counts:
        return self.counts.get(group, {})

    def missing(self, group: str) -> int:
        """Procedures of the group without a value."""
        return self.rows.get(group, 0) - sum(self.counts_of(group).values())

    def __add__(self, other: "Margin") -> "Margin":
        decimals = max(self.decimals, other.decimals)
        groups = _added(
            _by_group(self.counts, decimals - self.decimals), _by_group(other.counts, decimals - other.decimals)
        )
        return Margin(decimals=decimals, rows=_added(self.rows, other.rows), counts=groups)

    def to_json(self) -> dict:
        return written(self)

    @classmethod
    def from_json(cls, document: dict) -> "Margin":
        return cls(
            **read_keys(
                cls, document, decimals=read_count, rows=read_rows, counts=partial(read_mapping, read=read_counts)
            )
        )


@dataclass(frozen=True, kw_only=True)
class Margins:
    """One instrument's margin at each of its timepoints.

    timepoints: code -> order. rows: group -> procedures. counts: timepoint -> group -> value -> how many. A timepoint
    that only one of two added tables has is missing for every procedure of the other, which is why rows are kept once.
    """

    timepoints: Mapping[str, int]
    decimals: int
    rows: Mapping[str, int]
    counts: Mapping[str, Mapping[str, Counts]]

    def at(self, timepoint: str) -> Margin:
        return Margin(decimals=self.decimals, rows=self.rows, counts=self.counts.get(timepoint, {}))

    def in_order(self) -> tuple[str, ...]:
        """The timepoints' codes in the schedule's order."""
        return _in_order(self.timepoints)

    def __add__(self, other: "Margins") -> "Margins":
        timepoints = _one_schedule(self.timepoints, other.timepoints)
        sums = {code: self.at(code) + other.at(code) for code in timepoints}
        return Margins(
            timepoints=timepoints,
            decimals=max(self.decimals, other.decimals),
            rows=_added(self.rows, other.rows),
            counts={code: margin.counts for code, margin in sums.items() if margin.counts},
        )

    def to_json(self) -> dict:
        return written(self)

    @classmethod
    def from_json(cls, document: dict) -> "Margins":
        by_group = partial(read_mapping, read=read_counts)
        readers = {"timepoints": partial(read_mapping, read=read_integer), "decimals": read_count, "rows": read_rows}
        return cls(**read_keys(cls, document, **readers, counts=partial(read_mapping, read=by_group)))


@dataclass(frozen=True, kw_only=True)
class Ranks:
    """Within-patient rank sums of the complete cases, over the timepoints shown.

    Ranks are taken within a patient, so each site takes its own and the sums add. Complete means a value at every
    timepoint shown: where two tables show different timepoints, no patient of the smaller one is complete.
    """

    timepoints: Mapping[str, int]
    sums: RankSums

    def __add__(self, other: "Ranks") -> "Ranks":
        timepoints = _one_schedule(self.timepoints, other.timepoints)
        return Ranks(timepoints=timepoints, sums=self._over(timepoints) + other._over(timepoints))

    def _over(self, timepoints: Mapping[str, int]) -> RankSums:
        if self.timepoints == timepoints:
            return self.sums
        labels = _in_order(timepoints)
        return RankSums(labels=labels, n=0, doubled_rank_sums=(0,) * len(labels), tie_sum=0)

    def to_json(self) -> dict:
        return written(self)

    @classmethod
    def from_json(cls, document: dict) -> "Ranks":
        readers = {"labels": read_texts, "n": read_count, "doubled_rank_sums": read_integers, "tie_sum": read_count}
        timepoints = partial(read_mapping, read=read_integer)
        return cls(**read_keys(cls, document, timepoints=timepoints, sums=partial(read_as, RankSums, readers)))


@dataclass(frozen=True, kw_only=True)
class Differences:
    """How often each difference post - pre occurs among the procedures with both values."""

    decimals: int
    counts: Counts

    def __add__(self, other: "Differences") -> "Differences":
        decimals = max(self.decimals, other.decimals)
        mine = _rescaled(self.counts, decimals - self.decimals)
        return Differences(decimals=decimals, counts=_added(mine, _rescaled(other.counts, decimals - other.decimals)))

    def to_json(self) -> dict:
        return written(self)

    @classmethod
    def from_json(cls, document: dict) -> "Differences":
        return cls(**read_keys(cls, document, decimals=read_count, counts=read_counts))


@dataclass(frozen=True, kw_only=True)
class Crosstab:
    """How often each pair of levels occurs. rows, cols: the levels that are shown, also where no pair has them."""

    rows: frozenset[str]
    cols: frozenset[str]
    counts: Mapping[str, Mapping[str, int]]

    def __add__(self, other: "Crosstab") -> "Crosstab":
        counts = _added(self.counts, other.counts)
        return Crosstab(rows=self.rows | other.rows, cols=self.cols | other.cols, counts=counts)

    def to_json(self) -> dict:
        return written(self)

    @classmethod
    def from_json(cls, document: dict) -> "Crosstab":
        levels = {
            "rows": lambda value: frozenset(read_texts(value)),
            "cols": lambda value: frozenset(read_texts(value)),
        }
        return cls(**read_keys(cls, document, **levels, counts=partial(read_mapping, read=read_rows)))


Table = Margin | Margins | Ranks | Differences | Crosstab | Moments | Pairs | Strata | Times | Rows


@dataclass(frozen=True, kw_only=True)
class Tables:
    """All tables of one analysis, and how many procedures were left out of them for which reason."""

    parts: Mapping[str, Table]
    left_out: Mapping[str, int] = field(default_factory=dict)

    def __add__(self, other: "Tables") -> "Tables":
        mine, theirs = ({name: type(part) for name, part in tables.parts.items()} for tables in (self, other))
        if mine != theirs:
            raise TablesDiffer(f"{sorted(mine)} cannot be added to {sorted(theirs)}")
        parts = {name: part + other.parts[name] for name, part in self.parts.items()}
        return Tables(parts=parts, left_out=_added(self.left_out, other.left_out))

    def to_json(self) -> dict:
        if any(isinstance(part, Rows) for part in self.parts.values()):
            raise NotATable("rows of procedures do not leave their place; this analysis cannot be pooled")
        parts = {name: {"kind": type(part).__name__.lower(), **written(part)} for name, part in self.parts.items()}
        return {"parts": parts, "left_out": dict(self.left_out)}

    @classmethod
    def from_json(cls, document: dict) -> "Tables":
        return cls(**read_keys(cls, document, parts=partial(read_mapping, read=_part), left_out=read_rows))


def _moments(document: Any) -> Moments:
    readers = {"names": read_texts, "decimals": read_integers, "n": read_count, "sums": read_integers}
    return Moments(**read_keys(Moments, document, **readers, products=read_matrix, group_counts=read_rows))


KINDS = {
    "margin": Margin.from_json,
    "margins": Margins.from_json,
    "ranks": Ranks.from_json,
    "differences": Differences.from_json,
    "crosstab": Crosstab.from_json,
    "moments": _moments,
    "pairs": Pairs.from_json,
    "times": Times.from_json,
    "strata": lambda document: Strata.from_json(document, KINDS),
}


def _part(document: Any) -> Table:
    if not isinstance(document, dict) or document.get("kind") not in tuple(KINDS):
        raise NotATable(f"the kind of a table is one of {', '.join(KINDS)}")
    return KINDS[document["kind"]]({key: value for key, value in document.items() if key != "kind"})


def _added(mine: Mapping, theirs: Mapping) -> dict:
    """Key by key, at any depth; sums that are zero and groups that are empty are not kept."""
    sums = {key: _sum_of(mine.get(key), theirs.get(key)) for key in {**mine, **theirs}}
    return {key: value for key, value in sums.items() if value}


def _sum_of(a: Any, b: Any) -> Any:
    if isinstance(a, Mapping) or isinstance(b, Mapping):
        return _added(a or {}, b or {})
    return (a or 0) + (b or 0)


def _rescaled(counts: Counts, shift: int) -> dict[int, int]:
    return {value * 10**shift: n for value, n in counts.items()}


def _by_group(counts: Mapping[str, Counts], shift: int) -> dict[str, dict[int, int]]:
    return {group: _rescaled(values, shift) for group, values in counts.items()}


def _one_schedule(mine: Mapping[str, int], theirs: Mapping[str, int]) -> dict[str, int]:
    clash = [code for code in mine if theirs.get(code, mine[code]) != mine[code]]
    if clash:
        raise TablesDiffer(
            f"timepoint {clash[0]} is number {mine[clash[0]]} in one table, {theirs[clash[0]]} in the other"
        )
    return {**mine, **theirs}


def _in_order(timepoints: Mapping[str, int]) -> tuple[str, ...]:
    return tuple(sorted(timepoints, key=lambda code: (timepoints[code], code)))
