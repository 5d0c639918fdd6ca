"""Rules of pain: as it was written in the chart, from visit to visit, and in comparison with before."""

from collections.abc import Iterator
from decimal import Decimal
from itertools import pairwise

from registry.addresses import Address
from registry.derived.of_chart import pain_of
from registry.models import VisitDetails
from registry.rules.numbers import plain
from registry.rules.record import ProcedureRecord, VisitRecord
from registry.rules.rule import Found, Said, beside, of_each, of_each_procedure, refuses, warns

# All thresholds are proposals of this registry.
LARGE_CHANGE = 8
RESOLVED_AT_MOST = 1
UNCHANGED_BELOW = 2
WHOLE_NUMBERS = (VisitDetails.PainScale.NRS_0_10, VisitDetails.PainScale.FACES_0_10)
ENDS_AT_100 = VisitDetails.PainScale.VAS_0_100
NO_END = ("", VisitDetails.PainScale.VERBAL, VisitDetails.PainScale.UNSPECIFIED)
RESOLVED, IMPROVED, UNCHANGED, WORSE = 1, 2, 3, 4


@refuses(
    "P1", forms=("visit_details",), fields=("pain_raw", "pain_raw_high", "pain_raw_max", "pain_scale_type"),
    evidence="P", constraints=("visitdetails_pain_within_its_scale",),
    wording="Pain as written lies within its scale (60 of 100 is not 60 of 10), whole on NRS and faces.",
)  # fmt: skip
@of_each("visit_details")
def pain_off_its_scale(details: VisitDetails, visit: VisitRecord) -> Iterator[Said]:
    raw, high, end, scale = details.pain_raw, details.pain_raw_high, details.pain_raw_max, details.pain_scale_type
    if high is not None and (raw is None or high < raw):
        yield Said("pain_raw_high", plain(high), "Write the lower end of the range first, then the upper end.")
    if raw is not None and end is None:
        yield Said("pain_raw_max", plain(raw), "Say where the pain scale ends: at 10 or at 100.")
    for name, value in (("pain_raw", raw), ("pain_raw_high", high)):
        if value is not None and end is not None and value > end:
            yield Said(name, plain(value), f"The scale ends at {end}: give a value up to {end}, or another end.")
        if value is not None and scale in WHOLE_NUMBERS and value % 1:
            yield Said(name, plain(value), f"{details.get_pain_scale_type_display()} has whole numbers only.")
    if end is not None and scale not in NO_END and (end == 100) != (scale == ENDS_AT_100):
        message = f"{details.get_pain_scale_type_display()} does not end at {end}: correct the scale or its end."
        yield Said("pain_raw_max", str(end), message)


@warns(
    "P5", forms=("visit_details", "visit"), fields=("pain", "pain_raw"), evidence="P",
    wording="The pain score is the pain as written, brought to 0-10 (of a range the mean).",
)  # fmt: skip
@of_each("visit_details")
def pain_otherwise_written(details: VisitDetails, visit: VisitRecord) -> Iterator[Said]:
    score, raw, end, converted = visit.numbers.get("pain"), details.pain_raw, details.pain_raw_max, pain_of(details)
    if None not in (score, converted) and converted != score:
        message = f"{plain(raw)} of {end} is {plain(converted)} of 10; the score of the visit is {plain(score)}."
        yield Said("pain_raw", f"{plain(raw)} of {end}, pain {plain(score)}", message, beside(visit))


@warns(
    "P6", forms=("visit_details", "visit"), fields=("pain", "pain_scale_type"), evidence="P",
    wording="A pain score of NRS or faces is whole, unless the chart gave a range.",
)  # fmt: skip
@of_each("visit_details")
def pain_between_numbers(details: VisitDetails, visit: VisitRecord) -> Iterator[Said]:
    score = visit.numbers.get("pain")
    is_range = details.pain_raw_high is not None
    if details.pain_scale_type in WHOLE_NUMBERS and not is_range and score is not None and score % 1:
        scale = details.get_pain_scale_type_display()
        message = f"{scale} has whole numbers only, and the score is {plain(score)}. Check it, or write down the range."
        yield Said("pain_scale_type", f"{details.pain_scale_type}, pain {plain(score)}", message, beside(visit))


@warns(
    "P2", forms=("visit",), fields=("pain",), evidence="P",
    wording=f"Pain changed by {LARGE_CHANGE} points or more from one visit to the next.",
)  # fmt: skip
@of_each_procedure
def pain_leaps(procedure: ProcedureRecord) -> Iterator[Found]:
    told = [visit for visit in procedure.in_order if "pain" in visit.numbers]
    for earlier, later in pairwise(told):
        before, after = earlier.numbers["pain"], later.numbers["pain"]
        if abs(after - before) >= LARGE_CHANGE:
            message = f"Pain went from {plain(before)} to {plain(after)} from one visit to the next. Check both."
            values = f"{plain(before)}, {plain(after)}"
            yield Found(Address("visit", later.visit.pk, "pain"), values, message, beside(earlier))


@warns(
    "P3", forms=("visit",), fields=("fourp", "pain"), evidence="P",
    wording="The four-level pain scale and the pain scores tell the same story: 1 resolved is pain up to 1; 2 improved"
    " is lower than before; 3 unchanged is a change below 2; 4 worse is higher than before.",
)  # fmt: skip
@of_each_procedure
def two_stories(procedure: ProcedureRecord) -> Iterator[Found]:
    baseline = None
    for visit in procedure.visits:
        level, pain = visit.numbers.get("fourp"), visit.numbers.get("pain")
        if None in (level, pain):
            continue
        baseline = baseline or procedure.baseline
        before = baseline.numbers.get("pain") if baseline else None
        wrong = contradiction(int(level), before, pain)
        if wrong:
            told = f"fourp {level}, pain {plain(pain)}" + ("" if before is None else f", before {plain(before)}")
            looked_at = beside(baseline) if baseline else ()
            yield Found(Address("visit", visit.visit.pk, "fourp"), told, f"{told}: {wrong}", looked_at)


def contradiction(level: int, before: Decimal | None, pain: Decimal) -> str:
    """What the four-level scale says that the pain scores do not; '' where they agree or one is not known."""
    if level == RESOLVED and pain > RESOLVED_AT_MOST:
        return "resolved, and yet there is pain. Check which of them the chart says."
    if before is None:
        return ""
    if level == IMPROVED and pain >= before:
        return "improved, and yet the pain is not lower than before. Check which of them the chart says."
    if level == UNCHANGED and abs(pain - before) >= UNCHANGED_BELOW:
        return "unchanged, and yet the pain is another than before. Check which of them the chart says."
    if level == WORSE and pain <= before:
        return "worse, and yet the pain is not higher than before. Check which of them the chart says."
    return ""
