"""Rules between the scores of one visit: function against function, total against items."""

from collections.abc import Iterator
from uuid import UUID

from registry.models import VisitDetails
from registry.rules.numbers import plain
from registry.rules.record import VisitRecord
from registry.rules.rule import Said, beside, of_each, of_each_visit, refuses, together, warns

VISIT = ("visit",)
# All thresholds are proposals of this registry.
NO_PAIN_BELOW = 3
WORST_PAIN_ABOVE = 3
CPAF_WORST, CPAF_BEST = 1, 10
# The worst and the best that a scale can say of walking.
BEDBOUND = {"fms": 5, "ecog": 4, "cpaf": 1, "cms_walking": 0}
INDEPENDENT = {"fms": 0, "ecog": 0, "cpaf": 10, "msts_walking": 5, "cms_walking": 3}
NOT_FULLY_ACTIVE = {"fms": range(3, 6), "msts_supports": range(2), "cpaf": (1,)}
# FMS 1 to 3 is assistance, 4 a wheelchair; CMS wheelchair 0 is most of the time.
AIDED = {"fms": range(1, 5), "cms_wheelchair": (0,)}


def at_level(visit: VisitRecord, levels: dict[str, int]) -> list[str]:
    """The instruments of a visit that are at the level given."""
    numbers = visit.numbers
    return [key for key, level in levels.items() if numbers.get(key) == level]


@refuses(
    "F1", forms=VISIT, fields=("msts", "cms", "their items"), evidence="V",
    wording="A total is the sum of its items; where some are missing, it is not below the sum of the others, nor above"
    " what the missing ones could add.",
)  # fmt: skip
@of_each_visit
def total_is_no_sum(visit: VisitRecord) -> Iterator[Said]:
    items: dict[UUID, list] = {}
    for key, value in visit.numbers.items():
        whole = visit.instruments[key].part_of_id
        if whole is not None:
            items.setdefault(whole, []).append((value, visit.instruments[key].maximum))
    for key, given in visit.numbers.items() if items else ():
        whole = visit.instruments[key].pk
        parts, count = items.get(whole, ()), visit.of.of.items.get(whole)
        if not parts or count is None:
            continue
        least = sum(value for value, _ in parts)
        most = least + (count - len(parts)) * max(maximum for _, maximum in parts)
        if not least <= given <= most:
            sums = plain(least) if least == most else f"{plain(least)} to {plain(most)}"
            yield Said(key, plain(given), f"The items add up to {sums}; correct one of them.")


@warns(
    "F1w", forms=("visit_details", "visit"), fields=("msts_total_reported",), evidence="V",
    wording="A total that the chart reports differs from the sum of the items; both are kept.",
)  # fmt: skip
@of_each("visit_details")
def reported_total_differs(details: VisitDetails, visit: VisitRecord) -> Iterator[Said]:
    total, reported = visit.numbers.get("msts"), details.msts_total_reported
    if None not in (total, reported) and reported != total:
        message = f"The chart reports an MSTS total of {reported}, the record has {plain(total)}. Check the items."
        yield Said("msts_total_reported", f"{reported}, msts {plain(total)}", message, beside(visit))


@refuses(
    "F2", forms=VISIT, fields=("cpaf",), evidence="V", constraints=("score_within_its_instrument",),
    wording="CPAF is a whole number from 1 to 10: 0 does not exist.",
)  # fmt: skip
@of_each_visit
def no_cpaf(visit: VisitRecord) -> Iterator[Said]:
    value = visit.numbers.get("cpaf")
    if value is not None and (value % 1 or not CPAF_WORST <= value <= CPAF_BEST):
        yield Said("cpaf", plain(value), "CPAF is a whole number from 1 (bedbound) to 10 (normal walking).")


@refuses(
    "F7", forms=("visit_details", "visit"), fields=("rmdq", "rmdq_version"), evidence="V",
    wording="A Roland-Morris score is not above the number of items of its version (24, 23 or 18).",
)  # fmt: skip
@of_each("visit_details")
def more_than_its_items(details: VisitDetails, visit: VisitRecord) -> Iterator[Said]:
    score, version = visit.numbers.get("rmdq"), details.rmdq_version
    if score is not None and version and score > int(version):
        message = f"The version has {version} items, the score is {plain(score)}. Correct one of them."
        yield Said("rmdq_version", f"{version}, rmdq {plain(score)}", message, beside(visit))


@warns(
    "F3", forms=VISIT, fields=(*BEDBOUND, "msts_walking"), evidence="P",
    wording="One instrument says bedbound or not walking, another of the same visit fully independent.",
)  # fmt: skip
@of_each_visit
def bedbound_and_independent(visit: VisitRecord) -> Iterator[Said]:
    worst = at_level(visit, BEDBOUND)
    best = at_level(visit, INDEPENDENT) if worst else []
    if worst and best:
        values = together(visit, *worst, *best)
        message = f"{values}: one says bedbound, the other independent. Check which of them the chart says."
        yield Said(worst[0], values, message)


@warns(
    "F4", forms=VISIT, fields=("ecog", "fms", "msts_supports", "cpaf"), evidence="P",
    wording="ECOG 0 (fully active) with FMS 3 or more, MSTS supports 0 or 1, or CPAF 1.",
)  # fmt: skip
@of_each_visit
def fully_active_with_help(visit: VisitRecord) -> Iterator[Said]:
    numbers = visit.numbers
    if numbers.get("ecog") != 0:
        return
    limited = [key for key, limits in NOT_FULLY_ACTIVE.items() if numbers.get(key) in limits]
    if limited:
        values = together(visit, "ecog", *limited)
        yield Said("ecog", values, f"{values}: fully active, and yet in need of help. Check which of them is right.")


@warns(
    "F5", forms=VISIT, fields=("msts_supports", "fms", "cms_wheelchair"), evidence="P",
    wording="MSTS supports 5 (none) while FMS says assistance (1 to 3), or FMS 4 or CMS wheelchair 0 a wheelchair.",
)  # fmt: skip
@of_each_visit
def no_support_with_assistance(visit: VisitRecord) -> Iterator[Said]:
    numbers = visit.numbers
    if numbers.get("msts_supports") != 5:
        return
    aided = [key for key, levels in AIDED.items() if numbers.get(key) in levels]
    if aided:
        values = together(visit, "msts_supports", *aided)
        yield Said("msts_supports", values, f"{values}: no support, and assistance or a wheelchair. Check the chart.")


@warns(
    "F6", forms=VISIT, fields=("msts_pain", "pain"), evidence="P",
    wording="MSTS pain 5 (none) with pain 3 or more, or MSTS pain 0 (the worst) with pain 3 or less.",
)  # fmt: skip
@of_each_visit
def two_pains(visit: VisitRecord) -> Iterator[Said]:
    msts, pain = visit.numbers.get("msts_pain"), visit.numbers.get("pain")
    if None in (msts, pain):
        return
    if (msts == 5 and pain >= NO_PAIN_BELOW) or (msts == 0 and pain <= WORST_PAIN_ABOVE):
        values = together(visit, "msts_pain", "pain")
        yield Said("msts_pain", values, f"{values}: MSTS counts up to no pain, the pain scale up to the worst.")
