"""What was said of a value, beside its field, and how many queries wait for the reader."""

from collections.abc import Mapping
from uuid import UUID

from django import template

from registry.access import Permission, may
from registry.addresses import Address
from registry.desk import waiting_for
from registry.marks import Marks, marks_of

register = template.Library()


@register.inclusion_tag("registry/_marks.html")
def value_marks(marks: Mapping[Address, Marks], form: str, row_id: UUID, field: str, label: str) -> dict:
    """A field's queries, its verification, and its history on demand; `marks` is marks_of(user, [row ids])."""
    place = Address(form, row_id, field)
    return {"place": place, "said": marks.get(place) if marks else None, "label": label}


@register.simple_tag
def waiting_queries(user) -> int:
    """How many queries the reader is to act on."""
    return waiting_for(user).count()


@register.simple_tag
def row_marks(user, row_id: UUID) -> Mapping[Address, Marks]:
    """What was said of each value of a row."""
    return marks_of(user, [row_id])


@register.simple_tag
def may_lock(user, site) -> bool:
    return may(user, Permission.LOCK, site)
