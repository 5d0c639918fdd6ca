"""What the database itself holds of the dates, pairs and lists of one row.

Dates that are known in part are compared as far as they are known (in_known_order, a function of the database), and
refused only where they are certainly out of order.
"""

from django.db import models
from django.db.models import F, Func, Q
from django.db.models.functions import Floor


def in_order(first: str, second: str, *, name: str, message: str) -> models.CheckConstraint:
    """Of two dates of one row the first is not certainly after the second."""
    columns = [F(f"{stem}_{part}") for stem in (first, second) for part in ("on", "precision")]
    condition = Func(*columns, function="in_known_order", output_field=models.BooleanField())
    return models.CheckConstraint(condition=condition, name=name, violation_error_message=message)


def ends_after_it_begins(model: str, begins: str = "started", ends: str = "ended") -> models.CheckConstraint:
    """D10: a course, a line, a complication."""
    return in_order(
        begins, ends, name=f"{model}_ends_after_it_begins", message="The end is before the beginning. [D10]"
    )


def other_in_words(*pairs: tuple[str, str], name: str, several: tuple[str, ...] = ()) -> models.CheckConstraint:
    """R1: where a list says `other`, the column beside it says which, or why that is not known."""
    condition = Q()
    for listed, words in pairs:
        chosen = Q(**{f"{listed}__contains": ["other"]}) if listed in several else Q(**{listed: "other"})
        nothing = Q(**{f"{listed}__isnull": True}) if listed in several else Q()
        condition &= nothing | ~chosen | ~Q(**{words: ""}) | Q(missing__has_key=words)
    return models.CheckConstraint(
        condition=condition, name=name, violation_error_message="Say which other, in a few words. [R1]"
    )


def yes(name: str) -> Q:
    """The answer is yes; of no answer it is false, not unknown, which the database would let pass."""
    return Q(**{f"{name}__isnull": False}) & Q(**{name: True})


def goes_with(says: str, listed: str, *, name: str, message: str) -> models.CheckConstraint:
    """A yes has something in its list, and what is in the list has its yes."""
    some = Q(**{f"{listed}__len__gt": 0})
    none = Q(**{listed: []})
    allowed = Q(**{f"{listed}__isnull": True}) | (some & yes(says)) | (none & ~Q(**{says: True}))
    return models.CheckConstraint(condition=allowed, name=name, violation_error_message=message)


def pain_within_its_scale() -> models.CheckConstraint:
    """P1: 60 of 100 is not 60 of 10; NRS and faces are whole."""
    raw = Q(pain_raw__isnull=True, pain_raw_high__isnull=True) | Q(
        pain_raw__isnull=False, pain_raw_max__isnull=False, pain_raw__lte=F("pain_raw_max")
    )
    high = Q(pain_raw_high__isnull=True) | Q(pain_raw_high__gte=F("pain_raw"), pain_raw_high__lte=F("pain_raw_max"))
    whole = ~Q(pain_scale_type__in=["nrs_0_10", "faces_0_10"]) | (
        (Q(pain_raw__isnull=True) | Q(pain_raw=Floor("pain_raw")))
        & (Q(pain_raw_high__isnull=True) | Q(pain_raw_high=Floor("pain_raw_high")))
    )
    ends = (
        Q(pain_raw_max__isnull=True)
        | Q(pain_scale_type__in=["", "verbal_converted", "unspecified"])
        | Q(pain_scale_type="vas_0_100", pain_raw_max=100)
        | (~Q(pain_scale_type="vas_0_100") & Q(pain_raw_max=10))
    )
    return models.CheckConstraint(
        condition=raw & high & whole & ends,
        name="visitdetails_pain_within_its_scale",
        violation_error_message="Pain as written lies within its scale, whole on NRS and faces. [P1]",
    )


def death_is_said_once() -> list[models.CheckConstraint]:
    """D5 and D6: deceased has a date or says that there is none to find, only deceased has one, and is not lost."""
    dated = Q(died_on__isnull=False) | yes("death_date_unknown")
    said = dated | Q(missing__has_key="died_on")
    return [
        models.CheckConstraint(
            condition=(~Q(status="deceased") | said)
            & (Q(status__in=["deceased", ""]) | ~dated)
            & ~Q(died_on__isnull=False, death_date_unknown=True),
            name="vitalstatus_death_is_dated",
            violation_error_message="Deceased has a date of death, or says that it cannot be found. [D5]",
        ),
        models.CheckConstraint(
            condition=~Q(status="deceased") | (~Q(lost_to_follow_up=True) & Q(lost_on__isnull=True)),
            name="vitalstatus_dead_is_not_lost",
            violation_error_message="Somebody who died is not lost to follow-up. [D6]",
        ),
    ]
