"""Rows of leaf tables as the tables of an analysis: just those that the analysis itself would have counted.

An analysis is put together from the rows that it `needs`, each a tuple of counts under (leaf id, arm). Only analyses
that ask nothing of the patients but one score at a time, or one covariate, by arm or of everybody, can be.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from outcomes.analyses.conditions import COMPARISONS, NO_YES
from outcomes.disclosure.leaves import COUNTS, COVARIATE, WITHOUT
from outcomes.picking import SEPARATOR
from outcomes.stats.paired import RankSums
from outcomes.stats.tables import Crosstab, Margin, Margins, Ranks, Tables
from outcomes.tabulate import UNGROUPED

Rows = Mapping[tuple[str, int], tuple[int, ...]]


@dataclass(frozen=True)
class Hidden:
    """Why an analysis cannot be put together from what was sent."""

    reason: str


NOT_OF_LEAVES = Hidden("it asks of each patient more than one thing at a time, and what was sent tells one at a time")
NO_SCALE = Hidden("its instrument has no levels in the spec")
COARSER = Hidden("its condition divides one of the coarser bands that were sent")
STRANGE = Hidden("a site has levels that the spec does not know")
SCORE_TYPES = ("describe_by_timepoint", "mannwhitney", "kruskal_groups", "kruskal_dunn", "proportion", "crosstab")
ARM_TYPES = ("mannwhitney", "kruskal_groups", "crosstab")


@dataclass(frozen=True)
class Frame:
    """An analysis over leaf tables. leaves: leaf id -> its levels. arms: the arm's levels, None where not by arm."""

    entry: Mapping
    document: Mapping
    leaves: Mapping[str, tuple[str, ...]]
    arms: tuple[str, ...] | None
    places: int
    rung: int
    decimals: int
    orders: Mapping[str, int]

    @property
    def needs(self) -> list[tuple[str, int]]:
        """The rows that it is put together from: of each arm, also where it is not by arm, as everybody is in one."""
        return [(leaf, at) for leaf in self.leaves for at in range(self.places)]

    @property
    def kind(self) -> str:
        return self.entry["type"]

    def values(self, leaf: str) -> list[int]:
        """What the cells of a row that hold a value stand for: scaled integers, or the places of bands."""
        levels = self.leaves[leaf][: -len(WITHOUT)]
        if self.rung:
            return list(range(len(levels)))
        return [int(Decimal(level).scaleb(self.decimals)) for level in levels]


def frame_of(entry: Mapping, spec, leaves: Mapping[str, Mapping]) -> Frame | Hidden:
    """An analysis over the leaf tables that were sent (id -> leaf); Hidden where they cannot tell it."""
    document, kind = spec.document, entry["type"]
    arm, by = document["arm"], entry.get("by") or (entry.get("row") if kind == "crosstab" else None)
    variable = entry.get("var") or entry.get("col") if kind in ("share_patient_var", "crosstab_patient") else None
    if kind == "crosstab_patient":
        by, variable = (entry["row"], entry["col"]) if entry["row"] == arm else (entry["col"], entry["row"])
    if entry.get("subset") or (by and by != arm) or (kind in ARM_TYPES and not by):
        return NOT_OF_LEAVES
    wanted = [SEPARATOR.join((COVARIATE, variable))] if variable else score_leaves(entry, document, leaves)
    if not wanted or (variable and variable == arm):
        return NOT_OF_LEAVES
    if any(name not in leaves for name in wanted):
        return NO_SCALE if not variable else NOT_OF_LEAVES
    first = leaves[wanted[0]]
    arms = tuple(first["axes"][0]["levels"]) if len(first["axes"]) == 2 else None
    key = first["variable"]
    found = Frame(
        entry=entry, document=document, leaves={name: tuple(leaves[name]["axes"][-1]["levels"]) for name in wanted},
        arms=arms if by else None, places=len(arms) if arms else 1, rung=first["rung"],
        decimals=0 if variable or first["rung"] else document["instruments"][key]["decimals"],
        orders={each["code"]: each["order"] for each in document["timepoints"]},
    )  # fmt: skip
    return COARSER if found.rung and kind in ("proportion", "crosstab") and holds(found, first) is None else found


def score_leaves(entry: Mapping, document: Mapping, leaves: Mapping) -> list[str] | None:
    """The leaf tables of the scores that an analysis asks for; None where it asks for more than that."""
    condition = entry.get("col") if entry["type"] in ("proportion", "crosstab") else entry
    if entry["type"] not in SCORE_TYPES or "pre" in condition:
        return None
    key = condition["instrument"]
    if "timepoint" in condition:
        return [SEPARATOR.join((COUNTS, key, condition["timepoint"]))]
    codes = entry.get("timepoints") or [each["code"] for each in document["timepoints"]]
    named = [SEPARATOR.join((COUNTS, key, code)) for code in codes]
    return named if entry.get("timepoints") else [name for name in named if name in leaves]


def holds(frame: Frame, leaf: Mapping | None = None) -> list[bool] | None:
    """For each cell with a value, whether the condition holds of it; None where it divides one of the bands."""
    col = frame.entry["col"]
    (name,) = COMPARISONS.keys() & col.keys()
    threshold, levels = Decimal(str(col[name])), next(iter(frame.leaves.values()))[: -len(WITHOUT)]
    if frame.rung:
        bands = frame.document["coarsening"][col["instrument"]]
        ends = [(Decimal(str(band["from"])), Decimal(str(band["to"]))) for band in bands]
    else:
        ends = [(Decimal(level), Decimal(level)) for level in levels]
    compare = {"gt": Decimal.__gt__, "ge": Decimal.__ge__, "lt": Decimal.__lt__, "le": Decimal.__le__}.get(name)
    if compare is None:
        return [low == high == threshold for low, high in ends] if not frame.rung else None
    answers = [(compare(low, threshold), compare(high, threshold)) for low, high in ends]
    return None if any(low != high for low, high in answers) else [low for low, _ in answers]


def assembled(frame: Frame, rows: Rows) -> Tables | Hidden:
    """The analysis's tables from the rows that it needs, all of them told."""
    if frame.arms and any(sum(rows[leaf, len(frame.arms) - 2]) for leaf in frame.leaves):
        return STRANGE
    kind = frame.kind
    if kind in ("share_patient_var", "crosstab_patient"):
        (leaf,) = frame.leaves
        if any(rows[leaf, at][-2] for at in range(frame.places)):
            return STRANGE
        return (shares_of if kind == "share_patient_var" else crosstab_of)(frame, leaf, rows)
    return (conditions_of if kind in ("proportion", "crosstab") else margins_of)(frame, rows)


def groups_of(frame: Frame, leaf: str, rows: Rows) -> dict[str, tuple[int, ...]]:
    """The arms that anybody is in, each with its row; everybody as one group where it is not by arm."""
    if frame.arms is None:
        merged = tuple(map(sum, zip(*(rows[leaf, at] for at in range(frame.places)), strict=True)))
        return {UNGROUPED: merged} if sum(merged) else {}
    return {arm: rows[leaf, at] for at, arm in enumerate(frame.arms[:-2]) if sum(rows[leaf, at])}


def everybody(frame: Frame, leaf: str, rows: Rows) -> tuple[int, ...]:
    return tuple(map(sum, zip(*(rows[leaf, at] for at in range(frame.places)), strict=True)))


def without_arm(frame: Frame, leaf: str, rows: Rows) -> tuple[int, ...]:
    """The row of those whose arm is not known; nobody where it is not by arm."""
    return rows[leaf, len(frame.arms) - 1] if frame.arms else (0,) * len(frame.leaves[leaf])


def some(counts: Mapping) -> dict:
    return {key: count for key, count in counts.items() if count}


def margins_of(frame: Frame, rows: Rows) -> Tables:
    """Scores at one timepoint or several."""
    leaves = {leaf.split(SEPARATOR)[2]: leaf for leaf in frame.leaves}
    if not frame.entry.get("timepoints") and "timepoint" not in frame.entry:
        leaves = {code: leaf for code, leaf in leaves.items() if any(everybody(frame, leaf, rows)[:-1])}
    any_leaf = next(iter(frame.leaves))
    totals = {group: sum(row) for group, row in groups_of(frame, any_leaf, rows).items()}
    counts = {code: counted(frame, leaf, rows) for code, leaf in leaves.items()}
    left_out = some({f"no_{frame.document['arm']}": sum(without_arm(frame, any_leaf, rows))})
    if "timepoint" in frame.entry:
        (code,) = leaves
        part = Margin(decimals=frame.decimals, rows=totals, counts=counts[code])
        if frame.kind == "kruskal_groups":
            absent = sum(sum(row[-len(WITHOUT) :]) for row in groups_of(frame, any_leaf, rows).values())
            left_out |= some({f"no_value_at_{code}": absent})
        return Tables(parts={"values": part}, left_out=left_out)
    orders = {code: frame.orders[code] for code in leaves}
    decimals = frame.decimals if leaves else 0
    part = Margins(timepoints=orders, decimals=decimals, rows=totals, counts=some(counts))
    if frame.kind == "kruskal_dunn":
        labels = tuple(sorted(orders, key=lambda code: (orders[code], code)))
        none = RankSums(labels=labels, n=0, doubled_rank_sums=(0,) * len(labels), tie_sum=0)
        return Tables(parts={"scores": part, "ranks": Ranks(timepoints=orders, sums=none)}, left_out=left_out)
    return Tables(parts={"scores": part}, left_out=left_out)


def counted(frame: Frame, leaf: str, rows: Rows) -> dict[str, dict[int, int]]:
    values = frame.values(leaf)
    found = {group: some(dict(zip(values, row, strict=False))) for group, row in groups_of(frame, leaf, rows).items()}
    return some(found)


def conditions_of(frame: Frame, rows: Rows) -> Tables:
    """Of how many a condition on a score holds."""
    (leaf,) = frame.leaves
    answers, code, arm = holds(frame), frame.entry["col"]["timepoint"], frame.document["arm"]

    def answered(row):
        yes = sum(count for count, each in zip(row, answers, strict=False) if each)
        return some({NO_YES[0]: sum(row[: len(answers)]) - yes, NO_YES[1]: yes})

    groups, shown = groups_of(frame, leaf, rows), frozenset(NO_YES)
    table = Crosstab(
        rows=frozenset(groups), cols=shown, counts=some({arm: answered(row) for arm, row in groups.items()})
    )
    lost = without_arm(frame, leaf, rows)
    whole = everybody(frame, leaf, rows)
    if frame.kind == "crosstab":
        absent = sum(sum(row[len(answers) :]) for row in groups.values())
        return Tables(parts={"table": table}, left_out=some({f"no_{arm}": sum(lost), f"no_value_at_{code}": absent}))
    everyone = Crosstab(rows=frozenset(), cols=shown, counts=some({UNGROUPED: answered(whole)}))
    left_out = {f"no_value_at_{code}": sum(whole[len(answers) :]), f"no_{arm}": sum(lost[: len(answers)])}
    return Tables(parts={"all": everyone, "by": table}, left_out=some(left_out))


def shares_of(frame: Frame, leaf: str, rows: Rows) -> Tables:
    """The levels of a covariate, of everybody and by arm."""
    levels, whole, groups = frame.leaves[leaf][:-2], everybody(frame, leaf, rows), groups_of(frame, leaf, rows)
    per = {group: some(dict(zip(levels, row, strict=False))) for group, row in groups.items()}
    shown = frozenset(some(dict(zip(levels, whole, strict=False))))
    parts = {
        "all": Crosstab(
            rows=frozenset(), cols=shown, counts=some({UNGROUPED: some(dict(zip(levels, whole, strict=False)))})
        ),
        "by": Crosstab(rows=frozenset(), cols=shown, counts=some(per)),
        "all_asked": Margin(decimals=0, rows=some({UNGROUPED: sum(whole)}), counts={}),
        "by_asked": Margin(decimals=0, rows={group: sum(row) for group, row in groups.items()}, counts={}),
    }
    lost = sum(without_arm(frame, leaf, rows)[:-2])
    left_out = {f"no_{frame.entry['var']}": whole[-1], f"no_{frame.document['arm']}": lost}
    return Tables(parts=parts, left_out=some(left_out))


def crosstab_of(frame: Frame, leaf: str, rows: Rows) -> Tables:
    """A covariate against the arms."""
    levels, groups, lost = frame.leaves[leaf][:-2], groups_of(frame, leaf, rows), without_arm(frame, leaf, rows)
    counts = some({arm: some(dict(zip(levels, row, strict=False))) for arm, row in groups.items()})
    first, arm = frame.entry["row"], frame.document["arm"]
    if first != arm:
        left_out = {f"no_{first}": everybody(frame, leaf, rows)[-1], f"no_{arm}": sum(lost[:-1])}
        turned: dict = {}
        for group, row in counts.items():
            for level, count in row.items():
                turned.setdefault(level, {})[group] = count
        counts = turned
    else:
        left_out = {f"no_{arm}": sum(lost), f"no_{frame.entry['col']}": sum(row[-1] for row in groups.values())}
    cols = frozenset(col for row in counts.values() for col in row)
    return Tables(parts={"table": Crosstab(rows=frozenset(counts), cols=cols, counts=counts)}, left_out=some(left_out))
