"""The API of what was recorded: patients, procedures, visits, scores, events, treatments. Visits can be written too
(api_visits).

What of a row may leave is listed in profiles/whitelist.py. Numbers of the record are strings ("7", "0.5"), so that no
reader rounds them; dates come with their precision. Rows that were entered in error are left out; withdrawn patients
say so.
"""

from django_filters import rest_framework as filters
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers, status
from rest_framework.response import Response
from rest_framework.reverse import reverse

from registry import api_visits as writes
from registry.access import Profile
from registry.actions.visits import correct_visit, record_visit
from registry.api_rows import (
    EventRow,
    PatientRow,
    ProcedureRow,
    ScoreRow,
    TreatmentRow,
    VisitRow,
    named,
)  # fmt: skip
from registry.endpoints import IDEMPOTENCY_KEY, choice_filter, text_filter, understood
from registry.live import PROFILE, LiveEndpoint
from registry.live_filters import live_filters
from registry.models import (
    Event,
    FollowUpVisit,
    Instrument,
    Patient,
    Procedure,
    Score,
    Timepoint,
)  # fmt: skip
from registry.ndjson import FORMAT, MEDIA_TYPE
from registry.pulls import note_pull

PROCEDURE = {"procedure": filters.UUIDFilter("procedure")}


def live(row: type[serializers.Serializer]):
    """Describes the lists and single rows of a resource, of whatever form."""
    read = extend_schema(parameters=[PROFILE], responses=row)
    rows = {(200, "application/json"): row(many=True), (200, MEDIA_TYPE): OpenApiTypes.STR}
    return extend_schema_view(list=extend_schema(parameters=[PROFILE, FORMAT], responses=rows), retrieve=read)


@live(PatientRow)
class PatientEndpoint(LiveEndpoint):
    """The patients of the sites whose rows the asker may see."""

    resource = "patients"
    queryset = Patient.objects.none()
    serializer_class = PatientRow
    filterset_class, pulled_filterset = live_filters(
        recorded={"study_number": text_filter("study_number", Patient.study_number)}
    )


@live(ProcedureRow)
class ProcedureEndpoint(LiveEndpoint):
    """The procedures of the sites whose rows the asker may see."""

    resource = "procedures"
    queryset = Procedure.objects.none()
    serializer_class = ProcedureRow
    filterset_class, pulled_filterset = live_filters("patient")


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


@live(VisitRow)
class VisitEndpoint(LiveEndpoint):
    """The visits, missed ones too, at the sites whose rows the asker may see; recorded and replaced by who may."""

    resource = "visits"
    queryset = FollowUpVisit.objects.none()
    serializer_class = VisitRow
    filterset_class, pulled_filterset = live_filters(
        "procedure__patient", recorded=PROCEDURE, shared={"timepoint": text_filter("timepoint__code", Timepoint.code)}
    )
    http_method_names = ["get", "head", "post", "put"]

    def get_queryset(self):
        rows = FollowUpVisit.objects.visible_to(self.request.user).valid()
        rows = rows.filter(procedure__error_marked_at=None, procedure__patient__error_marked_at=None)
        return rows.select_related("site", "procedure__patient__study", "timepoint")

    def retrieve(self, request, *args, **kwargs):
        """One visit; its ETag is what a change of it has to name."""
        answer = super().retrieve(request, *args, **kwargs)
        if self.profile == Profile.IDENTIFIED:
            answer.headers["ETag"] = writes.tag_of(answer.data["id"], answer.data["version"])
        return answer

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
        row = VisitSerializer(visit).data
        note_pull(self.request, profile=Profile.IDENTIFIED, rows=[row])
        return Response(row, status=code, headers=headers)


@live(ScoreRow)
class ScoreEndpoint(LiveEndpoint):
    """The scores taken at the sites whose rows the asker may see."""

    resource = "scores"
    queryset = Score.objects.none()
    serializer_class = ScoreRow
    filterset_class, pulled_filterset = live_filters(
        "visit__procedure__patient",
        recorded={"visit": filters.UUIDFilter("visit")},
        shared={
            "timepoint": text_filter("visit__timepoint__code", Timepoint.code),
            "instrument": text_filter("instrument__key", Instrument.key),
        },
    )


@live(EventRow)
class EventEndpoint(LiveEndpoint):
    """Complications, secondary procedures and deaths at the sites whose rows the asker may see."""

    resource = "events"
    queryset = Event.objects.none()
    serializer_class = EventRow
    filterset_class, pulled_filterset = live_filters(
        "procedure__patient", recorded=PROCEDURE, shared={"kind": choice_filter("kind", Event.Kind.values)}
    )


@live(TreatmentRow)
class TreatmentEndpoint(LiveEndpoint):
    """Courses of radiation and lines of systemic therapy at the sites whose rows the asker may see."""

    resource = "treatments"
    queryset = Patient.objects.none()
    serializer_class = TreatmentRow
    filterset_class, pulled_filterset = live_filters("patient")
