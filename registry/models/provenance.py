"""Where a value was read, by whom, and how sure the reader is."""

from django.conf import settings
from django.db import models


class CollectionMethod(models.TextChoices):
    """How the values of a form were collected."""

    CHART_REVIEW = "chart_review", "Chart review"
    CLINIC_PROSPECTIVE = "clinic_prospective", "Clinic, prospectively"
    PATIENT_REPORTED_FORM = "patient_reported_form", "Form filled in by the patient"
    TELEPHONE = "telephone", "Telephone"
    PHARMACY_OR_PDMP = "pharmacy_or_pdmp", "Pharmacy or prescription monitoring"
    IMAGING_REVIEW = "imaging_review", "Review of images"
    OPERATIVE_RECORD = "operative_record", "Operative record"
    ANAESTHESIA_RECORD = "anaesthesia_record", "Anaesthesia record"
    REGISTRY_LINKAGE = "registry_linkage", "Link to another registry"


class Certainty(models.TextChoices):
    """Whether the source says it, or the reader concluded it."""

    EXPLICIT = "explicit", "Stated in the source"
    INFERRED = "inferred", "Inferred"
    CONFLICTING = "conflicting", "Sources conflict"


class Provenance(models.Model):
    """The source of one form: kept beside its values, not in a log."""

    collection_method = models.CharField(max_length=30, choices=CollectionMethod, blank=True)
    source_document = models.CharField(
        max_length=200, blank=True, help_text="Kind of document and where it is kept; no names, no record numbers."
    )
    source_date = models.DateField(null=True, blank=True)
    certainty = models.CharField(max_length=12, choices=Certainty, blank=True)
    abstractor = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    abstracted_on = models.DateField(null=True, blank=True)

    class Meta:
        abstract = True


PROVENANCE = tuple(field.name for field in Provenance._meta.fields)
