"""A key by which a program reads the API for a person."""

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models

from registry.audit import tracked
from registry.models.site import Site
from registry.models.study import Study
from registry.models.user import User


@tracked(exclude=["digest", "last_used_at"])
class ApiToken(models.Model):
    """Shown once, stored as a digest, scoped to sites (and a study), expiring. It can only lower its user's rights."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="tokens")
    name = models.CharField(max_length=100)
    digest = models.CharField(max_length=64, unique=True)
    prefix = models.CharField(max_length=8, help_text="The first characters, to find a token by.")
    scopes = ArrayField(models.CharField(max_length=20))
    sites = models.ManyToManyField(Site, related_name="tokens")
    study = models.ForeignKey(Study, null=True, blank=True, on_delete=models.PROTECT, related_name="tokens")
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)

    def __str__(self):
        return f"{self.name} ({self.prefix}…)"
