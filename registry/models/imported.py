"""A file somebody brought in: what it said, what it changed, and what it takes to undo it."""

import uuid

from django.conf import settings
from django.db import models

from registry.access import SiteScoped
from registry.audit import tracked
from registry.models.guards import nothing_is_deleted
from registry.models.job import Job
from registry.models.patient import Patient
from registry.models.site import Site
from registry.models.study import Study


@tracked(exclude=["content", "dictionary", "preview", "about"])
class ImportBatch(models.Model):
    """One uploaded file on its way: uploaded, mapped, previewed, committed, perhaps undone."""

    STUDY_PATH = "study"

    class State(models.TextChoices):
        UPLOADED = "uploaded", "Being read"
        READ = "read", "Waiting for its columns"
        PREVIEWING = "previewing", "Being compared"
        PREVIEWED = "previewed", "Waiting to be committed"
        COMMITTING = "committing", "Being committed"
        COMMITTED = "committed", "Committed"
        UNDOING = "undoing", "Being undone"
        UNDONE = "undone", "Undone"
        FAILED = "failed", "Could not be read"
        CANCELLED = "cancelled", "Cancelled"

    class Blanks(models.TextChoices):
        IGNORE = "ignore", "An empty cell says nothing"
        CLEAR = "clear", "An empty cell clears what is recorded"
        FILL_EMPTY = "fill_empty", "Only what is not recorded yet is filled"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="imports")
    study = models.ForeignKey(Study, on_delete=models.PROTECT, related_name="imports")
    file_name = models.CharField(max_length=200)
    sha256 = models.CharField(max_length=64)
    content = models.BinaryField()
    dictionary = models.BinaryField(null=True, blank=True)
    options = models.JSONField(default=dict, blank=True)
    about = models.JSONField(default=dict, blank=True, help_text="What the reader found: columns, rows, suggestions.")
    mapping = models.JSONField(default=dict, blank=True)
    blanks = models.CharField(max_length=10, choices=Blanks, default=Blanks.IGNORE)
    state = models.CharField(max_length=10, choices=State, default=State.UPLOADED)
    preview = models.JSONField(default=dict, blank=True)
    digest = models.CharField(max_length=64, blank=True, help_text="Of what the preview would write, and over what.")
    leave_out_errors = models.BooleanField(default=False)
    reason = models.CharField(max_length=300, blank=True)
    problem = models.TextField(blank=True)
    job = models.ForeignKey(Job, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    uploaded_at = models.DateTimeField(auto_now_add=True)
    committed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    committed_at = models.DateTimeField(null=True, blank=True)
    undone_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)

    objects = SiteScoped.as_manager()

    class Meta:
        ordering = ["-uploaded_at"]
        verbose_name_plural = "import batches"
        constraints = [models.UniqueConstraint(fields=["site", "id"], name="import_batch_site_id")]
        triggers = [nothing_is_deleted()]

    def __str__(self):
        return self.file_name


class PreviewPage(models.Model):
    """Some lines of a batch's preview, as a page shows them: a preview of any size costs one row to look at."""

    STUDY_PATH = "batch__study"

    class Kind(models.TextChoices):
        ERROR = "error", "Errors"
        NEW = "new", "New"
        CHANGED = "changed", "Changed"
        CLEARED = "cleared", "Cleared"
        KEPT = "kept", "Kept as recorded"
        WARNING = "warning", "Warnings"
        DUPLICATE = "duplicate", "Possible duplicates"
        CONFLICT = "conflict", "Changed since"

    id = models.BigAutoField(primary_key=True)
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+")
    batch = models.ForeignKey(ImportBatch, on_delete=models.PROTECT, related_name="pages")
    kind = models.CharField(max_length=10, choices=Kind)
    number = models.PositiveIntegerField()
    lines = models.JSONField()

    objects = SiteScoped.as_manager()

    class Meta:
        ordering = ["batch", "kind", "number"]
        constraints = [
            models.UniqueConstraint(fields=["batch", "kind", "number"], name="one_preview_page_per_number"),
        ]

    def __str__(self):
        return f"{self.get_kind_display()}, page {self.number}, of {self.batch}"


class ImportedCell(models.Model):
    """One value that a batch wrote: where, what stood there, what stands there now."""

    STUDY_PATH, PATIENT_PATH = "patient__study", "patient"

    id = models.BigAutoField(primary_key=True)
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+")
    batch = models.ForeignKey(ImportBatch, on_delete=models.PROTECT, related_name="cells")
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="+")
    form = models.CharField(max_length=60)
    row_id = models.UUIDField()
    field = models.CharField(max_length=100, blank=True)
    place = models.CharField(max_length=120)
    made_row = models.BooleanField(default=False)
    old = models.JSONField(null=True, blank=True)
    new = models.JSONField(null=True, blank=True)
    conflict = models.CharField(max_length=200, blank=True)

    objects = SiteScoped.as_manager()

    class Meta:
        ordering = ["batch", "id"]
        triggers = [nothing_is_deleted()]

    def __str__(self):
        return f"{self.place}, {self.field}"


@tracked()
class ColumnMapping(models.Model):
    """What the columns of a file meant the last time, found again by its header."""

    STUDY_PATH = "study"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+")
    study = models.ForeignKey(Study, on_delete=models.PROTECT, related_name="column_mappings")
    signature = models.CharField(max_length=64)
    columns = models.JSONField(default=dict)
    saved_at = models.DateTimeField(auto_now=True)

    objects = SiteScoped.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["site", "study", "signature"], name="one_mapping_per_header"),
        ]
        triggers = [nothing_is_deleted()]

    def __str__(self):
        return f"Columns of a file of {self.study}"
