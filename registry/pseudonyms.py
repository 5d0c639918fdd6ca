"""What patients are called in the rows that somebody gets: codes by chance, the same ones the next time."""

import secrets
import uuid
from collections.abc import Iterable

from registry.models import Patient, Pseudonym, User

LETTERS = 16
SECRET = 16


def codes_for(recipient: User, patients: Iterable[Patient]) -> dict[uuid.UUID, str]:
    """The recipient's code of each patient, by the patient's id; patients without one get theirs now.

    One query where all have one. A letter comes first, so that no program takes a code for a number.
    """
    sites = {patient.pk: patient.site_id for patient in patients}
    known = codes_of(recipient, sites)
    lacking = [pk for pk in sites if pk not in known]
    if lacking:
        new = [new_code(recipient, pk, sites[pk]) for pk in lacking]
        # Somebody may have been quicker: the first code stands.
        Pseudonym.objects.bulk_create(new, batch_size=5000, ignore_conflicts=True)
        known |= codes_of(recipient, lacking)
    return known


def codes_of(recipient: User, patients: Iterable[uuid.UUID]) -> dict[uuid.UUID, str]:
    """The codes that there are."""
    rows = Pseudonym.objects.filter(recipient=recipient, patient__in=list(patients))
    return dict(rows.values_list("patient", "code"))


def new_code(recipient: User, patient: uuid.UUID, site: uuid.UUID) -> Pseudonym:
    code = f"P{secrets.token_hex(LETTERS // 2)}"
    return Pseudonym(
        recipient=recipient, patient_id=patient, site_id=site, code=code, secret=secrets.token_bytes(SECRET)
    )


def name_patients(recipient: User, patients) -> None:
    """Give every patient of a queryset a code for the recipient: one query where all have one."""
    lacking = patients.exclude(pseudonyms__recipient=recipient).only("pk", "site_id")
    new = [new_code(recipient, patient.pk, patient.site_id) for patient in lacking.iterator(chunk_size=5000)]
    Pseudonym.objects.bulk_create(new, batch_size=5000, ignore_conflicts=True)
