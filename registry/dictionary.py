"""The dictionary: what each field, level, code and unit of the record means, for programs that read its rows.

It holds nothing of any patient. VERSION changes with what is said here: the first number where something that was said
means something else or is gone, the second where something is added.
"""

from collections.abc import Iterable, Iterator

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q, QuerySet

from registry.access import Permission, Profile
from registry.chart import FORMS, Form
from registry.chart_values import limits_of
from registry.models import Covariate, Instrument, MissingReason, Study
from registry.models.dates import Precision
from registry.profiles.whitelist import WHITELIST
from registry.rules import plain

VERSION = "1.0.0"
# Where an international code means the same item. A 100 mm line is not the 0 to 10 rating, and no other scale has one.
LOINC = {"pain": "72514-3", "ecog": "89247-1"}
MOST_LEVELS = 1001
# Ours: FHIR's data-absent-reason, HL7's null flavour, Castor's code. Where one has none, there is no equivalent.
ELSEWHERE = {
    MissingReason.NOT_DONE: ("not-performed", None, "-99"),
    MissingReason.NOT_RECORDED: ("unknown", "NASK", "-97"),
    MissingReason.UNKNOWN: ("unknown", "UNK", None),
    MissingReason.NOT_APPLICABLE: ("not-applicable", "NA", "-96"),
    MissingReason.REFUSED: ("asked-declined", None, None),
    MissingReason.UNABLE: ("not-performed", None, None),
    MissingReason.VISIT_MISSED: ("not-performed", None, None),
    MissingReason.NOT_DUE: ("temp-unknown", "NAV", None),
    MissingReason.DECEASED: ("not-applicable", None, None),
    MissingReason.LOST: ("unknown", None, None),
}
TYPES = ((models.BooleanField, "yes_no"), (models.IntegerField, "integer"), (models.DecimalField, "decimal"),
         (models.DateField, "date"), (ArrayField, "codes"), (models.ForeignKey, "id"))  # fmt: skip


def dictionary(user) -> dict:
    """The dictionary for somebody: instruments and covariates of a site are for who has a part in it."""
    return {
        "dictionary_version": VERSION,
        "missing": [missing(code) for code in MissingReason],
        "date_precisions": dict(Precision.choices),
        "instruments": [instrument(row) for row in instruments_for(user)],
        "forms": [form_of(form) for form in FORMS.values()],
        "covariates": list(covariates_for(user)),
        "rows": {
            table: {profile: list(names) for profile, names in lists.items()} for table, lists in WHITELIST.items()
        },
        "profiles": dict(Profile.choices),
    }


def missing(code: MissingReason) -> dict:
    fhir, hl7, castor = ELSEWHERE[code]
    return {"code": code, "label": code.label, "fhir_data_absent_reason": fhir, "hl7_null_flavor": hl7,
            "castor": castor, "odm": 'IsNull="Yes"'}  # fmt: skip


def instruments_for(user) -> QuerySet:
    """The shipped instruments, and those of the sites that the user, and the token, have a part in."""
    sites = user.memberships.values("site")
    token = getattr(user, "token", None)
    if token is not None:
        sites = sites.filter(site__in=token.sites.all())
    return (
        Instrument.objects.filter(Q(site=None) | Q(site__in=sites))
        .select_related("part_of", "site")
        .order_by("key", "instrument_version", "site__code")
    )


def instrument(row: Instrument) -> dict:
    """One scale, with every value that it can take where these can be listed."""
    return {
        "key": row.key, "version": row.instrument_version, "name": row.name, "site": row.site and row.site.code,
        "unit": row.unit, "minimum": plain(row.minimum), "maximum": plain(row.maximum), "step": plain(row.step),
        "levels": levels_of(row), "direction": row.direction, "mcid": None if row.mcid is None else plain(row.mcid),
        "at_baseline": row.at_baseline, "part_of": row.part_of and row.part_of.key, "status": row.status,
        "loinc": LOINC.get(row.key) if row.site_id is None else None, "source": row.source, "licence": row.licence,
    }  # fmt: skip


def levels_of(row: Instrument) -> list[dict] | None:
    """The level domain: each value, and its label where it has one. None: more than can be listed."""
    steps = int((row.maximum - row.minimum) / row.step)
    if steps >= MOST_LEVELS:
        return None
    values = (plain(row.minimum + place * row.step) for place in range(steps + 1))
    return [{"value": value, "label": row.levels.get(value, "")} for value in values]


def form_of(form: Form) -> dict:
    return {"key": form.key, "title": form.title, "of": form.parent, "repeats": form.repeats,
            "fields": list(fields_of(form))}  # fmt: skip


def fields_of(form: Form) -> Iterator[dict]:
    """The columns of a form: label, type, codes, range, and when they are asked and needed."""
    for column in form.fields:
        low, high = limits_of(column) if isinstance(column, models.IntegerField | models.DecimalField) else (None, None)
        asked_if, values = form.shown_if.get(column.name, (None, ()))
        yield {
            "name": column.name, "label": str(column.verbose_name), "type": type_of(column), "codes": codes_of(column),
            "minimum": None if low is None else plain(low), "maximum": None if high is None else plain(high),
            "required": column.name in form.required,
            "asked_if": asked_if and {"field": asked_if, "values": said(values)},
        }  # fmt: skip


def said(values: Iterable) -> list[str]:
    return [str(value).lower() if isinstance(value, bool) else str(value) for value in values]


def type_of(column: models.Field) -> str:
    """What an answer is. A date comes with its precision in the column of that name."""
    named = (name for kind, name in TYPES if isinstance(column, kind))
    return next(named, "code" if column.choices else "text")


def codes_of(column: models.Field) -> dict[str, str] | None:
    """The list that an answer is of; None where it is no code."""
    pairs = getattr(column, "base_field", column).flatchoices
    return {str(code): str(label) for code, label in pairs} or None


def covariates_for(user) -> Iterator[dict]:
    """What studies keep of their patients, of the studies whose rows or results the user may read."""
    studies = Study.objects.filter(
        Q(pk__in=Study.objects.visible_to(user, Permission.VIEW_PATIENTS).values("pk"))
        | Q(pk__in=Study.objects.visible_to(user, Permission.PULL_ROWS).values("pk"))
    )
    rows = Covariate.objects.filter(study__in=studies).select_related("study").order_by("study__slug", "order", "name")
    for row in rows:
        yield {"study": row.study.slug, "name": row.name, "label": row.label, "type": row.kind}
