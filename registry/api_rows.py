"""How the schema describes the rows that leave: the fields of every form; some stand in one form alone."""

from drf_spectacular.utils import extend_schema_serializer
from rest_framework import serializers

from registry.endpoints import PlainDecimal
from registry.models import Event, FollowUpVisit, MissingReason, Patient, Procedure, RadiationCourse, SystemicTherapy
from registry.models import event as events
from registry.models.dates import Precision


def named(source: str, what: str, **options) -> serializers.CharField:
    """The code of a row that this one belongs to."""
    return serializers.CharField(source=source, read_only=True, help_text=what, **options)


def text(what: str = "", **options) -> serializers.CharField:
    return serializers.CharField(help_text=what, **options)


def may_be(field: type[serializers.Field], *choices, what: str = "", **options) -> serializers.Field:
    """A field that is not in every form of the row, or is null."""
    return field(*choices, required=False, allow_null=True, help_text=what, **options)


def code(choices) -> serializers.ChoiceField:
    return serializers.ChoiceField(choices, allow_blank=True)


def dated(stem: str) -> dict[str, serializers.Field]:
    """A date and how exactly it is known."""
    return {
        f"{stem}_on": may_be(serializers.DateField, what="Not in safe_harbor."),
        f"{stem}_precision": may_be(serializers.ChoiceField, Precision.choices, what="Not in safe_harbor."),
    }


def day(what: str) -> serializers.IntegerField:
    return may_be(serializers.IntegerField, what=f"Days from the index procedure to {what}. Not in identified.")


def yes_no() -> serializers.BooleanField:
    return serializers.BooleanField(allow_null=True)


def row(name: str, what: str, **fields: serializers.Field) -> type[serializers.Serializer]:
    """The shape of a resource's rows, under each profile."""
    place = {
        "id": text("In identified the row's own id; else an id that only this recipient has."),
        "site": text("Code of the site."),
        "study": text("Slug of the study."),
    }
    return extend_schema_serializer(component_name=name)(
        type(f"{name}Row", (serializers.Serializer,), {"__doc__": what, **place, **fields})
    )


class CovariateValueSerializer(serializers.Serializer):
    """A covariate's value (numbers as strings), or the reason why it is missing."""

    value = serializers.CharField(allow_null=True)
    missing = serializers.ChoiceField(MissingReason.choices, allow_null=True)


def version() -> serializers.IntegerField:
    return serializers.IntegerField(required=False, help_text="In identified alone.")


def of_form() -> dict[str, serializers.Field]:
    """What a form of the chart says of itself."""
    return {
        "missing": serializers.DictField(child=serializers.ChoiceField(MissingReason.choices),
                                         help_text="Why a field has no value."),
        "unavailable": serializers.ChoiceField(MissingReason.choices, allow_null=True),
        "version": version(),
    }  # fmt: skip


ONLY_IDENTIFIED = "In identified alone."
PATIENT = text("The patient's id.")
PatientRow = row(
    "PatientRow", "A person, known by a study number, or by a code that only this recipient has.",
    study_number=text(ONLY_IDENTIFIED, required=False), sex=code(Patient.Sex.choices), **dated("born"),
    withdrawn_on=may_be(serializers.DateField, what=ONLY_IDENTIFIED),
    withdrawn_reason=text(ONLY_IDENTIFIED, required=False, allow_blank=True),
    age=may_be(serializers.CharField, what="Years at the index procedure; in safe_harbor 90+ from 90 on."),
    index_year=may_be(serializers.IntegerField, what="Year of the index procedure, where it shows no age over 89."),
    covariates=serializers.DictField(child=CovariateValueSerializer(), help_text="By name."), version=version(),
)  # fmt: skip
ProcedureRow = row(
    "ProcedureRow", "One operation on one patient.", patient=PATIENT,
    kind=serializers.ChoiceField(Procedure.Kind.choices), is_index=serializers.BooleanField(), day=day("it"),
    **dated("performed"), version=version(),
)  # fmt: skip
VisitRow = row(
    "VisitRow", "What happened at, or instead of, a planned visit.", patient=PATIENT, procedure=text(),
    timepoint=text("Code of the planned moment; null: unscheduled.", allow_null=True),
    timepoint_asserted=serializers.BooleanField(), **dated("visited"),
    day=serializers.IntegerField(
        allow_null=True, help_text="Days from its procedure; in limited and safe_harbor from the index procedure."
    ),
    window=serializers.ChoiceField(FollowUpVisit.Window.choices),
    window_reason=text(ONLY_IDENTIFIED, required=False, allow_blank=True),
    missed=serializers.ChoiceField(MissingReason.choices, allow_null=True),
    recorded_at=serializers.DateTimeField(required=False, help_text=ONLY_IDENTIFIED), version=version(),
)  # fmt: skip
ScoreRow = row(
    "ScoreRow", "The value of one instrument at one visit, or the reason why there is none.", patient=PATIENT,
    procedure=text(), visit=text(),
    timepoint=text("Code of the planned moment; null: unscheduled.", allow_null=True),
    instrument=text("Key of the instrument."), instrument_version=text("Version of the instrument."),
    value=PlainDecimal(allow_null=True), missing=serializers.ChoiceField(MissingReason.choices, allow_null=True),
    derived=serializers.BooleanField(), version=version(),
)  # fmt: skip
EventRow = row(
    "EventRow", "A complication, secondary procedure or death after a procedure.", patient=PATIENT, procedure=text(),
    kind=serializers.ChoiceField(Event.Kind.choices), day=day("it"), resolved_day=day("its end"), **dated("happened"),
    **dated("resolved"), complication=code(events.Complication.choices),
    secondary=code(events.SecondaryProcedure.choices), intraoperative=yes_no(),
    clavien_dindo=code(events.CLAVIEN_DINDO), lasting_disability=yes_no(),
    needed_surgery=yes_no(), related=code(events.Related.choices), reason=code(events.SecondaryReason.choices),
    same_site=yes_no(), newly_started=yes_no(), linked_procedure=text(allow_null=True),
    description=text(ONLY_IDENTIFIED, required=False, allow_blank=True),
    sequelae=text(ONLY_IDENTIFIED, required=False, allow_blank=True), **of_form(),
)  # fmt: skip
TreatmentRow = row(
    "TreatmentRow", "A course of radiation or a line of systemic therapy; each has fields of its own.",
    patient=PATIENT, kind=serializers.ChoiceField(["radiation", "systemic"]), day=day("its start"),
    end_day=day("its end"), **dated("started"), **dated("ended"),
    field_includes_sacrum=may_be(serializers.BooleanField),
    modality=may_be(serializers.ChoiceField, RadiationCourse.Modality.choices, allow_blank=True),
    dose_gy=may_be(PlainDecimal), fractions=may_be(serializers.IntegerField),
    drug_class=may_be(serializers.ChoiceField, SystemicTherapy.DrugClass.choices, allow_blank=True),
    field_site=text(ONLY_IDENTIFIED, required=False, allow_blank=True),
    intent=text(ONLY_IDENTIFIED, required=False, allow_blank=True),
    agent=text(ONLY_IDENTIFIED, required=False, allow_blank=True), **of_form(),
)  # fmt: skip
