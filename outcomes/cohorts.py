"""Cohorts as people find them. Each study has a default cohort of its own slug, made when it is first looked for."""

from django.db import transaction
from django.db.models import Exists, OuterRef

from outcomes.models import Cohort
from outcomes.pooling.jcs import NotCanonical, hash_of
from registry.access import Permission
from registry.actions.people import system_user
from registry.audit import recording
from registry.models import Study

WHOLE_STUDY = {"procedures": "index"}


def make_default_cohorts() -> None:
    """Give every study without one its default cohort: the index procedure of every patient who was not withdrawn."""
    without = Study.objects.filter(~Exists(Cohort.objects.filter(slug=OuterRef("slug"))))
    for study in without:
        with transaction.atomic(), recording(by=system_user(), reason="default cohort of a study"):
            cohort, made = Cohort.objects.get_or_create(
                slug=study.slug, defaults={"name": study.name, "rule": WHOLE_STUDY}
            )
            if made:
                cohort.studies.add(study)


def visible_cohorts(user, permission: Permission = Permission.READ_RESULTS):
    """The cohorts a user may see, default cohorts of new studies among them."""
    make_default_cohorts()
    return Cohort.objects.visible_to(user, permission)


def definition_hash(cohort: Cohort, studies: list[str]) -> str | None:
    """Names a rule over studies, by their slugs; None for a rule with a number that no JSON holds exactly."""
    try:
        return hash_of({"rule": cohort.rule, "studies": sorted(studies)})
    except NotCanonical:
        return None
