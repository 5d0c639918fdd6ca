"""The API of what leaves a site: the specs that it knows, and its tables by those that it approved."""

from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django_filters import rest_framework as filters
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.exceptions import APIException, NotFound, PermissionDenied, ValidationError
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.response import Response
from rest_framework.reverse import reverse

from outcomes.disclosure.ledger import TITLES
from outcomes.models import Freeze, SentBundle
from outcomes.models import Spec as KnownSpec
from outcomes.pooling.bundle import LEVELS, OVERLAPS, TRUSTED
from outcomes.pooling.jcs import SHA256
from outcomes.pooling.proposals import document_of, propose_spec
from outcomes.pooling.refusing import SummaryRefused, told_apart
from outcomes.pooling.sending import SUMMARISE, answer_of, ask_summary
from registry.access import Permission, Profile, at_every_site, sites_for
from registry.endpoints import IDEMPOTENCY_KEY, Endpoint, Text, choice_filter, idempotency_key, text_filter, understood
from registry.errors import Refused
from registry.models import Job, Site
from registry.pulls import log_pull

JSON = "application/json"
UUID_PATTERN = "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
MAY_NOT_SEND = "You may not send tables of counts of any site."
FOR_A_STUDY = "A token for one study asks for no tables of a site. Take one that names no study."
MAY_NOT_PROPOSE = "You may not propose specs to any site."
MAY_NOT_SHARE = "Only who may share what leaves the site reads what stays in it."


class NotMade(APIException):
    """A bundle that could not be made, with the reason's name."""

    status_code = status.HTTP_409_CONFLICT

    def __init__(self, job: Job):
        self.problem_type, words = told_apart(job.error)
        super().__init__(words or "It was stopped before it was made. Ask again.")


class StaysHere(APIException):
    """Nothing leaves. The answer is the same whoever the patients are, and however few."""

    status_code = status.HTTP_403_FORBIDDEN

    def __init__(self, problem_type: str):
        self.problem_type = problem_type
        super().__init__(TITLES[problem_type])


class SpecSerializer(serializers.ModelSerializer):
    """A spec that a site knows."""

    site = serializers.SlugRelatedField("code", read_only=True, help_text="Code of the site.")
    levels = serializers.ListField(child=serializers.ChoiceField(LEVELS), help_text="At which levels tables may leave.")

    class Meta:
        model = KnownSpec
        fields = read_only_fields = [
            "id", "site", "name", "title", "spec_hash", "status", "levels", "proposed_at", "decided_at",
        ]  # fmt: skip


class WholeSpecSerializer(SpecSerializer):
    """A spec that a site knows, with what it says."""

    document = serializers.SerializerMethodField(help_text="The spec, as its published schema describes it.")

    class Meta(SpecSerializer.Meta):
        fields = read_only_fields = [*SpecSerializer.Meta.fields, "document"]

    def get_document(self, spec) -> dict:
        return dict(document_of(spec).document)


class ProposalSerializer(serializers.Serializer):
    """A spec for a site to decide on."""

    site = Text(max_length=40, help_text="Code of the site.")
    document = serializers.DictField(help_text="The spec, as its published schema describes it.")


class SpecFilter(filters.FilterSet):
    site = text_filter("site__code", Site.code)
    spec_hash = text_filter("spec_hash", KnownSpec.spec_hash)
    status = choice_filter("status", KnownSpec.Status.values)


class SpecEndpoint(ListModelMixin, RetrieveModelMixin, Endpoint):
    """The specs of the sites whose released summaries the asker may read."""

    queryset = KnownSpec.objects.none()
    serializer_class = SpecSerializer
    filterset_class = SpecFilter
    http_method_names = ["get", "head", "post"]

    def get_queryset(self):
        return KnownSpec.objects.visible_to(self.request.user, Permission.READ_SUMMARIES).select_related("site")

    @extend_schema(responses=WholeSpecSerializer)
    def retrieve(self, request, *args, **kwargs):
        """One spec with its document."""
        return Response(WholeSpecSerializer(self.get_object()).data)

    @extend_schema(
        request=ProposalSerializer,
        responses={
            200: OpenApiResponse(SpecSerializer, "The site knows it already; nothing was changed."),
            201: OpenApiResponse(SpecSerializer, "It was proposed. The site decides."),
        },
    )
    def create(self, request):
        """Propose a spec to a site. Nothing leaves by it before somebody there has approved it."""
        if not sites_for(request.user, Permission.READ_SUMMARIES):
            raise PermissionDenied(MAY_NOT_PROPOSE)
        said = understood(ProposalSerializer, request)
        site = site_called(said["site"], request.user)
        try:
            spec, is_new = propose_spec(site=site, document=said["document"], by=request.user)
        except Refused as error:
            raise ValidationError({"document": error.problems[0].message}) from error
        code = status.HTTP_201_CREATED if is_new else status.HTTP_200_OK
        return Response(SpecSerializer(spec).data, status=code)


def site_called(code: str, user) -> Site:
    """A site of the asker's; 404 for any other."""
    sites = Site.objects.filter(pk__in=sites_for(user, Permission.READ_SUMMARIES))
    found = sites.filter(code=code).first()
    if found is None:
        raise NotFound(f"There is no site {code} whose summaries you may read.")
    return found


class SummarySerializer(serializers.ModelSerializer):
    """What a site answered to who asked for its tables of a spec over a freeze."""

    site = serializers.SlugRelatedField("code", read_only=True, help_text="Code of the site.")
    spec_hash = serializers.CharField(source="spec.spec_hash")
    freeze = serializers.UUIDField(source="freeze_id")
    withheld = serializers.CharField(help_text="The reason's name where nothing left; else empty.")

    class Meta:
        model = SentBundle
        fields = read_only_fields = [
            "id", "site", "spec_hash", "freeze", "level", "overlap", "bundle_id", "sha256", "kid", "supersedes",
            "withheld", "made_at",
        ]  # fmt: skip


class AuditSerializer(SummarySerializer):
    """The same with what stays at the site and why, in words: for who may share."""

    told = serializers.ListField(child=serializers.CharField(), help_text="What stays here and why. No counts.")

    class Meta(SummarySerializer.Meta):
        fields = read_only_fields = [*SummarySerializer.Meta.fields, "told"]


class SummaryJobSerializer(serializers.ModelSerializer):
    """A bundle that is being made; its address answers with the bundle once it is."""

    class Meta:
        model = Job
        fields = read_only_fields = ["id", "state", "steps_done", "steps_total", "created_at"]


class SummaryRequestSerializer(serializers.Serializer):
    """Which tables, of what, for whom."""

    freeze = serializers.UUIDField(help_text="A freeze of one site.")
    spec_hash = serializers.RegexField(f"^{SHA256.pattern}$", help_text="A spec that the site approved.")
    level = serializers.ChoiceField(LEVELS, default=TRUSTED)
    overlap = serializers.ChoiceField([*OVERLAPS], default="none_known", help_text="May patients be elsewhere too?")


class SummaryFilter(filters.FilterSet):
    site = text_filter("site__code", Site.code)
    spec_hash = text_filter("spec__spec_hash", KnownSpec.spec_hash)
    level = choice_filter("level", LEVELS)


class SummaryEndpoint(ListModelMixin, Endpoint):
    """What left the sites whose released summaries the asker may read."""

    queryset = SentBundle.objects.none()
    serializer_class = SummarySerializer
    filterset_class = SummaryFilter
    lookup_value_regex = UUID_PATTERN
    http_method_names = ["get", "head", "post"]

    def get_queryset(self):
        rows = SentBundle.objects.visible_to(self.request.user, Permission.READ_SUMMARIES)
        return for_reader(rows, self.request.user, by="made_by", level="level").select_related("site", "spec")

    @extend_schema(
        request=SummaryRequestSerializer,
        parameters=[IDEMPOTENCY_KEY],
        responses={202: OpenApiResponse(SummaryJobSerializer, "It is being made; Location is where it will be.")},
    )
    def create(self, request):
        """Ask for the tables of an approved spec over a freeze. The same request has the same bytes."""
        if not sites_for(request.user, Permission.SEND_BUNDLES):
            raise PermissionDenied(MAY_NOT_SEND)
        if is_for_a_study(request.user):
            raise PermissionDenied(FOR_A_STUDY)
        said = understood(SummaryRequestSerializer, request)
        freeze = get_object_or_404(
            Freeze.objects.visible_to(request.user, Permission.SEND_BUNDLES), pk=said.pop("freeze")
        )
        job = asked(freeze, said, by=request.user, key=idempotency_key(request))
        address = reverse("api-summary-detail", args=[job.pk], request=request)
        return Response(SummaryJobSerializer(job).data, status=status.HTTP_202_ACCEPTED, headers={"Location": address})

    @extend_schema(
        responses={
            (200, JSON): OpenApiResponse({"type": "object"}, "The bundle, byte for byte as it was signed."),
            202: OpenApiResponse(SummaryJobSerializer, "It is not made yet."),
        }
    )
    def retrieve(self, request, pk=None):
        """A bundle's bytes; how far it is, or why there is none."""
        row = self.get_queryset().filter(pk=pk).first()
        if row is None:
            job = get_object_or_404(summary_jobs(request.user), pk=pk)
            if job.state != Job.State.DONE:
                return under_way(job)
            row = get_object_or_404(self.get_queryset(), pk=answer_of(job).pk)
        if row.withheld:
            raise StaysHere(row.withheld)
        log_bundle(request, row)
        return HttpResponse(bytes(row.content), content_type=JSON)

    @extend_schema(responses=AuditSerializer)
    @action(detail=True, methods=["get"])
    def audit(self, request, pk=None):
        """What of a bundle stays at the site, and why."""
        row = get_object_or_404(self.get_queryset().defer("content"), pk=pk)
        if row.site_id not in {each["site_id"] for each in sites_for(request.user, Permission.SHARE)}:
            raise PermissionDenied(MAY_NOT_SHARE)
        return Response(AuditSerializer(row).data)


def asked(freeze: Freeze, said: dict, *, by, key: str) -> Job:
    """The job; the reason's own status for what has a name, 400 by field for everything else."""
    try:
        return ask_summary(freeze=freeze, **said, by=by, idempotency_key=key)
    except SummaryRefused:
        raise
    except Refused as error:
        raise ValidationError({each.field: each.message for each in error.problems}) from error


def summary_jobs(user):
    """The requests for bundles of sites whose released summaries the user may read; a token for one study sees none."""
    if is_for_a_study(user):
        return Job.objects.none()
    rows = Job.objects.visible_to(user, Permission.READ_SUMMARIES).filter(kind=SUMMARISE)
    return for_reader(rows, user, by="requested_by", level="params__level")


def is_for_a_study(user) -> bool:
    """Whether the user's token is for one study's patients: a site's tables are of no one study."""
    return getattr(getattr(user, "token", None), "study_id", None) is not None


def for_reader(rows, user, *, by: str, level: str):
    """Whole tables are for who asked for them and who may share what leaves the site; the others for every reader."""
    share = Permission.SHARE
    shared = at_every_site(user, share) if rows.model is Job else Q(site__in=sites_for(user, share))
    return rows.filter(~Q(**{level: TRUSTED}) | Q(**{by: user}) | shared)


def log_bundle(request, row: SentBundle) -> None:
    """Keep that a token took a bundle; it carries counts, and no row of a patient."""
    token = getattr(request.user, "token", None)
    if token is not None:
        log_pull(
            request, user=request.user, profile=Profile(token.profile), rows=0, size=len(row.content),
            status=status.HTTP_200_OK, sites=[row.site.code], release=row.bundle_id,
        )  # fmt: skip


def under_way(job: Job) -> Response:
    """How far a bundle is that is not made yet; 409 with the reason where it could not be made."""
    if job.has_failed:
        raise NotMade(job)
    return Response(SummaryJobSerializer(job).data, status=status.HTTP_202_ACCEPTED)
