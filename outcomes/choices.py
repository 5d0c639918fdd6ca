"""What a plan for a cohort can name: instruments, timepoints, covariates and their levels, times to events."""

from outcomes.manifest import text, timepoints_of
from outcomes.models import Cohort, Freeze
from registry.access import Permission
from registry.models import Covariate, Study, StudyInstrument, TimeToEvent, User


def choices(cohort: Cohort, user: User) -> dict:
    """A manifest of what there is to choose from, without counts: the studies as they are, and what the newest freeze
    that the user may read knows beside them. Levels and decimals are known from a freeze only.
    """
    freezes = Freeze.objects.visible_to(user).filter(cohort=cohort).defer(*Freeze.TABLES)
    newest = freezes.first()
    frozen = newest.manifest_in_order if newest else {}
    now = of_studies(cohort, user)
    return {
        "cohort": {"slug": cohort.slug, "name": cohort.name},
        "arm": frozen.get("arm") or now["arm"],
        "instruments": now["instruments"] | frozen.get("instruments", {}),
        "timepoints": now["timepoints"],
        "covariates": now["covariates"] | frozen.get("covariates", {}),
        "survival": now["survival"] | frozen.get("survival", {}),
        "missing": frozen.get("missing", {}),
        "flow": frozen.get("flow", {"procedures": 0}),
    }


def of_studies(cohort: Cohort, user: User) -> dict:
    """What the cohort's studies define, in the order of their forms."""
    studies = list(cohort.studies.select_related("schedule").order_by("slug"))
    asked = StudyInstrument.objects.filter(study__in=studies).select_related("instrument__part_of")
    covariates = Covariate.objects.filter(study__in=studies)
    times = TimeToEvent.objects.visible_to(user, Permission.READ_RESULTS).filter(procedure__patient__study__in=studies)
    arms = {study.arm for study in studies if study.arm}
    return {
        "arm": arms.pop() if len(arms) == 1 else None,
        "instruments": {link.instrument.key: instrument(link, order) for order, link in enumerate(asked)},
        "timepoints": timepoints_of(studies),
        "covariates": {each.name: covariate(each) for each in covariates},
        "survival": {name: {} for name in times.order_by("name").values_list("name", flat=True).distinct()},
    }


def instrument(link: StudyInstrument, order: int) -> dict:
    """One instrument as a manifest tells it."""
    defined = link.instrument
    numbers = {name: text(getattr(defined, name)) for name in ("minimum", "maximum", "step", "mcid")}
    told = {name: getattr(defined, name) for name in ("name", "unit", "direction", "status")}
    return {"version": defined.instrument_version, "levels": defined.levels or None, "decimals": 0, "order": order,
            "part_of": defined.part_of.key if defined.part_of else None} | numbers | told  # fmt: skip


def covariate(each: Covariate) -> dict:
    kind = "category" if each.kind == Covariate.Kind.CATEGORY else "number"
    return {"kind": kind, "decimals": 0, "levels": None, "label": each.label}


def is_synthetic(cohort: Cohort) -> bool:
    """Whether any of the cohort's rows are invented."""
    return Study.objects.filter(cohorts=cohort, synthetic=True).exists()
