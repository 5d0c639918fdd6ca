"""Where a value stands in the record: form, row and field. Queries, verifications, history and imports all use it."""

from dataclasses import dataclass
from uuid import UUID

VISIT, PATIENT, PROCEDURE, COVARIATE = "visit", "patient", "procedure", "covariate"


@dataclass(frozen=True, order=True)
class Address:
    """`form` is a key of FORMS, or visit, patient, procedure, covariate. A score's row is its visit, its field the
    instrument's key; an attribute's row is its patient, its field the covariate's name. An empty field is the row."""

    form: str
    row_id: UUID
    field: str = ""
