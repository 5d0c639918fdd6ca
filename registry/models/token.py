"""A key by which a program reads the API for a person."""

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models

from registry.access import IDENTIFIED_SCOPES, PULL_SCOPE, Profile
from registry.audit import tracked
from registry.models.site import Site
from registry.models.study import Study
from registry.models.user import User


@tracked(exclude=["digest", "last_used_at"])
class ApiToken(models.Model):
    """Shown once, stored as a digest, scoped to sites (and a study), expiring. It can only lower its user's rights.

    `profile` is the laxest form in which rows leave by it; `agreement` names the contract under which they do.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="tokens")
    name = models.CharField(max_length=100)
    digest = models.CharField(max_length=64, unique=True)
    prefix = models.CharField(max_length=8, help_text="The first characters, to find a token by.")
    scopes = ArrayField(models.CharField(max_length=20))
    sites = models.ManyToManyField(Site, related_name="tokens")
    study = models.ForeignKey(Study, null=True, blank=True, on_delete=models.PROTECT, related_name="tokens")
    profile = models.CharField(max_length=12, choices=Profile, default=Profile.SAFE_HARBOR)
    agreement = models.CharField(max_length=200, blank=True, help_text="Under which agreement rows leave by it.")
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=(models.Q(profile=Profile.IDENTIFIED) & ~models.Q(scopes__contains=[PULL_SCOPE]))
                | (~models.Q(profile=Profile.IDENTIFIED) & ~models.Q(scopes__overlap=sorted(IDENTIFIED_SCOPES))),
                name="token_scopes_fit_its_profile",
                violation_error_message="The scopes of the token and its profile contradict each other. [K3]",
            )
        ]

    def __str__(self):
        return f"{self.name} ({self.prefix}…)"
