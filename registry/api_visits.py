"""Visits in from other systems: recorded and replaced by the same actions and rules as by form.

A visit is replaced only by who has seen its latest version: If-Match takes the ETag of the visit's own address. Without
it the answer is 428, with an old one 412. An Idempotency-Key makes a repeated POST one visit.
"""

from decimal import Decimal
from uuid import UUID, uuid4, uuid5

from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers
from rest_framework.exceptions import APIException, NotFound, PermissionDenied, ValidationError

from registry.access import Permission, may
from registry.asked import asked_instruments
from registry.endpoints import Text, Unprocessable, idempotency_key
from registry.errors import Refused, StaleSave
from registry.models import FollowUpVisit, Instrument, MissingReason, Procedure
from registry.models.dates import Precision
from registry.models.provenance import Certainty, CollectionMethod
from registry.rules import NewVisit

FORM_USED = "V11"
LONGEST = 300
IF_MATCH = OpenApiParameter(
    "If-Match", str, OpenApiParameter.HEADER, required=True, description="The ETag of the visit as it was last read."
)
# What a visit says of itself under the name that the action has for it.
SAID = ("visited_on", "visited_precision", "day", "missed", "missed_comment", "window_reason", "timepoint_asserted")


class MatchRequired(APIException):
    status_code = 428
    default_detail = "Read the visit first, and send its ETag as If-Match."


class Stale(APIException):
    status_code = 412
    default_detail = "The visit was changed since it was read. Read it again, and decide."


class ScoreWrite(serializers.Serializer):
    """A value, or the reason why there is none: one of the two."""

    value = serializers.DecimalField(max_digits=20, decimal_places=8, required=False, allow_null=True)
    missing = serializers.ChoiceField(MissingReason.choices, required=False, allow_null=True)

    def to_internal_value(self, data):
        read = super().to_internal_value(data)
        extra = sorted(set(data) - {"value", "missing"})
        value, missing = read.get("value"), read.get("missing")
        if extra or (value is None) == (missing is None):
            raise ValidationError("Give a value, or the reason why it is missing: one of the two. [M1]")
        return value if missing is None else MissingReason(missing)


class SourceWrite(serializers.Serializer):
    """Where the visit was read."""

    collection_method = serializers.ChoiceField(CollectionMethod.choices, required=False)
    source_document = Text(max_length=200, required=False)
    source_date = serializers.DateField(required=False, allow_null=True)
    certainty = serializers.ChoiceField(Certainty.choices, required=False)


class VisitWrite(serializers.Serializer):
    """A visit, whole: what is left out is empty, not unchanged. `overrides` says why a warned value is right."""

    timepoint = Text(max_length=60, allow_null=True, help_text="Code of the planned moment; null: unscheduled.")
    timepoint_asserted = serializers.BooleanField(default=True)
    visited_on = serializers.DateField(default=None, allow_null=True)
    visited_precision = serializers.ChoiceField(Precision.choices, default=None, allow_null=True)
    day = serializers.IntegerField(default=None, allow_null=True, min_value=-36500, max_value=36500)
    missed = serializers.ChoiceField(MissingReason.choices, default=None, allow_null=True)
    missed_comment = Text(max_length=LONGEST, default="", allow_blank=True)
    window_reason = Text(max_length=LONGEST, default="", allow_blank=True)
    scores = serializers.DictField(child=ScoreWrite(), default=dict, help_text="By the instrument's key.")
    source = SourceWrite(required=False)
    overrides = serializers.DictField(
        child=Text(max_length=LONGEST), default=dict, help_text="Rule code: why the value is right."
    )


class NewVisitWrite(VisitWrite):
    """The same, of a procedure."""

    procedure = serializers.UUIDField()


class VisitReplacement(VisitWrite):
    """The same, in place of what is recorded."""

    reason = Text(max_length=LONGEST, default="", allow_blank=True, help_text="Needed once the visit is complete. [V8]")


def procedure_to_fill(pk: UUID, user) -> Procedure:
    """404 for a procedure that the user does not see, 403 for one that may only be read."""
    rows = Procedure.objects.valid().visible_to(user).filter(patient__error_marked_at=None)
    procedure = rows.select_related("patient__site", "patient__study__schedule").filter(pk=pk).first()
    if procedure is None:
        raise NotFound("There is no procedure with this id that you may see.")
    if not may(user, Permission.RECORD, procedure.patient.site):
        raise PermissionDenied("You may not record visits at this site.")
    return procedure


def meant(procedure: Procedure, said: dict, *, submission_key: UUID) -> NewVisit:
    """What was sent, as the actions take it; 400 for a timepoint or an instrument that the study does not have."""
    return NewVisit(
        procedure=procedure,
        timepoint=timepoint_of(procedure, said["timepoint"]),
        **{name: said[name] for name in SAID},
        scores=scores_of(procedure, said["scores"]),
        source=dict(said.get("source") or {}),
        overrides=said["overrides"],
        submission_key=submission_key,
    )


def timepoint_of(procedure: Procedure, code: str | None):
    timepoints = {each.code: each for each in procedure.patient.study.schedule.timepoints.all()}
    if code is not None and code not in timepoints:
        raise ValidationError({"timepoint": f"The study has no such timepoint. It has {', '.join(timepoints)}."})
    return timepoints.get(code)


def scores_of(procedure: Procedure, sent: dict) -> dict[Instrument, Decimal | MissingReason]:
    asked = {each.key: each for each in asked_instruments(procedure.patient.study, procedure.site_id)}
    unknown = sorted(set(sent) - set(asked))
    if unknown:
        named = ", ".join(asked)
        raise ValidationError({"scores": f"The study does not ask {', '.join(unknown)}. It asks {named}."})
    return {asked[key]: value for key, value in sent.items()}


def submission_key(request) -> UUID:
    """The same Idempotency-Key of the same person is the same submission."""
    key = idempotency_key(request)
    return uuid5(request.user.pk, key) if key else uuid4()


def kept(save, *args, **options) -> FollowUpVisit:
    """The saved visit; 422 for a key that stands for another visit, 412 where somebody was quicker."""
    try:
        return save(*args, **options)
    except StaleSave as error:
        raise Stale() from error
    except Refused as error:
        if error.problems[0].rule == FORM_USED:
            message = f"This Idempotency-Key was used already. {error.problems[0].message}"
            raise Unprocessable(message) from error
        raise


def etag(visit: FollowUpVisit) -> str:
    """A strong tag: it changes with every saved change of the visit."""
    return tag_of(visit.pk, visit.version)


def tag_of(pk: UUID | str, version: int) -> str:
    return f'"{pk}-{version}"'


def refuse_unmatched(request, visit: FollowUpVisit) -> None:
    """428 without If-Match, 412 where it is not the tag of the visit as it is; a weak tag matches nothing."""
    given = request.headers.get("If-Match")
    if given is None:
        raise MatchRequired()
    if given.strip() != etag(visit):
        raise Stale()
