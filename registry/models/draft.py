"""What somebody has typed and not saved."""

import uuid

from django.conf import settings
from django.db import models

from registry.models.site import Site


class Draft(models.Model):
    """The unsaved content of one person's form. No part of the record: not in its history, exports or counts.

    `target` is the row that the form corrects, or the parent of the row that it would make; `form` says which form.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="drafts")
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+")
    form = models.CharField(max_length=60)
    target = models.UUIDField()
    content = models.JSONField(default=dict)
    saved_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "form", "target"], name="one_draft_per_form")]

    def __str__(self):
        return f"Draft of {self.form}"
