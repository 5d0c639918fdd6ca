"""What left by a token, and how often a token calls."""

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models

from registry.access import Profile
from registry.models.guards import written_once
from registry.models.token import ApiToken
from registry.models.user import User


class Pull(models.Model):
    """One request by which rows left, as it was answered. Written once; the sites whose rows it could carry read it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    token = models.ForeignKey(ApiToken, on_delete=models.PROTECT, related_name="pulls")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    site_ids = ArrayField(models.UUIDField())
    route = models.CharField(max_length=200)
    filters = models.JSONField(default=dict, blank=True)
    profile = models.CharField(max_length=12, choices=Profile)
    release = models.CharField(
        max_length=100, blank=True, help_text="Id or digest of what was pulled, where it has one."
    )
    rows = models.PositiveIntegerField()
    size = models.PositiveBigIntegerField(help_text="Bytes of the body.")
    status = models.PositiveSmallIntegerField()
    request_id = models.CharField(max_length=64, blank=True)
    at = models.DateTimeField(auto_now_add=True, db_index=True)

    class Meta:
        ordering = ["-at", "id"]
        triggers = [written_once()]

    def __str__(self):
        return f"{self.rows} rows of {self.route} at {self.at}"


class TokenCalls(models.Model):
    """How often a token called in the minute of its last call."""

    token = models.OneToOneField(ApiToken, primary_key=True, on_delete=models.CASCADE, related_name="calls")
    minute = models.DateTimeField()
    calls = models.PositiveIntegerField()

    def __str__(self):
        return f"{self.calls} calls in the minute of {self.minute}"
