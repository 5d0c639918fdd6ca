"""Rules that pick procedures, and who may see what comes of them."""

import uuid

from django.db import models

from registry.access import Permission, at_every_site, sites_for
from registry.audit import tracked
from registry.models import Site, Study
from registry.models.study import SLUG


def within_token(user, cohort: str) -> models.Q | models.Exists:
    """A token for one study reads cohorts of that study alone; `cohort` names the row's cohort."""
    study_id = getattr(getattr(user, "token", None), "study_id", None)
    if study_id is None:
        return models.Q()
    links = Cohort.studies.through.objects.filter(cohort=models.OuterRef(cohort))
    return models.Exists(links.filter(study=study_id)) & ~models.Exists(links.exclude(study=study_id))


class CohortQuerySet(models.QuerySet):
    """Cohorts, by the sites that enrol in their studies."""

    def visible_to(self, user, permission: Permission = Permission.READ_RESULTS) -> "CohortQuerySet":
        """Cohorts over studies that the user may read; what is read is only the user's own sites' part."""
        if user.is_authenticated and user.is_system:
            return self
        rows = self.filter(studies__in=Study.objects.visible_to(user, permission)).distinct()
        return rows.filter(within_token(user, "pk"))


@tracked()
class Cohort(models.Model):
    """A named, versioned rule that picks procedures, over one or several studies. Not a list of patients."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    slug = models.CharField(max_length=100, unique=True, validators=[SLUG])
    name = models.CharField(max_length=200)
    studies = models.ManyToManyField(Study, related_name="cohorts")
    description = models.TextField(blank=True, help_text="What the cohort is for, in the investigator's words.")
    rule = models.JSONField(default=dict, help_text='Which procedures are in: {"procedures": "index"}.')
    version = models.PositiveIntegerField(default=1)

    objects = CohortQuerySet.as_manager()

    class Meta:
        ordering = ["slug"]

    def __str__(self):
        return self.name

    def sites_for(self, user, permission: Permission = Permission.READ_RESULTS) -> models.QuerySet:
        """The sites of this cohort whose part the user may see, in order of code."""
        sites = Site.objects.filter(studies__in=self.studies.all()).distinct()
        token_study = getattr(getattr(user, "token", None), "study_id", None)
        if token_study is not None:
            sites = sites.filter(studies=token_study)
        return sites if user.is_system else sites.filter(pk__in=sites_for(user, permission))


class OfSites(models.QuerySet):
    """Rows computed from several sites' data: visible to who may read the results of every one of them."""

    def visible_to(self, user, permission: Permission = Permission.READ_RESULTS) -> "OfSites":
        if user.is_authenticated and user.is_system:
            return self
        return self.filter(at_every_site(user, permission), within_token(user, "cohort"))
