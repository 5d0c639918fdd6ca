"""The API of what was computed: cohorts, the jobs that analyse them, and the results."""

from django.contrib.postgres.expressions import ArraySubquery
from django.contrib.postgres.fields import ArrayField
from django.db.models import ExpressionWrapper, F, OuterRef, Prefetch, Subquery, UUIDField
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast
from django_filters import rest_framework as filters
from drf_spectacular.utils import OpenApiResponse, extend_schema, extend_schema_field
from rest_framework import serializers, status
from rest_framework.exceptions import NotFound, PermissionDenied, ValidationError
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.response import Response
from rest_framework.reverse import reverse
from rest_framework.views import APIView

from outcomes.analyses import TYPES
from outcomes.asking import ANALYSE, KEY_USED, ask_analysis
from outcomes.cohorts import definition_hash, visible_cohorts
from outcomes.freezes import FREEZE
from outcomes.models import Cohort, Freeze, Result
from outcomes.plans.check import SCHEMA
from outcomes.plans.errors import PlanError
from outcomes.plans.shipped import NAMES
from registry.access import Permission, sites_for
from registry.endpoints import (
    IDEMPOTENCY_KEY,
    Endpoint,
    Text,
    Unprocessable,
    choice_filter,
    idempotency_key,
    refuse_unclear,
    shorten,
    text_filter,
    understood,
)
from registry.errors import Refused
from registry.models import Job, Site, Study, StudySite
from registry.models.study import SLUG

KINDS = {ANALYSE: "analysis", FREEZE: "freeze"}
MAY_NOT_ASK = "You may not ask for analyses at any site of this cohort."


class CohortSerializer(serializers.ModelSerializer):
    """A rule that picks procedures, with the studies and sites of it that the asker may see."""

    studies = serializers.SerializerMethodField(help_text="Slugs of the studies.")
    sites = serializers.SerializerMethodField(help_text="Codes of the sites whose part the asker may see.")
    definition_hash = serializers.SerializerMethodField(
        help_text="SHA-256 of the canonical JSON of its rule and all its studies; null where there is no such JSON."
    )

    class Meta:
        model = Cohort
        fields = read_only_fields = ["id", "slug", "name", "version", "rule", "definition_hash", "studies", "sites"]

    def get_studies(self, cohort) -> list[str]:
        return sorted(study.slug for study in cohort.seen_studies)

    def get_sites(self, cohort) -> list[str]:
        return sorted({enrolment.site.code for study in cohort.seen_studies for enrolment in study.seen_enrolments})

    def get_definition_hash(self, cohort) -> str | None:
        return definition_hash(cohort, [study.slug for study in cohort.every_study])


class CohortEndpoint(ListModelMixin, RetrieveModelMixin, Endpoint):
    """The cohorts over studies in which a site enrols whose results the asker may read. The path names the slug."""

    queryset = Cohort.objects.none()
    serializer_class = CohortSerializer
    lookup_field = "slug"
    lookup_value_regex = "[^/]+"

    def get_queryset(self):
        user = self.request.user
        enrolments = StudySite.objects.select_related("site")
        if not user.is_system:
            enrolments = enrolments.filter(site__in=sites_for(user, Permission.READ_RESULTS))
        seen = Study.objects.visible_to(user, Permission.READ_RESULTS).prefetch_related(
            Prefetch("enrolments", queryset=enrolments, to_attr="seen_enrolments")
        )
        every = Prefetch("studies", queryset=Study.objects.only("slug"), to_attr="every_study")
        return visible_cohorts(user).prefetch_related(Prefetch("studies", queryset=seen, to_attr="seen_studies"), every)


class JobSerializer(serializers.ModelSerializer):
    """A request for a plan's results on a cohort, or for a freeze of it, and how far it is."""

    kind = serializers.SerializerMethodField(help_text="What it makes.")
    cohort = serializers.CharField(source="cohort_slug", help_text="Slug of the cohort.")
    sites = serializers.ListField(source="site_codes", child=serializers.CharField(), help_text="Codes of its sites.")
    plan = serializers.DictField(
        source="params.plan", allow_null=True, help_text="Its document; null is the default plan or the overview."
    )
    freeze = serializers.UUIDField(
        source="params.freeze",
        allow_null=True,
        help_text="The freeze that it analyses; null: the cohort as it is then.",
    )

    class Meta:
        model = Job
        fields = read_only_fields = [
            "id", "kind", "cohort", "sites", "plan", "freeze", "state", "steps_done", "steps_total", "step", "error",
            "created_at", "finished_at",
        ]  # fmt: skip

    @extend_schema_field(serializers.ChoiceField([*KINDS.values()]))
    def get_kind(self, job) -> str:
        return KINDS[job.kind]


def described(jobs):
    """Jobs for analyses and freezes with `cohort_slug` and `site_codes`, in the same query."""
    cohort = Cohort.objects.filter(pk=OuterRef("cohort_id"))
    covered = ExpressionWrapper(OuterRef("site_ids"), output_field=ArrayField(UUIDField()))
    sites = Site.objects.annotate(covered=covered).filter(covered__contains=[F("pk")]).order_by("code")
    return jobs.filter(kind__in=KINDS).annotate(
        cohort_id=Cast(KeyTextTransform("cohort", "params"), UUIDField()),
        cohort_slug=Subquery(cohort.values("slug")),
        site_codes=ArraySubquery(sites.values("code")),
    )


@extend_schema_field({
    "oneOf": [{"type": "object", "additionalProperties": {}}, {"type": "string", "enum": list(NAMES)}],
    "nullable": True,
})  # fmt: skip
class PlanField(serializers.DictField):
    """A plan's document, or the name of a shipped plan."""

    def to_internal_value(self, data):
        return data if isinstance(data, str) else super().to_internal_value(data)


class JobRequestSerializer(serializers.Serializer):
    """What to analyse. Without a plan: its study's default plan, or the overview of all its instruments."""

    cohort = Text(max_length=100, validators=[SLUG], help_text="Slug of the cohort.")
    plan = PlanField(
        allow_null=True,
        required=False,
        default=None,
        help_text=f"A plan, as /plan-schema/ has it; or a shipped plan's name: {', '.join(NAMES)}.",
    )
    freeze = serializers.UUIDField(
        required=False, allow_null=True, default=None, help_text="A freeze of the cohort; the cohort as it is now."
    )


class JobFilter(filters.FilterSet):
    cohort = text_filter("cohort_slug", Cohort.slug)
    state = choice_filter("state", Job.State.values)


class JobEndpoint(ListModelMixin, RetrieveModelMixin, Endpoint):
    """Analyses and freezes asked for: of cohorts, and of sites, whose results the asker may read."""

    queryset = Job.objects.none()
    serializer_class = JobSerializer
    filterset_class = JobFilter
    http_method_names = ["get", "head", "post"]

    def get_queryset(self):
        readable = Cohort.objects.visible_to(self.request.user)
        return described(Job.objects.visible_to(self.request.user)).filter(cohort_id__in=readable.values("pk"))

    @extend_schema(
        request=JobRequestSerializer,
        parameters=[IDEMPOTENCY_KEY],
        responses={202: OpenApiResponse(JobSerializer, "The job; Location is its address.")},
    )
    def create(self, request):
        """Ask for an analysis of a freeze, or of the cohort as it is now at its sites where the asker may ask for one.

        What this version has computed on a freeze already is given back, unless a key asks for a job of its own.
        """
        wanted = understood(JobRequestSerializer, request)
        cohort = cohort_to_analyse(wanted["cohort"], request.user)
        freeze = freeze_to_analyse(wanted["freeze"], cohort, request.user)
        job = asked(cohort, wanted["plan"], freeze, by=request.user, key=idempotency_key(request))
        address = reverse("api-job-detail", args=[job.pk], request=request)
        body = JobSerializer(described(Job.objects.all()).get(pk=job.pk)).data
        return Response(body, status=status.HTTP_202_ACCEPTED, headers={"Location": address})


def cohort_to_analyse(slug: str, user) -> Cohort:
    """404 for a cohort that the user may neither read nor ask about, 403 for one that may only be read."""
    if not sites_for(user, Permission.ASK_ANALYSES):
        raise PermissionDenied(MAY_NOT_ASK)
    cohort = visible_cohorts(user, Permission.ASK_ANALYSES).filter(slug=slug).first()
    if cohort is not None:
        return cohort
    if visible_cohorts(user).filter(slug=slug).exists():
        raise PermissionDenied(MAY_NOT_ASK)
    raise NotFound(f"There is no cohort {slug} that you may see.")


def freeze_to_analyse(pk, cohort: Cohort, user) -> Freeze | None:
    """404 for a freeze that the user may not see or that is of another cohort, 403 for one that may only be read."""
    if pk is None:
        return None
    freeze = Freeze.objects.visible_to(user).defer(*Freeze.TABLES).filter(cohort=cohort, pk=pk).first()
    if freeze is None:
        raise NotFound("There is no such freeze of this cohort that you may see.")
    if not set(freeze.site_ids) <= {site.pk for site in cohort.sites_for(user, Permission.ASK_ANALYSES)}:
        raise PermissionDenied("You may not ask for analyses at every site of this freeze.")
    return freeze


def asked(cohort: Cohort, plan: dict | str | None, freeze: Freeze | None, *, by, key: str) -> Job:
    """The job; 400 for a plan that cannot be followed, 422 for a key that stands for another request."""
    try:
        return ask_analysis(cohort=cohort, plan=plan, freeze=freeze, by=by, idempotency_key=key)
    except PlanError as error:
        raise ValidationError({"plan": shorten(str(error))}) from error
    except Refused as error:
        if error.problems[0].rule == KEY_USED:
            raise Unprocessable(error.problems[0].message) from error
        raise


class PlanSchemaView(APIView):
    """What a plan may hold: the JSON Schema (2020-12) that every plan is checked by. No data of anybody."""

    @extend_schema(responses={200: OpenApiResponse({"type": "object"}, "A JSON Schema.")}, tags=["plan-schema"])
    def get(self, request):
        refuse_unclear(request.query_params, set())
        return Response(SCHEMA)


class ResultSerializer(serializers.ModelSerializer):
    """One analysis of one freeze. The payload is what the pages show; its SHA-256 is of its canonical JSON."""

    cohort = serializers.SlugRelatedField("slug", read_only=True, help_text="Slug of the cohort.")
    entry = serializers.DictField(help_text="The plan's entry, as it was.")
    payload = serializers.DictField(help_text="Numbers, n, test, effect, interval; or why there are none.")
    envelope = serializers.DictField(help_text="Freeze, sites, preset, plan, program version, when.")

    class Meta:
        model = Result
        fields = read_only_fields = [
            "id", "cohort", "job", "analysis_id", "type", "entry", "payload", "payload_sha256", "envelope",
            "created_at",
        ]  # fmt: skip


class ResultFilter(filters.FilterSet):
    cohort = text_filter("cohort__slug", Cohort.slug)
    job = filters.UUIDFilter("job")
    analysis_id = text_filter("analysis_id", Result.analysis_id)
    type = choice_filter("type", TYPES)


class ResultEndpoint(ListModelMixin, RetrieveModelMixin, Endpoint):
    """The results computed from sites all of which the asker may read."""

    queryset = Result.objects.none()
    serializer_class = ResultSerializer
    filterset_class = ResultFilter

    def get_queryset(self):
        return Result.objects.visible_to(self.request.user).select_related("cohort")
