"""The 32 random cohorts of tests/oracle, counted the slow and obvious way, beside what R 4.2.2 says of each."""

import json
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from outcomes.stats.ancova import Moments
from outcomes.stats.paired import RankSums

ORACLE = Path(__file__).resolve().parents[2] / "oracle"
BASELINE, FOLLOW_UP = 0, 1


@dataclass(frozen=True)
class Cohort:
    """Rows of one cohort: group 0 or 1, a score or None per visit, a time, and how it ended (0 censored, 1, 2)."""

    name: str
    group: list[int]
    scores: list[list[int | None]]
    highest: int
    r: dict
    time: list[int]
    status: list[int]
    centre: list[int] = field(default_factory=list)

    @property
    def visits(self):
        return range(len(self.scores[0]))

    def counts(self, visit, group=None):
        chosen = zip(self.scores, self.group, strict=True)
        return Counter(row[visit] for row, g in chosen if row[visit] is not None and group in (None, g))

    def by_centre(self, visit):
        """(counts of group 0, counts of group 1) of each centre."""
        scores = {(centre, g): Counter() for centre in sorted(set(self.centre)) for g in (0, 1)}
        for row, g, centre in zip(self.scores, self.group, self.centre, strict=True):
            scores[centre, g].update([row[visit]] if row[visit] is not None else [])
        return [(scores[centre, 0], scores[centre, 1]) for centre in sorted(set(self.centre))]

    def by_visit(self):
        return {str(visit): self.counts(visit) for visit in self.visits}

    def pairs(self):
        """(pre, post, group) of the patients who have both."""
        rows = zip(self.scores, self.group, strict=True)
        return [(row[BASELINE], row[FOLLOW_UP], g) for row, g in rows if None not in row[:2]]

    def differences(self):
        return Counter(post - pre for pre, post, _ in self.pairs())

    def moments(self):
        return moments_of([(post, pre, group) for pre, post, group in self.pairs()])

    def moments_by_group(self):
        rows = [(post, pre, group) for pre, post, group in self.pairs()]
        return {str(g): moments_of([row for row in rows if row[2] == g]) for g in (0, 1)}

    def rank_sums(self):
        return rank_sums_of([row for row in self.scores if None not in row])

    def ended(self, group=None, cause=1):
        """time -> ending -> how many; the other cause competes."""
        rows = zip(self.time, self.status, self.group, strict=True)
        return ended_of([(time, _ending(status, cause)) for time, status, g in rows if group in (None, g)])

    def ended_by_group(self, cause=1):
        return {str(g): self.ended(g, cause) for g in sorted(set(self.group))}

    def fourfold(self):
        """Group by whether the follow-up score lies above the middle of the scale."""
        table = {str(g): {"low": 0, "high": 0} for g in (0, 1)}
        for row, g in zip(self.scores, self.group, strict=True):
            if row[FOLLOW_UP] is not None:
                table[str(g)]["high" if 2 * row[FOLLOW_UP] > self.highest else "low"] += 1
        return table


def _ending(status, cause):
    return "censored" if status == 0 else "event" if status == cause else "competing"


def ended_of(rows):
    """The rows (time, ending) counted."""
    counted = {}
    for (time, ending), many in Counter(rows).items():
        counted.setdefault(time, {})[ending] = many
    return counted


def moments_of(rows, names=("post", "pre", "group"), decimals=None):
    columns = list(zip(*rows, strict=True)) or [()] * len(names)
    return Moments(
        names=tuple(names),
        decimals=decimals or (0,) * len(names),
        n=len(rows),
        sums=tuple(sum(column) for column in columns),
        products=tuple(tuple(sum(x * y for x, y in zip(one, two, strict=True)) for two in columns) for one in columns),
    )


def doubled_ranks(row):
    return [sum(2 * (other < value) + (other == value) for other in row) + 1 for value in row]


def rank_sums_of(rows, labels=None):
    ranks = [doubled_ranks(row) for row in rows]
    width = len(rows[0]) if rows else len(labels or "12")
    return RankSums(
        labels=tuple(labels or map(str, range(width))),
        n=len(rows),
        doubled_rank_sums=tuple(map(sum, zip(*ranks, strict=True))) if rows else (0,) * width,
        tie_sum=sum(t**3 - t for row in rows for t in Counter(row).values()),
    )


def read_cohorts():
    said = json.loads((ORACLE / "oracle_R.json").read_text())
    return [
        Cohort(
            name=c["name"],
            group=c["group"],
            scores=c["Y"],
            highest=c["max"],
            r=said[c["name"]],
            centre=c["centre"],
            time=c["time"],
            status=c["status"],
        )
        for c in json.loads((ORACLE / "fixtures.json").read_text())
    ]


def read_witness():
    return json.loads((ORACLE / "witness.json").read_text())
