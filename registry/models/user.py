"""People and programs that act on the record."""

import uuid

from django.contrib.auth.models import AbstractUser
from django.db import models

from registry.access import Role
from registry.audit import tracked
from registry.models.site import Site


@tracked(exclude=["password", "last_login"])
class User(AbstractUser):
    """A person, or the `system` that management commands act as. Rights come from memberships alone."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    home = models.ForeignKey(
        Site, null=True, blank=True, on_delete=models.PROTECT, related_name="+", help_text="Whose admin made the user."
    )
    password_is_first = models.BooleanField(default=False, help_text="It was given, and is to be changed at log-in.")
    session_epoch = models.IntegerField(default=0, help_text="Counted up to end every session of the user.")
    is_system = models.BooleanField(default=False, help_text="Acts for management commands; cannot log in.")

    class Meta(AbstractUser.Meta):
        constraints = [
            models.UniqueConstraint(fields=["is_system"], condition=models.Q(is_system=True), name="one_system_user")
        ]

    def get_session_auth_hash(self) -> str:
        """What a session was begun with; it ends where this is another one now."""
        return f"{super().get_session_auth_hash()}:{self.session_epoch}"

    def get_session_auth_fallback_hash(self):
        for old in super().get_session_auth_fallback_hash():
            yield f"{old}:{self.session_epoch}"


@tracked()
class Membership(models.Model):
    """A role that a user holds at a site."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="memberships")
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="memberships")
    role = models.CharField(max_length=20, choices=Role)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "site", "role"], name="one_membership_per_role")]

    def __str__(self):
        return f"{self.user} is {self.role} at {self.site}"
