"""Where a value stands in the record: form, row and field. Queries, verifications, history and imports all use it."""

from dataclasses import dataclass
from uuid import UUID

VISIT, PATIENT, PROCEDURE = "visit", "patient", "procedure"


@dataclass(frozen=True, order=True)
class Address:
    """`form` is a key of FORMS, or visit, patient, procedure. A score's row is its visit, its field the instrument's
    key. An empty field is the whole row."""

    form: str
    row_id: UUID
    field: str = ""
