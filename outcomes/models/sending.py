"""What a site signs with, and the ledger of what left it."""

import uuid

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Q

from outcomes.models.freeze import Freeze
from outcomes.models.pooling import NAMED, OfPlace
from outcomes.models.spec import LONGEST_LEVEL, Spec
from registry.audit import tracked
from registry.models import Site
from registry.models.guards import nothing_is_deleted, written_once


@tracked(exclude=["sealed"])
class SiteKey(models.Model):
    """A site's key. The private half is kept encrypted; a key that is replaced or revoked signs nothing more."""

    SITE_PATH = "site"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="keys")
    kid = models.CharField(max_length=16, unique=True)
    public = models.CharField(max_length=44, help_text="Ed25519, 32 bytes as base64.")
    sealed = models.BinaryField(help_text="The private half, encrypted with a key derived from SECRET_KEY.")
    valid_from = models.DateTimeField()
    valid_to = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    objects = OfPlace.as_manager()

    class Meta:
        ordering = ["-valid_from"]
        constraints = [
            models.CheckConstraint(
                condition=Q(valid_to__isnull=True) | Q(valid_to__gte=models.F("valid_from")),
                name="site_key_opens_before_it_closes",
            ),
            models.UniqueConstraint(
                fields=["site"], condition=Q(valid_to=None, revoked_at=None), name="one_key_in_use_per_site"
            ),
        ]
        triggers = [
            nothing_is_deleted(),
            pgtrigger.ReadOnly(name="a_site_key_stays_the_key", exclude=["valid_to", "revoked_at"]),
        ]

    def __str__(self):
        return self.kid


class SentBundle(models.Model):
    """What was answered to who asked for a site's tables of one spec over one freeze. Written once: the ledger.

    content: the bundle's bytes, empty where nothing may leave; `withheld` then names the reason that is said outside.
    told: for the coordinator at the site, what stays here and why. The row has the id of the job that made it.
    """

    SITE_PATH = "site"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="sent_bundles")
    spec = models.ForeignKey(Spec, on_delete=models.PROTECT, related_name="sent")
    freeze = models.ForeignKey(Freeze, on_delete=models.PROTECT, related_name="sent_bundles")
    level = models.CharField(max_length=LONGEST_LEVEL)
    overlap = models.CharField(max_length=20)
    bundle_id = models.CharField(max_length=NAMED, blank=True)
    sha256 = models.CharField(max_length=64, blank=True, help_text="Of the bytes.")
    kid = models.CharField(max_length=16, blank=True)
    content = models.BinaryField()
    supersedes = models.CharField(max_length=NAMED, blank=True)
    withheld = models.CharField(max_length=40, blank=True)
    told = models.JSONField(default=list)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField(auto_now_add=True)

    objects = OfPlace.as_manager()

    class Meta:
        ordering = ["-made_at"]
        constraints = [
            models.UniqueConstraint(fields=["spec", "freeze", "level"], name="one_answer_per_release_and_level"),
            models.CheckConstraint(
                condition=Q(withheld="", bundle_id__gt="", sha256__gt="") | Q(withheld__gt="", bundle_id="", sha256=""),
                name="a_bundle_left_or_was_withheld",
            ),
        ]
        triggers = [written_once()]

    def __str__(self):
        return self.bundle_id or f"{self.spec}: {self.withheld}"
