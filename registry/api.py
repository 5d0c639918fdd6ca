"""The API of what was recorded: patients, procedures, visits, scores. Visits can be written too (api_visits).

Each serializer is the list of what may leave. Numbers of the record are strings ("7", "0.5"), so that no reader rounds
them; dates come with their precision. Rows that were entered in error are left out; withdrawn patients say so.
"""

from django.db.models import Prefetch
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers, status
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.response import Response
from rest_framework.reverse import reverse

from registry import api_visits as writes
from registry.actions.visits import correct_visit, record_visit
from registry.endpoints import IDEMPOTENCY_KEY, Endpoint, PlainDecimal, text_filter, understood
from registry.models import (
    CovariateValue,
    FollowUpVisit,
    Instrument,
    MissingReason,
    Patient,
    Procedure,
    Score,
    Site,
    Study,
    Timepoint,
)  # fmt: skip


def named(source: str, what: str, **options) -> serializers.CharField:
    """The code of a row that this one belongs to."""
    return serializers.CharField(source=source, read_only=True, help_text=what, **options)


class CovariateValueSerializer(serializers.Serializer):
    """A covariate's value (numbers as strings), or the reason why it is missing."""

    value = serializers.CharField(allow_null=True)
    missing = serializers.ChoiceField(MissingReason.choices, allow_null=True)


class PatientSerializer(serializers.ModelSerializer):
    """A person, known by a study number."""

    site = named("site.code", "Code of the site.")
    study = named("study.slug", "Slug of the study.")
    covariates = serializers.SerializerMethodField(help_text="By name.")

    class Meta:
        model = Patient
        fields = read_only_fields = [
            "id", "site", "study", "study_number", "sex", "born_on", "born_precision", "withdrawn_on",
            "withdrawn_reason", "covariates", "version",
        ]  # fmt: skip

    @extend_schema_field(serializers.DictField(child=CovariateValueSerializer()))
    def get_covariates(self, patient) -> dict:
        return {
            row.covariate.name: {"value": as_text(row), "missing": row.missing}
            for row in patient.covariate_values.all()
        }


def as_text(row: CovariateValue) -> str | None:
    """A covariate's value as a string, numbers as the scores' are."""
    return row.text if row.number is None else PlainDecimal().to_representation(row.number)


class PatientFilter(filters.FilterSet):
    site = text_filter("site__code", Site.code)
    study = text_filter("study__slug", Study.slug)
    study_number = text_filter("study_number", Patient.study_number)


class PatientEndpoint(ListModelMixin, RetrieveModelMixin, Endpoint):
    """The patients of the sites whose rows the asker may see."""

    queryset = Patient.objects.none()
    serializer_class = PatientSerializer
    filterset_class = PatientFilter

    def get_queryset(self):
        values = CovariateValue.objects.visible_to(self.request.user).select_related("covariate")
        values = values.order_by("covariate__order", "covariate__name")
        rows = Patient.objects.visible_to(self.request.user).valid().select_related("site", "study")
        return rows.prefetch_related(Prefetch("covariate_values", queryset=values))


class ProcedureSerializer(serializers.ModelSerializer):
    """One operation on one patient."""

    site = named("site.code", "Code of the site.")
    study = named("patient.study.slug", "Slug of the study.")

    class Meta:
        model = Procedure
        fields = read_only_fields = [
            "id", "site", "study", "patient", "kind", "performed_on", "performed_precision", "is_index", "version",
        ]  # fmt: skip


class ProcedureFilter(filters.FilterSet):
    site = text_filter("site__code", Site.code)
    study = text_filter("patient__study__slug", Study.slug)
    patient = filters.UUIDFilter("patient")


class ProcedureEndpoint(ListModelMixin, RetrieveModelMixin, Endpoint):
    """The procedures of the sites whose rows the asker may see."""

    queryset = Procedure.objects.none()
    serializer_class = ProcedureSerializer
    filterset_class = ProcedureFilter

    def get_queryset(self):
        rows = Procedure.objects.visible_to(self.request.user).valid().filter(patient__error_marked_at=None)
        return rows.select_related("site", "patient__study")


class VisitSerializer(serializers.ModelSerializer):
    """What happened at, or instead of, a planned visit. `day` counts from the procedure."""

    site = named("site.code", "Code of the site.")
    study = named("procedure.patient.study.slug", "Slug of the study.")
    patient = serializers.UUIDField(source="procedure.patient_id", read_only=True)
    timepoint = named("timepoint.code", "Code of the planned moment; null: unscheduled.", allow_null=True, default=None)

    class Meta:
        model = FollowUpVisit
        fields = read_only_fields = [
            "id", "site", "study", "patient", "procedure", "timepoint", "timepoint_asserted", "visited_on",
            "visited_precision", "day", "window", "window_reason", "missed", "recorded_at", "version",
        ]  # fmt: skip


class VisitFilter(filters.FilterSet):
    site = text_filter("site__code", Site.code)
    study = text_filter("procedure__patient__study__slug", Study.slug)
    patient = filters.UUIDFilter("procedure__patient")
    procedure = filters.UUIDFilter("procedure")
    timepoint = text_filter("timepoint__code", Timepoint.code)


class VisitEndpoint(ListModelMixin, RetrieveModelMixin, Endpoint):
    """The visits, missed ones too, at the sites whose rows the asker may see; recorded and replaced by who may."""

    queryset = FollowUpVisit.objects.none()
    serializer_class = VisitSerializer
    filterset_class = VisitFilter
    http_method_names = ["get", "head", "post", "put"]

    def get_queryset(self):
        rows = FollowUpVisit.objects.visible_to(self.request.user).valid()
        rows = rows.filter(procedure__error_marked_at=None, procedure__patient__error_marked_at=None)
        return rows.select_related("site", "procedure__patient__study", "timepoint")

    def retrieve(self, request, *args, **kwargs):
        """One visit; its ETag is what a change of it has to name."""
        visit = self.get_object()
        return Response(VisitSerializer(visit).data, headers={"ETag": writes.etag(visit)})

    @extend_schema(request=writes.NewVisitWrite, parameters=[IDEMPOTENCY_KEY], responses={201: VisitSerializer})
    def create(self, request):
        """Record a visit with its scores, by the rules that hold for a form."""
        said = understood(writes.NewVisitWrite, request)
        procedure = writes.procedure_to_fill(said["procedure"], request.user)
        visit = writes.meant(procedure, said, submission_key=writes.submission_key(request))
        return self.answer(writes.kept(record_visit, visit, by=request.user), status.HTTP_201_CREATED)

    @extend_schema(request=writes.VisitReplacement, parameters=[writes.IF_MATCH], responses={200: VisitSerializer})
    def update(self, request, *args, **kwargs):
        """Replace a visit's content and scores."""
        row = self.get_object()
        procedure = writes.procedure_to_fill(row.procedure_id, request.user)
        writes.refuse_unmatched(request, row)
        said = understood(writes.VisitReplacement, request)
        visit = writes.meant(procedure, said, submission_key=row.submission_key)
        options = {"version": row.version, "reason": said["reason"], "by": request.user}
        return self.answer(writes.kept(correct_visit, row, visit, **options), status.HTTP_200_OK)

    def answer(self, saved: FollowUpVisit, code: int) -> Response:
        """The visit as it is now, with its tag and its address."""
        visit = self.get_queryset().get(pk=saved.pk)
        address = reverse("api-visit-detail", args=[visit.pk], request=self.request)
        headers = {"ETag": writes.etag(visit), "Location": address}
        return Response(VisitSerializer(visit).data, status=code, headers=headers)


class ScoreSerializer(serializers.ModelSerializer):
    """The value of one instrument at one visit, or the reason why there is none."""

    site = named("site.code", "Code of the site.")
    study = named("visit.procedure.patient.study.slug", "Slug of the study.")
    patient = serializers.UUIDField(source="visit.procedure.patient_id", read_only=True)
    procedure = serializers.UUIDField(source="visit.procedure_id", read_only=True)
    timepoint = named(
        "visit.timepoint.code", "Code of the planned moment; null: unscheduled.", allow_null=True, default=None
    )
    instrument = named("instrument.key", "Key of the instrument.")
    instrument_version = named("instrument.instrument_version", "Version of the instrument.")
    value = PlainDecimal(read_only=True, allow_null=True)

    class Meta:
        model = Score
        fields = read_only_fields = [
            "id", "site", "study", "patient", "procedure", "visit", "timepoint", "instrument", "instrument_version",
            "value", "missing", "derived", "version",
        ]  # fmt: skip


class ScoreFilter(filters.FilterSet):
    site = text_filter("site__code", Site.code)
    study = text_filter("visit__procedure__patient__study__slug", Study.slug)
    patient = filters.UUIDFilter("visit__procedure__patient")
    visit = filters.UUIDFilter("visit")
    timepoint = text_filter("visit__timepoint__code", Timepoint.code)
    instrument = text_filter("instrument__key", Instrument.key)


class ScoreEndpoint(ListModelMixin, RetrieveModelMixin, Endpoint):
    """The scores taken at the sites whose rows the asker may see."""

    queryset = Score.objects.none()
    serializer_class = ScoreSerializer
    filterset_class = ScoreFilter

    def get_queryset(self):
        rows = Score.objects.visible_to(self.request.user).valid().filter(visit__error_marked_at=None)
        rows = rows.filter(visit__procedure__error_marked_at=None, visit__procedure__patient__error_marked_at=None)
        return rows.select_related("site", "visit__procedure__patient__study", "visit__timepoint", "instrument")
