"""What a column of a file can be: every place of the record that an import may fill, by a key that mappings keep.

patient, timepoint, instrument, value, form, instance: what a row is about. patient.sex, covariate.age,
procedure.performed_on, visit.visited_on, score.pain, operation.ebl_ml: a value.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from registry.asked import asked_instruments
from registry.chart import FORMS, Form
from registry.imports.kinds import Kind, Number, Text, kind_of, kind_of_score
from registry.models import Covariate, FollowUpVisit, Instrument, Patient, Procedure, Site, Study, Timepoint

PATIENT, TIMEPOINT, INSTRUMENT, VALUE, FORM, INSTANCE = KEYS = (
    "patient", "timepoint", "instrument", "value", "form", "instance",
)  # fmt: skip
KEY_LABELS = {
    PATIENT: "Row: study number of the patient",
    TIMEPOINT: "Row: timepoint",
    INSTRUMENT: "Row: instrument (one value a row)",
    VALUE: "Row: value of the instrument",
    FORM: "Row: form that repeats",
    INSTANCE: "Row: number of the repetition",
}
SOURCE = ("collection_method", "source_document", "source_date", "certainty")
PATIENT_FIELDS = {"sex": "sex", "born_on": "date of birth"}
PROCEDURE_FIELDS = {"kind": "kind", "performed_on": "date"}
VISIT_FIELDS = {
    "visited_on": "date",
    "day": "days from the procedure",
    "missed": "why it did not take place",
    "missed_comment": "comment where it did not take place",
    "window_reason": "why outside its window",
}


@dataclass(frozen=True)
class Target:
    """One place: `form` and `field` as in an Address, `parent` the row it hangs on; `kind` None: says what a row is."""

    key: str
    label: str
    form: str = ""
    field: str = ""
    parent: str = ""
    kind: Kind | None = None
    instrument: Instrument | None = None
    # A row of its own holds it, with a value or a reason: it is never without both.
    never_empty: bool = False
    takes_reason: bool = False

    @property
    def of_visit(self) -> bool:
        return self.parent == "visit"


class Targets:
    """The targets of one study at one site."""

    def __init__(self, study: Study, site: Site):
        self.study, self.site = study, site
        self.instruments = {each.key: each for each in asked_instruments(study, site.pk)}
        self.covariates = {each.name: each for each in study.covariates.all()}
        self.timepoints = {each.code: each for each in study.schedule.timepoints.all()}
        self.by_key = {target.key: target for target in self.all_targets()}

    def all_targets(self) -> Iterable[Target]:
        yield from (Target(key, label) for key, label in KEY_LABELS.items())
        yield from columns_of("patient", Patient, PATIENT_FIELDS, parent="patient")
        yield from (covariate_target(covariate) for covariate in self.covariates.values())
        yield from columns_of("procedure", Procedure, PROCEDURE_FIELDS, parent="procedure")
        yield from columns_of("visit", FollowUpVisit, VISIT_FIELDS | sources(FollowUpVisit), parent="visit")
        yield from (score_target(instrument) for instrument in self.instruments.values())
        for form in FORMS.values():
            yield from form_targets(form)

    def timepoint_named(self, text: str) -> Timepoint | None:
        """The timepoint of a code or a label."""
        return self.timepoints.get(text) or next(
            (
                each
                for each in self.timepoints.values()
                if text.casefold() in (each.code.casefold(), each.label.casefold())
            ),
            None,
        )

    def instrument_named(self, text: str) -> Instrument | None:
        """The instrument of a key or a name."""
        return self.instruments.get(text) or next(
            (each for each in self.instruments.values() if text.casefold() in (each.key, each.name.casefold())), None
        )

    @cached_property
    def by_label(self) -> dict[str, Target]:
        """The targets as people choose them on the mapping page."""
        return {target.label.casefold(): target for target in self.by_key.values()}

    def named(self, text: str) -> Target | None:
        """The target of a key or a label."""
        return self.by_key.get(text) or self.by_label.get(text.casefold())

    def of_form(self, form: str) -> list[Target]:
        """The targets in one form, in its order."""
        return [target for target in self.by_key.values() if target.form == form]


def columns_of(form: str, model: type, fields: dict[str, str], *, parent: str) -> Iterable[Target]:
    """Targets in columns that a model has."""
    for name, words in fields.items():
        kind = kind_of(model._meta.get_field(name))
        yield Target(f"{form}.{name}", f"{form.title()}: {words}", form, name, parent, kind)


def sources(model: type) -> dict[str, str]:
    """The columns that say where a form was read."""
    return {name: str(model._meta.get_field(name).verbose_name) for name in SOURCE}


def covariate_target(covariate: Covariate) -> Target:
    """A typed attribute; its rows hold a value or a reason."""
    numeric = covariate.kind != Covariate.Kind.CATEGORY
    kind = Number("number", whole=covariate.kind == Covariate.Kind.INTEGER) if numeric else Text("text", 200)
    label = covariate.label if covariate.label == covariate.name else f"{covariate.label} ({covariate.name})"
    return Target(
        f"covariate.{covariate.name}", f"Attribute: {label}", "covariate", covariate.name, "patient", kind,
        never_empty=True, takes_reason=True,
    )  # fmt: skip


def score_target(instrument: Instrument) -> Target:
    """A score; its rows hold a value or a reason."""
    label = f"Score: {instrument.name} ({instrument.key})"
    return Target(
        f"score.{instrument.key}", label, "visit", instrument.key, "visit", kind_of_score(instrument), instrument,
        never_empty=True, takes_reason=True,
    )  # fmt: skip


def form_targets(form: Form) -> Iterable[Target]:
    """The answers of a form of the chart, and where they were read."""
    for column in form.fields:
        if column.name in SOURCE or column.is_relation:
            continue
        label = f"{form.title}: {column.verbose_name} ({column.name})"
        yield Target(
            f"{form.key}.{column.name}", label, form.key, column.name, form.parent, kind_of(column), takes_reason=True
        )
    for name, words in sources(form.model).items():
        kind = kind_of(form.model._meta.get_field(name))
        yield Target(f"{form.key}.{name}", f"{form.title}: {words}", form.key, name, form.parent, kind)
