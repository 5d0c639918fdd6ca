"""Who the rows of a freeze are of, and what its recipient calls them."""

from collections.abc import Iterable
from uuid import UUID

import pyarrow as pa

from outcomes.freeze import Frozen
from outcomes.models import Freeze
from registry.history import events_of
from registry.models import Patient, User
from registry.pseudonyms import codes_for
from reports.data.columns import patients_of, whole

Named = tuple[str, str, str]


class UnknownPatients(Exception):
    """Rows of a freeze whose patients cannot be found in the record."""


def whose(frozen: Frozen) -> list[Named]:
    """(site, study, study number) of each row."""
    site, study = (whole(frozen.procedures[f"|{part}"]).to_pylist() for part in ("site", "study"))
    return list(zip(site, study, patients_of(frozen).to_pylist(), strict=True))


def patients_by_name(kept: Freeze, names: Iterable[Named]) -> dict[Named, Patient]:
    """The patient of each name as it was when the freeze was made: a study number may have been corrected since."""
    wanted = set(names)
    patients = Patient.objects.filter(site__in=kept.site_ids, study__cohorts=kept.cohort_id)
    of_now = {each.pk: each for each in patients.select_related("site", "study").only(
        "site_id", "site__code", "study__slug", "study_number", "withdrawn_on", "error_marked_at"
    )}  # fmt: skip
    numbers = {pk: each.study_number for pk, each in of_now.items()} | numbers_at(kept, of_now)
    found = {(of_now[pk].site.code, of_now[pk].study.slug, number): of_now[pk] for pk, number in numbers.items()}
    if wanted - found.keys():
        raise UnknownPatients
    return {name: found[name] for name in wanted}


def numbers_at(kept: Freeze, patients: Iterable[UUID]) -> dict[UUID, str]:
    """The study numbers of these patients when the freeze was made."""
    events = events_of(Patient).filter(pgh_obj_id__in=list(patients), pgh_created_at__lte=kept.made_at)
    return dict(events.select_related(None).order_by("pgh_obj_id", "-pgh_id").distinct("pgh_obj_id")
                .values_list("pgh_obj_id", "study_number"))  # fmt: skip


def names_for(recipient: User, rows: list[Named], patients: dict[Named, Patient]) -> pa.Array:
    """What the recipient calls the patient of each row: the same in every release and every pull."""
    codes = codes_for(recipient, {each.pk: each for each in patients.values()}.values())
    return pa.array([codes[patients[row].pk] for row in rows], pa.string())
