"""What forbids that a form of the chart is saved as it was typed."""

from collections.abc import Mapping

from django.core.exceptions import ValidationError
from django.db import IntegrityError

from registry.chart import Form, is_answered
from registry.chart_values import hidden_answers, problem_of, set_answers
from registry.closed import why_closed
from registry.errors import Problem, Refused
from registry.models import ChartRow, FollowUpVisit, Procedure
from registry.models.chart import precision_of
from registry.models.provenance import PROVENANCE


def problems_of(
    form: Form, parent, row: ChartRow, values: Mapping, missing: Mapping[str, str], provenance: Mapping
) -> list[Problem]:
    """Put what was typed into the row, and say everything that is wrong with it."""
    closed = why_closed(parent)
    return [
        *([closed] if closed else []),
        *of_the_parent(form, parent),
        *of_an_unavailable_form(form, row),
        *set_answers(form, row, values, missing),
        *set_provenance(form, row, provenance),
        *hidden_answers(form, row),
        *of_linked_procedure(form, parent, row),
    ]


def of_the_parent(form: Form, parent) -> list[Problem]:
    """V3: a visit that did not take place has no forms."""
    if isinstance(parent, FollowUpVisit) and parent.missed:
        message = "The visit did not take place, so nothing was found at it. Correct the visit first."
        return [problem_of(form, "", "", "V3", message)]
    return []


def of_an_unavailable_form(form: Form, row: ChartRow) -> list[Problem]:
    """V16: a form that is marked unavailable is made available before it is filled."""
    if row.unavailable is None:
        return []
    message = f"The form is marked unavailable: {row.get_unavailable_display()}. Make it available first."
    return [problem_of(form, "", "", "V16", message)]


def set_provenance(form: Form, row: ChartRow, provenance: Mapping) -> list[Problem]:
    """Where it was read; a column that is not named stays as it is."""
    problems = []
    for name, given in provenance.items():
        if name not in PROVENANCE:
            problems.append(problem_of(form, name, "", "V14", "The form has no such field; leave it out."))
            continue
        column = form.model._meta.get_field(name)
        try:
            value = getattr(given, "pk", given) if column.is_relation else column.clean(given, row)
        except ValidationError as error:
            problems.append(problem_of(form, name, given, "V14", " ".join(error.messages)))
        else:
            setattr(row, column.attname, value)
    return problems


def of_linked_procedure(form: Form, parent, row: ChartRow) -> list[Problem]:
    """E3: the procedure that was done for an event is another one of the same patient."""
    linked = getattr(row, "linked_procedure_id", None)
    if linked is None:
        return []
    others = Procedure.objects.valid().filter(patient_id=parent.patient_id).exclude(pk=parent.pk)
    if others.filter(pk=linked).exists():
        return []
    message = "Choose another procedure of this patient; record it first, if it is not there."
    return [problem_of(form, "linked_procedure", "", "E3", message)]


def wants_reason(form: Form, was: ChartRow, new: ChartRow) -> bool:
    """Whether something that was recorded is changed or taken away; what is added explains itself."""
    return any(
        said(was, column.name) != said(new, column.name) for column in form.fields if is_answered(was, column.name)
    )


def said(row: ChartRow, name: str) -> tuple:
    """A field's value, its precision and its reason for missing."""
    column = row._meta.get_field(name)
    return getattr(row, column.attname), getattr(row, precision_of(name), None), row.missing.get(name)


def is_taken(form: Form | None, error: IntegrityError) -> Refused:
    """V7: a form that is filled once is filled already. Any other broken constraint is our mistake, and crashes."""
    name = error.__cause__.diag.constraint_name or ""
    if not name.startswith("one_"):
        raise error
    message = "This form is filled already; open that one and correct it."
    if form is None:
        return Refused([problem_of_row("", "V7", message)])
    return Refused([problem_of(form, "", "", "V7", message)])


def problem_of_row(name: str, rule: str, message: str) -> Problem:
    """A problem of a row as a whole."""
    return Problem(rule=rule, field=name, value="", message=message)
