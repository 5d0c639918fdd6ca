"""What follows from a form as it is being typed: the same functions that compute what is stored, and why not."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

from django.db.models import Q

from registry.chart import Form
from registry.clock import today
from registry.derived.bone_drugs import bone_drug_class
from registry.derived.charlson import POINTS, aacci
from registry.derived.katagiri import katagiri_band
from registry.derived.of_chart import (
    bmi_of,
    bone_drug_timing_of,
    counts_for_cox,
    days_from_index,
    followed_for,
    growth_suggestion_of,
    is_significant,
    mme_of_lines,
    over_12_months_of,
    pain_of,
    sins_of,
    timing_of_row,
)
from registry.derived.of_rows import age_at_procedure, open_ages, stored_values
from registry.derived.pain import pain_is_inferred
from registry.derived.sins import sins_band
from registry.derived.visit_roles import after_reintervention
from registry.models import ChartRow, Katagiri, Malignancy, Operation, OpioidLine, Procedure
from registry.rules import plain

NOT_YET = "not known yet"


class Live(NamedTuple):
    """A derived value in words, why it is so or is not known, and a value to offer: (field, value, its words)."""

    label: str
    value: str
    why: str = ""
    offer: tuple[str, str, str] | None = None


def live_values(form: Form, row: ChartRow) -> list[Live]:
    """The derived values of a row that is not saved yet, with its parent set."""
    return list(LIVE[form.key](row)) if form.key in LIVE else []


def number(value) -> str:
    return NOT_YET if value is None else str(value)


def yes_or_no(value: bool | None) -> str:
    return NOT_YET if value is None else "yes" if value else "no"


def of_comorbidity(row) -> Iterator[Live]:
    conditions = {name: row.missing.get(name) if getattr(row, name) is None else getattr(row, name) for name in POINTS}
    found = aacci(
        conditions, age=age_at_procedure(row.procedure), reviewed=bool(row.history_reviewed),
        reported=row.aacci_reported,
    )  # fmt: skip
    open_ones = sum(reason.endswith("is not known") and not reason.startswith("the age") for reason in found.reasons)
    why = f"{open_ones} conditions are not answered" if open_ones else "; ".join(found.reasons)
    yield Live("Charlson index", number(found.base), f"{why}; or say that the whole history was reviewed"
               if open_ones else "")  # fmt: skip
    age = age_at_procedure(row.procedure)
    years = "no birth or procedure date" if age is None else f"{age} y{open_ages(row.procedure)}"
    yield Live("Points for age", number(found.age_points), years)
    reported = found.source == "reported"
    said = "silence read as no" if found.inferred else "as the chart reports it, not computed" if reported else ""
    yield Live("AACCI", number(found.total), said)
    yield Live("BMI", number(bmi_of(row)), "kg/m²")


def of_katagiri(row: Katagiri) -> Iterator[Live]:
    total = stored_values(row)["total"]
    band = katagiri_band(total)
    why = f"band {band}: describes cohorts, not a patient" if band else f"missing: {', '.join(open_factors(row))}"
    yield Live("Katagiri score", number(total), why)
    growths = dict(Katagiri.Growth.choices)
    for malignancy in Malignancy.objects.valid().filter(patient=row.procedure.patient, unavailable=None):
        offered = growth_suggestion_of(malignancy)
        what = malignancy.get_primary_cancer_display() or "the malignancy"
        words = str(growths.get(offered.group, "none to suggest"))
        offer = ("growth", offered.group, words) if offered.group else None
        yield Live(f"Growth suggested by {what.lower()}", words, offered.why, offer)


def open_factors(row: Katagiri) -> list[str]:
    """The factors that are not answered; where all others are, the laboratory does not decide its class yet."""
    factors = ("growth", "visceral", "ecog", "previous_chemotherapy", "multiple_skeletal")
    columns = [Katagiri._meta.get_field(name) for name in factors if getattr(row, name) in (None, "")]
    return [str(column.verbose_name).lower() for column in columns] or ["laboratory values that decide the class"]


def of_operation(row: Operation) -> Iterator[Live]:
    found = stored_values(row)
    words = dict(Operation._meta.get_field("complexity").flatchoices)
    is_pdn = row.procedure.kind == Procedure.Kind.PDN
    why = "" if is_pdn else "only of photodynamic nails"
    yield Live("Complexity", str(words.get(found["complexity"], "does not apply" if why else NOT_YET)), why)
    yield Live("Length of stay", number(found["los_days"]), "nights, from the procedure to the discharge")


def of_fracture(row) -> Iterator[Live]:
    total = sins_of(row)
    band = sins_band(total)
    yield Live("SINS", number(total), band.replace("_", " ") if band else "all six components are needed")


def of_treatment(row) -> Iterator[Live]:
    index = index_of(row.patient)
    if index is None:
        yield Live("Timing", NOT_YET, "no index procedure is recorded")
        return
    timing = timing_of_row(row, index)
    yield Live("Neoadjuvant", yes_or_no(timing.neoadjuvant), "any part before the index procedure")
    yield Live("Adjuvant", yes_or_no(timing.adjuvant), "any part after it; both may be true")


def of_bone_drug(row) -> Iterator[Live]:
    index, kind = index_of(row.patient), bone_drug_class(row.drug or None)
    if kind:
        yield Live("Class", kind, "by its drug")
    if index is not None:
        yield Live("Timing", bone_drug_timing_of(row, index) or NOT_YET, "against the index procedure")
    if over_12_months_of(row, today=today()):
        yield Live("Romosozumab", "longer than 12 months", "a course is limited to 12 months")


def of_complication(row) -> Iterator[Live]:
    yield Live("Days from the procedure", number(days_from_index(row, row.procedure)), "")
    yield Live("Significant (Gupta)", yes_or_no(is_significant(row)), "")


def of_secondary(row) -> Iterator[Live]:
    yield Live("Days from the procedure", number(days_from_index(row, row.procedure)), "")
    yield Live("Counts for Cox's rate", yes_or_no(counts_for_cox(row)), "only what was done for unresolved pain")


def of_vital_status(row) -> Iterator[Live]:
    index = index_of(row.patient)
    visits = index.visits.filter(error_marked_at=None, missed=None) if index else ()
    deaths = index.events.filter(error_marked_at=None, kind="death") if index else ()
    days = followed_for(index, row, deaths, visits) if index else None
    yield Live("Follow-up", number(days), "days from the index procedure to death or last contact")


def of_visit_details(row) -> Iterator[Live]:
    pain = pain_of(row)
    is_range = pain_is_inferred(row.pain_raw, row.pain_raw_high)
    why = "the mean of a range: the certainty of the visit is inferred" if is_range else "from what the chart wrote"
    yield Live("Pain on 0-10", NOT_YET if pain is None else plain(pain), why)
    procedure = row.visit.procedure
    events = procedure.events.filter(error_marked_at=None, unavailable=None)
    again = events.filter(Q(kind="secondary_procedure") | Q(complication="reoperation"))
    after = after_reintervention(row.visit.day, [days_from_index(each, procedure) for each in again])
    yield Live("After a re-intervention", yes_or_no(after), "by the days of the events that are recorded")


def of_opioid_line(row: OpioidLine) -> Iterator[Live]:
    if not row.drug:
        yield Live("MME a day", NOT_YET, "the drug is not chosen yet")
        return
    others = OpioidLine.objects.valid().filter(visit=row.visit, unavailable=None).exclude(pk=row.pk)
    for label, lines in (("MME a day of this line", [row]), ("MME a day of all lines", [*others, row])):
        found = mme_of_lines(lines)
        yield Live(label, NOT_YET if found.mme is None else plain(found.mme), "; ".join(found.reasons))
    yield Live("Factors", found.table_version, "for research description, not for converting doses")


def index_of(patient) -> Procedure | None:
    return patient.procedures.filter(is_index=True, error_marked_at=None).first()


LIVE: dict[str, Callable[[ChartRow], Iterator[Live]]] = {
    "comorbidity": of_comorbidity,
    "katagiri": of_katagiri,
    "operation": of_operation,
    "fracture": of_fracture,
    "radiation": of_treatment,
    "systemic": of_treatment,
    "bone_drug": of_bone_drug,
    "complication": of_complication,
    "secondary_procedure": of_secondary,
    "vital_status": of_vital_status,
    "visit_details": of_visit_details,
    "opioid_line": of_opioid_line,
}
