"""Rules of cause and classification: fractures, malignancies, radiation."""

from collections.abc import Iterator

from registry.derived.fragility import ffp_involves_sacrum
from registry.models import Fracture
from registry.models.fracture import Etiology
from registry.rules.dates import Moment
from registry.rules.record import PatientRecord
from registry.rules.rule import Said, of_each, refuses, warns

BY_CANCER = (Etiology.METASTATIC, Etiology.MYELOMA_LYMPHOMA)


def beside(record: PatientRecord, form: str) -> tuple:
    return tuple((form, row.pk) for row in record.rows(form))


@refuses(
    "R2", forms=("fracture",), fields=("additional_pelvic_fracture", "additional_sites"), evidence="P",
    wording="An additional pelvic fracture has a site, and a site is that of an additional fracture.",
    constraints=("fracture_additional_has_sites",),
)  # fmt: skip
@of_each("fracture")
def additional_without_site(row: Fracture, record: PatientRecord) -> Iterator[Said]:
    if row.additional_pelvic_fracture and row.additional_sites == []:
        yield Said("additional_sites", "none", "Say where the additional fracture is.")
    if row.additional_sites and not row.additional_pelvic_fracture:
        sites = ", ".join(row.additional_sites)
        yield Said("additional_pelvic_fracture", sites, "There are sites: say yes, or take the sites away.")


@refuses(
    "R3", forms=("fracture", "malignancy"), fields=("etiology",), evidence="S", awaits=True,
    wording="A fracture by cancer needs a malignancy in the record.",
)  # fmt: skip
@of_each("fracture")
def cancer_without_malignancy(row: Fracture, record: PatientRecord) -> Iterator[Said]:
    if row.etiology in BY_CANCER and not record.rows("malignancy") and not record.is_lost("malignancy"):
        message = "The cause is cancer, and no malignancy is recorded. Record it."
        yield Said("etiology", row.etiology, message, awaits=True)


@warns(
    "R3w", forms=("fracture", "malignancy"), fields=("etiology",), evidence="S",
    wording="An osteoporotic fracture in a patient with cancer, without radiation: say why it is not the cancer.",
)  # fmt: skip
@of_each("fracture")
def osteoporotic_with_cancer(row: Fracture, record: PatientRecord) -> Iterator[Said]:
    radiated = any(each.etiology == Etiology.RADIATION for each in record.rows("fracture"))
    if row.etiology == Etiology.OSTEOPOROTIC and record.rows("malignancy") and not radiated:
        message = "A malignancy is recorded, and the cause is osteoporosis. Say why it is not the cancer."
        yield Said("etiology", row.etiology, message, beside(record, "malignancy"))


@warns(
    "R4", forms=("fracture", "radiation"), fields=("etiology",), evidence="P", awaits=True,
    wording="A fracture by radiation follows a course whose field includes the sacrum.",
)  # fmt: skip
@of_each("fracture")
def radiation_without_course(row: Fracture, record: PatientRecord) -> Iterator[Said]:
    if row.etiology != Etiology.RADIATION or record.index is None:
        return
    begun = ((each, Moment.of(each, "started")) for each in record.rows("radiation"))
    sacral = [
        each
        for each, start in begun
        if each.field_includes_sacrum is not False and not (start and start.after(record.index.when))
    ]
    if not sacral and not record.is_lost("radiation"):
        message = "No course of radiation of the sacrum before the procedure is recorded. Record it, or the cause is"
        yield Said("etiology", row.etiology, f"{message} another.", beside(record, "radiation"), awaits=True)


@warns(
    "R5", forms=("fracture",), fields=("ffp",), evidence="V",
    wording="FFP type I is of the anterior ring only: it does not involve the sacrum.",
)  # fmt: skip
@of_each("fracture")
def class_without_sacrum(row: Fracture, record: PatientRecord) -> Iterator[Said]:
    if row.ffp and not ffp_involves_sacrum(row.ffp):
        message = (
            f"{row.ffp} is a fracture of the anterior ring only. Check the class: this is a registry of the sacrum."
        )
        yield Said("ffp", row.ffp, message)
