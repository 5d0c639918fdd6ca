"""How much of a study has been held against the source."""

from dataclasses import dataclass

from django.db.models import Count, F, Func, IntegerField, Q, QuerySet, Sum, Value
from django.db.models.functions import Coalesce, NullIf

from registry.addressed import OWN_COLUMNS
from registry.addresses import VISIT
from registry.chart import FORMS
from registry.models import Score, Study, User, Verification
from registry.models.chart import answers_of


@dataclass
class Progress:
    """Scores and answers of the chart (or reasons for missing): recorded, verified, changed since they were."""

    study: Study
    recorded: int = 0
    verified: int = 0
    changed: int = 0

    @property
    def per_cent(self) -> int:
        return 100 * self.verified // self.recorded if self.recorded else 0


def progress(user: User, studies: QuerySet[Study]) -> list[Progress]:
    """Each study's progress over the patients that a person may see, in as many queries as there are forms."""
    found = {study.pk: Progress(study) for study in studies}
    for study_id, count in recorded(user):
        if study_id in found:
            found[study_id].recorded += count
    for study_id, count in by_study(counted(standing(user)), "patient__study"):
        found[study_id].verified = count
    for study_id, count in by_study(counted(changed_since(user)), "patient__study"):
        found[study_id].changed = count
    return list(found.values())


def by_study(rows: QuerySet, path: str):
    return rows.order_by().values_list(path).annotate(Count("pk"))


def recorded(user: User):
    """(study, how many values) of the scores that were typed, then of each table of the chart."""
    whole = {"visit__error_marked_at": None, "visit__procedure__error_marked_at": None}
    scores = Score.objects.valid().visible_to(user).filter(derived=False, **whole)
    yield from by_study(scores, Score.STUDY_PATH)
    for model in {form.model: None for form in FORMS.values()}:
        rows = model.objects.valid().visible_to(user).order_by()
        yield from rows.values_list(model.STUDY_PATH).annotate(answers=Coalesce(Sum(answers_in(model)), 0))


def answers_in(model):
    """How many fields of a row hold a value or a reason."""
    filled = [F(field.name) if field.null else NullIf(F(field.name), Value("")) for field in answers_of(model)]
    values = Func(*filled, function="num_nonnulls", output_field=IntegerField())
    template = "(SELECT count(*) FROM jsonb_object_keys(%(expressions)s))"
    return values + Func(F("missing"), template=template, output_field=IntegerField())


def counted(rows: QuerySet[Verification]) -> QuerySet[Verification]:
    """Those of the values that `recorded` counts."""
    return rows.filter(Q(form__in=FORMS) | Q(form=VISIT) & ~Q(field__in=OWN_COLUMNS[VISIT]))


def standing(user: User) -> QuerySet[Verification]:
    return Verification.objects.visible_to(user).filter(dropped_at=None)


def changed_since(user: User) -> QuerySet[Verification]:
    """The values that changed after they were verified, and were not verified again; the latest of each."""
    rows = Verification.objects.visible_to(user)
    latest = rows.order_by("form", "row_id", "field", "-verified_at", "-id").distinct("form", "row_id", "field")
    return rows.filter(pk__in=latest.values("pk"), dropped_at__isnull=False, dropped_by=None)
