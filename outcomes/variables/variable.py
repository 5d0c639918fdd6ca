"""What a variable of the record is: its name in a freeze, and what it and its codes are called."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

NUMBER, CATEGORY = "number", "category"
CHART, STUDY, DERIVED = "chart", "study", "derived"
YES_NO = {"yes": "Yes", "no": "No"}
SEVERAL = "several"  # the level of a patient whose rows say different things


@dataclass(frozen=True, kw_only=True)
class Variable:
    """One column that a freeze can have. labels: {code: words}, {} of a number or where the codes are not a list.

    where: chart (read from it), study (typed by the study), derived (follows from the chart). group: the form it is of.
    """

    name: str
    label: str
    kind: str = CATEGORY
    unit: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    where: str = DERIVED
    group: str = ""


def yes_no(name: str, label: str) -> Variable:
    return Variable(name=name, label=label, labels=YES_NO)


def number(name: str, label: str, unit: str = "") -> Variable:
    return Variable(name=name, label=label, kind=NUMBER, unit=unit)


def coded(name: str, label: str, choices: Iterable, *, several: str = "") -> Variable:
    """A category of a list of choices; `several`, what the level of those with more than one is called."""
    labels = {str(code): str(words) for code, words in choices}
    return Variable(name=name, label=label, labels=labels | ({SEVERAL: several} if several else {}))


def grouped(group: str, *variables: Variable) -> tuple[Variable, ...]:
    """The variables, said to be of a form."""
    return tuple(replace(each, group=group) for each in variables)
