"""Rules of risk before the operation: Charlson index, Katagiri score, body size, bone."""

from collections.abc import Iterator

from registry.derived.charlson import EXCLUSIVE
from registry.derived.of_chart import growth_suggestion_of, over_12_months_of
from registry.derived.of_rows import stored_values
from registry.models import BoneDrug, Comorbidity, Katagiri
from registry.models.malignancy import HAEMATOLOGIC
from registry.rules.numbers import plain
from registry.rules.record import PatientRecord, ProcedureRecord
from registry.rules.rule import Rows, Said, of_each, refuses, warns

# A proposal of this registry, as the hard limits of 6.1.
LEAST_BMI, MOST_BMI = 10, 80
TUMOURS = ("tumour_localised", "tumour_metastatic", "leukaemia", "lymphoma")


def rows_beside(record: PatientRecord, *forms: str) -> Rows:
    return tuple((form, row.pk) for form in forms for row in record.rows(form))


def solid(record: PatientRecord) -> list:
    """The malignancies that are named and are not of the blood."""
    return [row for row in record.rows("malignancy") if row.primary_cancer and row.primary_cancer not in HAEMATOLOGIC]


@refuses(
    "C1", forms=("comorbidity", "malignancy"), fields=(*EXCLUSIVE, *EXCLUSIVE.values()), evidence="V",
    wording="Of the Charlson pairs (diabetes, liver disease, solid tumour) only the higher is yes; a metastatic solid"
    " tumour needs a malignancy that is not of the blood: myeloma is none.",
    constraints=("comorbidity_pairs_exclude_each_other",),
)  # fmt: skip
@of_each("comorbidity")
def both_of_a_pair(row: Comorbidity, procedure: ProcedureRecord) -> Iterator[Said]:
    for lower, higher in EXCLUSIVE.items():
        if getattr(row, lower) and getattr(row, higher):
            words = [row._meta.get_field(name).verbose_name for name in (lower, higher)]
            yield Said(lower, "yes", f"{words[0]} and {words[1].lower()} exclude each other: keep the higher.")
    record = procedure.of
    if row.tumour_metastatic and not solid(record) and not record.is_lost("malignancy"):
        message = "No solid tumour is recorded; myeloma, lymphoma and leukaemia count as themselves. Record it."
        yield Said("tumour_metastatic", "yes", message, rows_beside(record, "malignancy"), awaits=True)


@warns(
    "C2", forms=("comorbidity", "malignancy", "metastasis"), fields=TUMOURS, evidence="V",
    wording="A patient with cancer has points for a tumour; with metastases of a solid tumour they are those of a"
    " metastatic one (6).",
)  # fmt: skip
@of_each("comorbidity")
def tumour_without_points(row: Comorbidity, procedure: ProcedureRecord) -> Iterator[Said]:
    record = procedure.of
    said = {name: getattr(row, name) for name in TUMOURS}
    answered = row.history_reviewed or None not in said.values()
    if not record.rows("malignancy") or not answered:
        return
    beside = rows_beside(record, "malignancy", "metastasis", "fracture")
    metastatic = bool(record.rows("metastasis")) or any(
        each.etiology == "metastatic" for each in record.rows("fracture")
    )
    if True not in said.values():
        yield Said("tumour_localised", "no", "A malignancy is recorded, and no tumour counts. Check both.", beside)
    elif metastatic and solid(record) and not row.tumour_metastatic:
        message = "A solid tumour with metastases is recorded, and does not count as metastatic. Check both."
        yield Said("tumour_metastatic", "no", message, beside)


@warns(
    "C3", forms=("katagiri", "malignancy"), fields=("growth",), evidence="V",
    wording="The growth group is another than the primary and its treatability suggest.",
)  # fmt: skip
@of_each("katagiri")
def growth_against_suggestion(row: Katagiri, procedure: ProcedureRecord) -> Iterator[Said]:
    record = procedure.of
    suggestions = [growth_suggestion_of(each) for each in record.rows("malignancy")]
    groups = {each.group for each in suggestions}
    if row.growth and groups and None not in groups and row.growth not in groups:
        why = "; ".join(f"{each.group}: {each.why}" for each in suggestions)
        message = f"The group chosen is {row.growth}; suggested is {why}. Say why it is another."
        yield Said("growth", f"{row.growth}, suggested {', '.join(sorted(groups))}", message,
                   rows_beside(record, "malignancy"))  # fmt: skip


@refuses(
    "C3e", forms=("katagiri",), fields=("total",), evidence="V",
    wording="There is no Katagiri score without its laboratory: missing values are not normal ones.",
)  # fmt: skip
@of_each("katagiri")
def score_without_laboratory(row: Katagiri, procedure: ProcedureRecord) -> Iterator[Said]:
    if row.total is not None and stored_values(row)["total"] is None:
        yield Said("", str(row.total), "A component is not known, so that there is no score.")


@warns(
    "C4", forms=("comorbidity", "katagiri"), fields=("aacci_reported", "total_reported"), evidence="V",
    wording="An index that the chart reports differs from that of its components; both are kept.",
)  # fmt: skip
def reported_index_differs(record: PatientRecord):
    yield from of_each("comorbidity")(charlson_differs)(record)
    yield from of_each("katagiri")(katagiri_differs)(record)


def charlson_differs(row: Comorbidity, procedure: ProcedureRecord) -> Iterator[Said]:
    if None not in (row.aacci_reported, row.charlson_base, row.charlson_age):
        computed = row.charlson_base + row.charlson_age
        yield from differs("aacci_reported", row.aacci_reported, computed)


def katagiri_differs(row: Katagiri, procedure: ProcedureRecord) -> Iterator[Said]:
    if None not in (row.total_reported, row.total):
        yield from differs("total_reported", row.total_reported, row.total)


def differs(field: str, reported: int, computed: int) -> Iterator[Said]:
    if reported != computed:
        message = f"The chart reports {reported}, the components give {computed}. Check the components."
        yield Said(field, f"{reported}, computed {computed}", message)


@refuses(
    "B1", forms=("comorbidity",), fields=("height_cm", "weight_kg"), evidence="P",
    wording=f"The body mass index lies between {LEAST_BMI} and {MOST_BMI} kg/m2: height in cm, weight in kg.",
    constraints=("comorbidity_body_mass_index",),
)  # fmt: skip
@of_each("comorbidity")
def impossible_body(row: Comorbidity, procedure: ProcedureRecord) -> Iterator[Said]:
    height, weight = row.height_cm, row.weight_kg
    if None in (height, weight):
        return
    index = weight * 10000 / (height * height)
    if not LEAST_BMI <= index <= MOST_BMI:
        values = f"{plain(height)} cm, {plain(weight)} kg"
        yield Said("weight_kg", values, f"{values} is a body mass index of {index:.1f}. Check both.")


@warns(
    "B2", forms=("bone_drug",), fields=("started_on", "ended_on"), evidence="S",
    wording="A course of romosozumab is limited to 12 months.",
)  # fmt: skip
@of_each("bone_drug")
def long_course(row: BoneDrug, record: PatientRecord) -> Iterator[Said]:
    if row.drug == BoneDrug.Drug.ROMOSOZUMAB and over_12_months_of(row, today=record.today):
        yield Said("ended_on", str(row.ended_on or ""), "Romosozumab is given for 12 months at most. Check the dates.")
