"""Who a rule keeps, and how many fall out at each step, known and not known apart."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

import numpy as np

from outcomes.columns import Category, Column, NotNumeric, level_text
from outcomes.criteria.rule import EXCLUDE, IN, Criterion, Period, Rule, RuleError
from outcomes.criteria.words import Named, in_words, label_of, opposite, period_in_words, to_stay

Values = Column | Category | None
AT_SITES = "At a site of the cohort"
NOT_AT_SITES = "not at a site of the cohort"
LARGEST = 2**63 - 1
# Below 7.5 is below 8 of whole numbers, at most 7.5 is at most 7.
COMPARE = {
    "lt": (np.less, ROUND_CEILING), "ge": (np.greater_equal, ROUND_CEILING),
    "le": (np.less_equal, ROUND_FLOOR), "gt": (np.greater, ROUND_FLOOR),
}  # fmt: skip


@dataclass(frozen=True, eq=False, kw_only=True)
class Facts:
    """What criteria ask of the rows. performed: the first and the last day on which each may have been; None: unknown.

    values: a variable's column, None where nobody has a value.
    """

    rows: int
    sites: Sequence[str]
    performed: Sequence[tuple[date, date] | None]
    values: Callable[[str], Values]


@dataclass(frozen=True, kw_only=True)
class Step:
    """One condition: what must hold to stay (in words), how many left because it does not, how many because it is not
    known, and how many stayed though it is not known. why, why_unknown: the reasons to leave, in words."""

    criterion: str
    n: int
    unknown: int
    stayed: int
    why: str
    why_unknown: str


@dataclass(frozen=True, eq=False)
class Kept:
    """Which rows stay, and what each step took away."""

    mask: np.ndarray
    steps: tuple[Step, ...]


def apply(rule: Rule, facts: Facts, labels: Mapping[str, Named]) -> Kept:
    """The rule's conditions one after the other: sites and period, what must hold, what must not.

    Each step counts the rows that are still there, so that steps and what is kept add up. RuleError where a category is
    asked for as a number.
    """
    mask, steps = np.ones(facts.rows, dtype=bool), []
    for words, holds, known, unknown in conditions(rule, facts, labels):
        fails, open_ = mask & known & ~holds, mask & ~known
        leaves = open_ if unknown != IN else np.zeros_like(open_)
        mask = mask & ~fails & ~leaves
        counts = {"n": fails, "unknown": leaves, "stayed": open_ & ~leaves}
        steps.append(Step(**words, **{name: int(np.count_nonzero(who)) for name, who in counts.items()}))
    return Kept(mask, tuple(steps))


def left_out_of(steps: Sequence[Step]) -> list[dict]:
    """Who fell out and why, in words: first who does not meet a condition, then who is not known to."""
    told = [({"reason": step.why, "n": step.n}, {"reason": step.why_unknown, "n": step.unknown}) for step in steps]
    return [each for pair in told for each in pair if each["n"]]


def conditions(rule: Rule, facts: Facts, labels: Mapping) -> Iterator[tuple[dict, np.ndarray, np.ndarray, str]]:
    """Words, what holds, what is known, and what becomes of the unknown, of each condition in order."""
    everybody = np.ones(facts.rows, dtype=bool)
    if rule.sites:
        named = f"{AT_SITES} ({', '.join(rule.sites)})"
        words = {"criterion": named, "why": NOT_AT_SITES, "why_unknown": ""}
        yield words, np.isin(np.array(facts.sites, dtype=object), list(rule.sites)), everybody, IN
    if rule.performed:
        yield said_of_period(rule.performed), *within(rule.performed, facts.performed), rule.performed.unknown
    for criterion in rule.criteria:
        holds, known = of(criterion, facts.values(criterion.variable), facts.rows)
        stays = ~holds if criterion.kind == EXCLUDE else holds
        yield said(criterion, labels), stays, known, criterion.unknown


def said(criterion: Criterion, labels: Mapping[str, Named]) -> dict:
    must = to_stay(criterion)
    missing = f"{label_of(criterion.variable, labels)} is not recorded"
    return {"criterion": in_words(must, labels), "why": in_words(opposite(must), labels), "why_unknown": missing}


def said_of_period(period: Period) -> dict:
    words = period_in_words(period)
    unknown = "date of the procedure is not recorded well enough"
    return {"criterion": words, "why": f"not: {words}", "why_unknown": unknown}


def within(period: Period, performed: Sequence[tuple[date, date] | None]) -> tuple[np.ndarray, np.ndarray]:
    """Whether each was done in the period; not known where the known part of its date leaves that open."""
    first, last = period.first or date.min, period.last or date.max
    sure = [span is not None and first <= span[0] and span[1] <= last for span in performed]
    out = [span is not None and (span[1] < first or last < span[0]) for span in performed]
    inside = np.array(sure, dtype=bool)
    return inside, inside | np.array(out, dtype=bool)


def of(criterion: Criterion, values: Values, rows: int) -> tuple[np.ndarray, np.ndarray]:
    """Where the condition holds, and where it is known whether it does."""
    present = np.zeros(rows, dtype=bool) if values is None else values.present
    if criterion.op in ("known", "unknown"):
        return (present if criterion.op == "known" else ~present), np.ones(rows, dtype=bool)
    if values is None:
        return present, present
    if criterion.op in ("is", "in", "is_not", "not_in"):
        among = present & among_levels(criterion, values)
        return (among if criterion.op in ("is", "in") else present & ~among), present
    return present & compared(criterion, values), present


def among_levels(criterion: Criterion, values: Column | Category) -> np.ndarray:
    """Who has one of the levels that are named; 1.0 and 1 are one level."""
    category = values.as_category()
    wanted = {level_text(value) for value in criterion.values}
    hit = np.array([level in wanted for level in category.levels] or [False], dtype=bool)
    return hit[np.where(category.present, category.codes, 0)]


def compared(criterion: Criterion, values: Column | Category) -> np.ndarray:
    """Whose number lies where the criterion says. Exact: limits are whole numbers of the column's own scale."""
    try:
        column = values.as_column()
    except NotNumeric as error:
        what = "Ask for its levels: is, in."
        raise RuleError(
            field=criterion.variable, value=criterion.op, rule=f"needs numbers, and {error}", what_to_do=what
        ) from error
    limits = [each.scaleb(column.decimals) for each in criterion.values]
    numbers = column.values.astype(np.int64)
    if criterion.op == "between":
        return (numbers >= whole(limits[0], ROUND_CEILING)) & (numbers <= whole(limits[1], ROUND_FLOOR))
    compare, rounding = COMPARE[criterion.op]
    return compare(numbers, whole(limits[0], rounding))


def whole(limit: Decimal, rounding: str) -> int:
    """The limit as a whole number that parts whole numbers as it does, within 64 bits."""
    return int(min(max(limit.to_integral_value(rounding), -LARGEST), LARGEST))
