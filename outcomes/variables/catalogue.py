"""The dictionary of the record's variables."""

from collections.abc import Mapping
from functools import cache

from outcomes.variables import cancers, events, follow_up, fractures, operations, opioids, treatments
from outcomes.variables.answers import OF_A_FRACTURE, OF_FORMS
from outcomes.variables.papers import PAPERS
from outcomes.variables.variable import CHART, Variable, grouped, number
from registry.models import Patient, Procedure

SUBJECTS = (operations, cancers, fractures, treatments, events, follow_up, opioids)
# What is known of everybody, whether or not a form of the chart is filled.
OWN = grouped(
    "Patient",
    number("age", "Age at the procedure", "years"),
    Variable(name="sex", label="Sex", labels=dict(Patient.Sex.choices), where=CHART),
    Variable(name="procedure_kind", label="Kind of procedure", labels=dict(Procedure.Kind.choices[:-1]), where=CHART),
)


@cache
def catalogue(preset: str | None = None) -> Mapping[str, Variable]:
    """Every variable of the record by name; under a preset, grouped and named as its paper does."""
    answers = [answer.variable for form in OF_FORMS.values() for answer in form]
    derived = [each for subject in SUBJECTS for each in subject.VARIABLES]
    own = PAPERS[preset].variables if preset in PAPERS else ()
    return {each.name: each for each in (*OWN, *answers, *derived, *own)}


@cache
def of_fractures() -> Mapping[str, Variable]:
    """The variables of one fracture, in a freeze with one row a fracture."""
    return {answer.variable.name: answer.variable for answer in OF_A_FRACTURE}


def labelled(preset: str | None = None, *, by_fracture: bool = False) -> Mapping[str, Variable]:
    """The catalogue of a freeze: under its preset, and with the fracture's own answers where a row is one."""
    return {**catalogue(preset), **(of_fractures() if by_fracture else {})}
