"""The words of the chart's own lists: what a study types in them says no more of a patient than the chart's answers."""

import re
from collections.abc import Iterator
from functools import cache

from registry.chart import FORMS
from registry.models import Patient, Procedure

WORD = re.compile(r"[^\W\d_]+")
PLAIN = frozenset({"yes", "no", "none", "not", "unknown"})


@cache
def words() -> frozenset[str]:
    """Every word of every code and label that the record's lists have, in small letters."""
    choices = (choice for form in FORMS.values() for field in form.fields for choice in choices_of(field))
    own = (*Patient.Sex.choices, *Procedure.Kind.choices)
    texts = (str(text) for choice in (*choices, *own) for text in choice)
    return PLAIN.union(*(in_small_letters(text) for text in texts))


def choices_of(field) -> Iterator[tuple[object, object]]:
    """The codes of a field and their labels; those of each answer where it takes several."""
    return (pair for pair in getattr(field, "base_field", field).flatchoices)


def in_small_letters(text: str) -> set[str]:
    return {word.casefold() for word in WORD.findall(text)}


def is_known(text: str) -> bool:
    """Whether the text is written in these words alone, and in numbers of three digits at most."""
    return in_small_letters(text) <= words() and not re.search(r"\d{4}", text)
