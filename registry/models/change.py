"""What changed, in the order in which it was committed: what the change feed reads, written by the database itself."""

from django.db import models

from registry.access import SiteScoped
from registry.models.guards import nothing_is_deleted, stays_as_written
from registry.models.site import Site


class Epoch(models.Model):
    """A life of the database. After a restore its transactions are numbered anew, so positions of another life are
    positions no more. Without a row it is the first.

    cluster: where it runs, as PostgreSQL knows itself: a restored database says something else.
    """

    number = models.PositiveIntegerField(primary_key=True)
    cluster = models.CharField(max_length=80)
    begun_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["number"]
        triggers = [nothing_is_deleted(), stays_as_written()]

    def __str__(self):
        return f"Epoch {self.number}"


class Change(models.Model):
    """A row of the record that was made or changed by a transaction. Written by triggers (models/told.py) alone.

    A sequence is taken when a row is written and shows when it is committed, which may be in another order; the number
    of the transaction, below the oldest that is still open, is what cannot be overtaken. No foreign keys of the
    database: the rows are there, nothing of a patient is ever deleted, and checking would cost an import more than the
    row itself.
    """

    STUDY_PATH, PATIENT_PATH = "patient__study", "patient"

    class Resource(models.TextChoices):
        PATIENT = "patient", "Patient"
        PROCEDURE = "procedure", "Procedure"
        VISIT = "visit", "Visit"
        SCORE = "score", "Score"
        EVENT = "event", "Event"
        TREATMENT = "treatment", "Treatment"

    seq = models.BigAutoField(primary_key=True)
    epoch = models.PositiveIntegerField()
    xid = models.BigIntegerField()
    resource = models.CharField(max_length=10, choices=Resource)
    row_id = models.UUIDField()
    patient = models.ForeignKey(
        "registry.Patient", on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False
    )
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False)

    objects = SiteScoped.as_manager()

    class Meta:
        ordering = ["epoch", "xid", "seq"]
        indexes = [models.Index(fields=["epoch", "xid", "seq"], name="change_in_order")]
        triggers = [nothing_is_deleted(), stays_as_written()]

    def __str__(self):
        return f"{self.resource} {self.row_id}"
