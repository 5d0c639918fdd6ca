"""Rules of opioids: the analgesic scale, the yes or no, the lines and their morphine equivalents."""

from collections.abc import Iterator
from decimal import Decimal

from registry.addresses import Address
from registry.derived.of_chart import mme_per_day
from registry.models import OpioidLine, VisitDetails
from registry.rules.dates import Moment
from registry.rules.numbers import plain
from registry.rules.record import ProcedureRecord, VisitRecord
from registry.rules.rule import Found, Said, beside, of_each, of_each_procedure, of_each_visit, refuses, together, warns
from registry.rules.survival import moment_of

# All thresholds are proposals of this registry.
MOST_MME, MOST_FENTANYL = 1000, 400
NO_NARCOTIC_AS = 2  # 0 to 2: none, over the counter, prescribed but not narcotic
PRN_AS, SCHEDULED_AS, PARENTERAL_AS = 3, 4, 5
BY_NEEDLE = (OpioidLine.Route.PARENTERAL, OpioidLine.Route.INTRATHECAL)
MILD_MSTS_PAIN, STRONG_MSTS_PAIN = range(3, 6), range(2)
NO, YES = 0, 1
# The pattern of use: 0 none, 1 as needed, 2 scheduled, 3 both, 4 parenteral.
AS_BY_PATTERN = {1: PRN_AS, 2: SCHEDULED_AS, 3: SCHEDULED_AS, 4: PARENTERAL_AS}
SCHEDULED_PATTERNS = (2, 3, 4)
OPIOID_ABOVE = {"as": NO_NARCOTIC_AS, "opioid": NO, "opioid_pattern": 0}


def lines_at(visit: VisitRecord) -> list[OpioidLine]:
    """The opioids prescribed at a visit: those that had not ended before it, and did not start after it."""
    when, found = moment_of(visit), []
    for line in visit.rows("opioid_line"):
        started, ended = Moment.of(line, "started"), Moment.of(line, "ended")
        over, ahead = ended is not None and ended.before(when), started is not None and started.after(when)
        found += [] if over or ahead else [line]
    return found


def in_use(visit: VisitRecord) -> list[OpioidLine]:
    """The opioids that are taken at a visit: what is prescribed, and documented as not taken, is none of them."""
    return [line for line in lines_at(visit) if 0 not in (line.taken_per_day, line.units_per_day)]


def scale_of(line: OpioidLine) -> int | None:
    """The level of the analgesic scale that a line stands for; a patch counts as scheduled. None: not known."""
    if line.route in BY_NEEDLE:
        return PARENTERAL_AS
    if line.route == OpioidLine.Route.TRANSDERMAL:
        return SCHEDULED_AS
    return None if line.prn is None else PRN_AS if line.prn else SCHEDULED_AS


def scheduled(visit: VisitRecord) -> bool:
    """Whether a visit says that opioids are taken by the clock."""
    levels = [scale_of(line) or 0 for line in in_use(visit)]
    by_lines = max([visit.numbers.get("as", 0), *levels]) >= SCHEDULED_AS
    return by_lines or visit.numbers.get("opioid_pattern") in SCHEDULED_PATTERNS


def mme_of(visit: VisitRecord) -> Decimal | None:
    """MME a day; 0 only where the visit says that no opioid is in use, None where it is not known."""
    used = visit.numbers.get("opioid")
    return mme_per_day(
        lines_at(visit), any_opioid=None if used is None else used == YES, details=visit.only("visit_details")
    )


@refuses(
    "O1", forms=("visit",), fields=("as", "opioid", "opioid_pattern"), evidence="S",
    wording="Opioid use is one story: the analgesic scale 0 to 2 and the pattern none are no opioid, 3 to 5 and any"
    " other pattern are an opioid.",
)  # fmt: skip
@of_each_visit
def use_told_twice(visit: VisitRecord) -> Iterator[Said]:
    numbers = visit.numbers
    told = {key: numbers[key] > limit for key, limit in OPIOID_ABOVE.items() if key in numbers}
    if len(set(told.values())) > 1:
        values = together(visit, *told)
        message = f"{values}: one says that an opioid is in use, the other that none is. Correct one of them."
        yield Said(next(iter(told)), values, message)


@refuses(
    "O2", forms=("visit", "opioid_line"), fields=("as", "opioid_pattern", "prn", "route"), evidence="S",
    wording="The analgesic scale follows from how opioids are taken: 3 as needed only, 4 scheduled, both or a patch, 5"
    " parenteral; the strongest line counts.",
)  # fmt: skip
@of_each_visit
def scale_against_pattern(visit: VisitRecord) -> Iterator[Said]:
    numbers = visit.numbers
    level = numbers.get("as")
    if level is None:
        return
    by_pattern = AS_BY_PATTERN.get(numbers.get("opioid_pattern"))
    if by_pattern is not None and by_pattern != level:
        values = together(visit, "as", "opioid_pattern")
        yield Said("as", values, f"{values}: this pattern is {by_pattern} on the analgesic scale. Correct one of them.")
    levels = [scale_of(line) for line in in_use(visit)]
    highest = max((each for each in levels if each is not None), default=None)
    if highest is None or highest == level or (highest < level and None in levels):
        return
    rows = tuple(("opioid_line", line.pk) for line in visit.rows("opioid_line"))
    message = f"The opioid lines say {highest}, the analgesic scale {plain(level)}. Correct the scale or the lines."
    yield Said("as", f"as {plain(level)}, lines {highest}", message, rows, awaits=highest < level)


@refuses(
    "O3", forms=("visit", "opioid_line", "visit_details"), fields=("opioid", "mme_reported"), evidence="P",
    wording="Without opioid use there is no line of an opioid in use, and MME is 0.",
)  # fmt: skip
@of_each_visit
def lines_without_use(visit: VisitRecord) -> Iterator[Said]:
    if visit.numbers.get("opioid") != NO:
        return
    lines, details = in_use(visit), visit.only("visit_details")
    if lines:
        rows = tuple(("opioid_line", line.pk) for line in lines)
        listed = "a line is listed" if len(lines) == 1 else f"{len(lines)} lines are listed"
        message = f"No opioid is in use, and {listed} as in use. Correct one of them, or say when the line ended."
        yield Said("opioid", f"0, lines {len(lines)}", message, rows)
    if details is not None and details.mme_reported:
        reported = plain(details.mme_reported)
        message = f"No opioid is in use, and {reported} MME a day are reported. Correct one of them."
        yield Said("opioid", f"0, MME {reported}", message, (("visit_details", details.pk),))


@warns(
    "O4", forms=("visit_details", "opioid_line"), fields=("opioid_change", "mme_reported"), evidence="P",
    wording="Opioid use is called decreased while MME rose since before the procedure, or increased while it fell.",
)  # fmt: skip
@of_each("visit_details")
def change_against_dose(details: VisitDetails, visit: VisitRecord) -> Iterator[Said]:
    said, baseline = details.opioid_change, visit.of.baseline
    if said not in ("decreased", "increased") or baseline in (None, visit):
        return
    before, after = mme_of(baseline), mme_of(visit)
    if None not in (before, after) and (after > before if said == "decreased" else after < before):
        values = f"{said}, MME {plain(before)} to {plain(after)}"
        yield Said("opioid_change", values, f"{values}. Check the words and the doses.", beside(baseline, visit))


@warns(
    "O5", forms=("visit", "opioid_line"), fields=("msts_pain", "as", "opioid"), evidence="P",
    wording="MSTS pain 3 to 5 (no narcotics) with scheduled opioids, or 0 or 1 (narcotics) without any opioid.",
)  # fmt: skip
@of_each_visit
def pain_against_opioids(visit: VisitRecord) -> Iterator[Said]:
    pain = visit.numbers.get("msts_pain")
    if pain is None:
        return
    rows = tuple(("opioid_line", line.pk) for line in visit.rows("opioid_line"))
    if pain in MILD_MSTS_PAIN and scheduled(visit):
        message = f"MSTS pain {plain(pain)} is pain without narcotics; opioids are scheduled. Check both."
        yield Said("msts_pain", f"{plain(pain)}, scheduled opioids", message, rows)
    none = visit.numbers.get("opioid") == NO or visit.numbers.get("as", PRN_AS) <= NO_NARCOTIC_AS
    if pain in STRONG_MSTS_PAIN and none:
        message = f"MSTS pain {plain(pain)} is pain that takes narcotics; no opioid is in use. Check both."
        yield Said("msts_pain", f"{plain(pain)}, no opioid", message, rows)


@warns(
    "O6", forms=("visit_details", "opioid_line"), fields=("mme_reported", "strength"), evidence="P",
    wording=f"More than {MOST_MME} MME a day, or a patch of more than {MOST_FENTANYL} mcg of fentanyl an hour.",
)  # fmt: skip
@of_each_procedure
def very_high_dose(procedure: ProcedureRecord) -> Iterator[Found]:
    for visit in procedure.visits:
        if not visit.forms:
            continue
        mme = mme_of(visit)
        if mme is not None and mme > MOST_MME:
            rows = tuple((form, row.pk) for form in ("visit_details", "opioid_line") for row in visit.rows(form))
            message = f"{plain(mme)} MME a day is more than {MOST_MME}. Check the strengths and the units."
            yield Found(dose_address(visit), f"MME {plain(mme)}", message, rows)
        for line in visit.rows("opioid_line"):
            patch = (line.drug, line.route) == (OpioidLine.Drug.FENTANYL, OpioidLine.Route.TRANSDERMAL)
            if patch and line.strength is not None and line.strength > MOST_FENTANYL:
                message = f"A patch of {plain(line.strength)} mcg/h is more than {MOST_FENTANYL}. Check the strength."
                yield Found(Address("opioid_line", line.pk, "strength"), plain(line.strength), message)


def dose_address(visit: VisitRecord) -> Address:
    """Where the dose of a visit stands: its first line, else what the chart reports."""
    lines = lines_at(visit)
    if lines:
        return Address("opioid_line", lines[0].pk, "strength")
    return Address("visit_details", visit.only("visit_details").pk, "mme_reported")


@refuses(
    "O7", forms=("visit_details", "visit"), fields=("opioid_chronic", "opioid_chronic_rule"), evidence="P",
    wording="Chronic opioid use is opioid use, and says by which rule it is chronic.",
    constraints=("visitdetails_chronic_by_a_rule",),
)  # fmt: skip
@of_each("visit_details")
def chronic_without_use(details: VisitDetails, visit: VisitRecord) -> Iterator[Said]:
    if not details.opioid_chronic:
        return
    if not details.opioid_chronic_rule and "opioid_chronic_rule" not in details.missing:
        yield Said("opioid_chronic_rule", "", "Say by which rule opioid use is chronic; there are many.")
    if visit.numbers.get("opioid") == NO:
        message = "Chronic opioid use, and no opioid in use at this visit. Correct one of them."
        yield Said("opioid_chronic", "yes, opioid 0", message, beside(visit))
