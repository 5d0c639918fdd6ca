"""What was begun and is not complete, or was never opened, as conditions in SQL: the same rules as asked.is_complete
and chart.is_complete, for many rows at once."""

from collections.abc import Iterable

from django.contrib.postgres.fields import ArrayField
from django.db.models import Exists, OuterRef, Q, QuerySet

from registry.chart import ANY, FORMS, Form
from registry.models import Score, StudyInstrument, Timepoint
from registry.models.chart import answered


def unfinished_visits(visits: QuerySet) -> QuerySet:
    """Of the visits that took place, those at which an instrument that is due has neither a value nor a reason."""
    at_every_visit, at_follow_up = lacking().filter(instrument__at_baseline=True), lacking()
    after = ~Q(timepoint__kind=Timepoint.Kind.BASELINE) | Q(timepoint=None)
    took_place = visits.filter(error_marked_at=None, missed=None)
    return took_place.filter(Exists(at_every_visit) | after & Exists(at_follow_up))


def lacking() -> QuerySet:
    """The instruments asked of an outer visit for themselves, and not answered at it."""
    mine = Q(instrument__site=None) | Q(instrument__site=OuterRef("site"))
    parts = StudyInstrument.objects.filter(study=OuterRef("study"), instrument__part_of=OuterRef("instrument"))
    its_parts = parts.filter(Q(instrument__site=None) | Q(instrument__site=OuterRef(OuterRef("site"))))
    answers = Score.objects.valid().filter(visit=OuterRef(OuterRef("pk")), instrument=OuterRef("instrument"))
    asked = StudyInstrument.objects.filter(mine, study=OuterRef("procedure__patient__study"))
    return asked.filter(~Exists(its_parts), ~Exists(answers)).order_by()


def rows_of(form: Form) -> QuerySet:
    """The valid rows of a form."""
    return form.model.objects.valid().filter(**form.fixed).order_by()


def unfinished_rows(form: Form) -> QuerySet:
    """The valid rows of a form that is available, in which a required field that is asked is not answered."""
    missing = Q()
    for name in form.required:
        missing |= asked(form, name) & ~answered(form.model._meta.get_field(name)) & ~Q(missing__has_key=name)
    return rows_of(form).filter(missing, unavailable=None) if form.required else form.model.objects.none()


def asked(form: Form, name: str) -> Q:
    """A required field has to be answered, given the other answers of its row."""
    return held(form, *form.shown_if.get(name, ("", ()))) & held(form, *form.needed_if.get(name, ("", ())))


def held(form: Form, other: str, values: tuple) -> Q:
    """Another field has one of the values, or any; True of no other field."""
    if not other:
        return Q(pk__isnull=False)
    if values == ANY:
        return answered(form.model._meta.get_field(other))
    is_list = isinstance(form.model._meta.get_field(other), ArrayField)
    return Q(**{f"{other}__overlap" if is_list else f"{other}__in": list(values)})


def once_only(forms: Iterable[Form] = FORMS.values()) -> list[Form]:
    """The forms that are filled once for each patient or procedure, and have something that completes them."""
    return [form for form in forms if not form.repeats and form.required and form.parent != "visit"]


def never_opened(form: Form, procedures: QuerySet) -> QuerySet:
    """The followed procedures whose form was never opened, in studies that use it: where it is filled for somebody."""
    filled = rows_of(form).filter(**{form.parent: OuterRef({"patient": "patient", "procedure": "pk"}[form.parent])})
    users = rows_of(form).values(form.model.STUDY_PATH)
    return procedures.filter(~Exists(filled), patient__study__in=users)
