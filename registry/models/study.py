"""The protocol under which patients are entered."""

import uuid

from django.conf import settings
from django.core.validators import RegexValidator
from django.db import models

from registry.access import Permission, sites_for
from registry.audit import tracked
from registry.models.instrument import Instrument
from registry.models.schedule import Schedule
from registry.models.site import Site

SLUG = RegexValidator(r"^[A-Za-z0-9][A-Za-z0-9_-]*\Z", "Letters, digits, hyphens and underscores, please.")


class StudyQuerySet(models.QuerySet):
    """Studies, by the sites that enrol in them."""

    def visible_to(self, user, permission: Permission = Permission.VIEW_PATIENTS) -> "StudyQuerySet":
        """The studies in which a site enrols where the user holds the permission."""
        if user.is_authenticated and user.is_system:
            return self
        rows = self.filter(enrolments__site_id__in=sites_for(user, permission)).distinct()
        study_id = getattr(getattr(user, "token", None), "study_id", None)
        return rows if study_id is None else rows.filter(pk=study_id)


@tracked()
class Study(models.Model):
    """A protocol: who enrols, which instruments, which schedule. An external id is unique within (site, study)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    slug = models.CharField(max_length=100, unique=True, validators=[SLUG])
    name = models.CharField(max_length=200)
    description = models.TextField(blank=True)
    synthetic = models.BooleanField(default=False, help_text="Invented rows; every page says so.")
    schedule = models.ForeignKey(Schedule, on_delete=models.PROTECT, related_name="studies")
    sites = models.ManyToManyField(Site, through="StudySite", related_name="studies")
    instruments = models.ManyToManyField(Instrument, through="StudyInstrument", related_name="studies")
    arm = models.CharField(max_length=60, blank=True, help_text="The covariate that names the treatment groups.")
    default_plan = models.CharField(
        max_length=100, blank=True, help_text="The shipped plan of its report; without one, the overview."
    )
    locked_at = models.DateTimeField(null=True, blank=True)
    locked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    objects = StudyQuerySet.as_manager()

    class Meta:
        ordering = ["slug"]
        verbose_name_plural = "studies"

    def __str__(self):
        return self.name


@tracked()
class StudySite(models.Model):
    """A site that enrols in a study."""

    study = models.ForeignKey(Study, on_delete=models.PROTECT, related_name="enrolments")
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="enrolments")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["study", "site"], name="one_enrolment_per_site")]

    def __str__(self):
        return f"{self.site} in {self.study}"


@tracked()
class StudyInstrument(models.Model):
    """An instrument that a study asks for, in the order of the form."""

    study = models.ForeignKey(Study, on_delete=models.PROTECT, related_name="asked")
    instrument = models.ForeignKey(Instrument, on_delete=models.PROTECT, related_name="asked")
    order = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ["study", "order"]
        constraints = [models.UniqueConstraint(fields=["study", "instrument"], name="an_instrument_is_asked_once")]

    def __str__(self):
        return f"{self.instrument} in {self.study}"
