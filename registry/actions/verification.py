"""Verification: somebody held a value against the source. It drops when the value changes, by any route."""

from django.db import IntegrityError, models, transaction
from django.utils import timezone

from registry.addressed import Place, place_of, places_in
from registry.addresses import Address
from registry.audit import recording
from registry.errors import Problem, Refused, StaleSave
from registry.models import User, Verification

CHANGED = "The value changed after you opened the page. Hold what is recorded now against the source."


def refuse_unseen(place: Place, seen: str) -> None:
    """Only what somebody looked at is verified."""
    if place.standing.is_empty:
        message = "Nothing is recorded here, so there is nothing to verify."
        raise Refused([Problem(rule="Q2", field=place.address.field, value="", message=message)])
    if str(place.standing) != seen:
        raise StaleSave(CHANGED)


@transaction.atomic
def verify(*, address: Address, seen: str, by: User) -> Verification:
    """The value at this address, which the verifier saw as `seen`, is what the source says. Twice is once."""
    place = place_of(address, locked=True)
    refuse_unseen(place, seen)
    with recording(by=by):
        return verified(place, by)


def verified(place: Place, by: User) -> Verification:
    """The standing verification of a place, made where there is none."""
    address = place.address
    where = {"form": address.form, "row_id": address.row_id, "field": address.field}
    try:
        with transaction.atomic():
            return Verification.objects.create(
                site_id=place.patient.site_id,
                patient=place.patient,
                verified_by=by,
                verified_at=timezone.now(),
                **where,
            )
    except IntegrityError as error:
        if error.__cause__.diag.constraint_name != "one_standing_verification":
            raise
        return Verification.objects.get(dropped_at=None, **where)


@transaction.atomic
def verify_row(*, form: str, row: models.Model, seen: dict[str, str], by: User) -> int:
    """Verify every value of a row that was seen, {field: value in words}; StaleSave where one of them changed.

    A value that is summed from its items is not verified: its items are.
    """
    with recording(by=by):
        count = 0
        for place in verifiable(form, row):
            if place.address.form == form and place.address.field in seen:
                held = place_of(place.address, locked=True)
                refuse_unseen(held, seen[place.address.field])
                verified(held, by)
                count += 1
    return count


def verifiable(form: str, row: models.Model) -> list[Place]:
    """The values of a row that somebody read in a source."""
    return [place for place in places_in(form, row) if not place.standing.is_empty and not place.standing.derived]


@transaction.atomic
def unverify(*, address: Address, by: User) -> None:
    """Take a verification back; nothing happens where none stands."""
    with recording(by=by):
        Verification.objects.filter(
            form=address.form, row_id=address.row_id, field=address.field, dropped_at=None
        ).update(dropped_at=timezone.now(), dropped_by=by)
