"""Who may do what, and at which site. visible_to(user) is the only way to a queryset of patient data.

A role is held at a site. Another site's object is not forbidden, it does not exist: the pages answer 404. An API
token can only lower the rights of its user: to some sites, one study, some scopes.
"""

from enum import StrEnum

from django.contrib.postgres.expressions import ArraySubquery
from django.db import models
from django.db.models import Exists, OuterRef, Q


class Permission(StrEnum):
    """What a person may do at a site."""

    VIEW_PATIENTS = "view patients"
    RECORD = "record and correct visits"
    READ_RESULTS = "read results"
    ASK_ANALYSES = "ask for analyses"
    IMPORT = "import files"
    CHECK = "raise and close queries, verify values, draw samples"
    LOCK = "lock and unlock"
    PULL_ROWS = "pull rows without identifiers, by token"
    READ_SUMMARIES = "read the tables of counts that were released"
    SHARE = "approve what leaves the site"
    SEND_BUNDLES = "send tables of counts to a pooling study"
    MANAGE_PEOPLE = "add people, give and take roles, issue and revoke tokens"
    AUDIT = "read the trail"


class Role(models.TextChoices):
    """What a person is at a site."""

    COORDINATOR = "coordinator", "Coordinator"
    INVESTIGATOR = "investigator", "Investigator"
    POOLING_CLIENT = "pooling_client", "Pooling client"
    SITE_ADMIN = "site_admin", "Site admin"


MAY: dict[str, frozenset[Permission]] = {
    Role.COORDINATOR: frozenset(
        {
            Permission.VIEW_PATIENTS,
            Permission.RECORD,
            Permission.IMPORT,
            Permission.READ_RESULTS,
            Permission.READ_SUMMARIES,
        }
    ),
    Role.INVESTIGATOR: frozenset(
        {
            Permission.VIEW_PATIENTS,
            Permission.CHECK,
            Permission.READ_RESULTS,
            Permission.ASK_ANALYSES,
            Permission.PULL_ROWS,
            Permission.READ_SUMMARIES,
        }
    ),
    Role.POOLING_CLIENT: frozenset(
        {Permission.READ_RESULTS, Permission.PULL_ROWS, Permission.READ_SUMMARIES, Permission.SEND_BUNDLES}
    ),
    Role.SITE_ADMIN: frozenset(Permission),
}


class Profile(models.TextChoices):
    """In which form rows leave by the API, the laxest first. pooling: registry/profiles."""

    IDENTIFIED = "identified", "Identified"
    LIMITED = "limited", "Limited: dates, no identifiers"
    SAFE_HARBOR = "safe_harbor", "Safe harbor: no dates, no identifiers"

    def allows(self, other: "Profile") -> bool:
        """Whether the other one is as strict as this one, or stricter."""
        order = list(Profile)
        return order.index(other) >= order.index(self)


# What each scope of an API token leaves of its user's rights.
SCOPES: dict[str, frozenset[Permission]] = {
    "read:rows": frozenset({Permission.VIEW_PATIENTS}),
    "write:rows": frozenset({Permission.VIEW_PATIENTS, Permission.RECORD}),
    "read:results": frozenset({Permission.READ_RESULTS}),
    "ask:analyses": frozenset({Permission.ASK_ANALYSES}),
    "pull:rows": frozenset({Permission.PULL_ROWS}),
    "read:summaries": frozenset({Permission.READ_SUMMARIES}),
    "send:bundles": frozenset({Permission.SEND_BUNDLES}),
}

# What a session alone never has: rows leave under an agreement, and that is what a token stands for.
BY_TOKEN_ALONE = frozenset({Permission.PULL_ROWS})


def roles_with(permission: Permission) -> list[str]:
    """The roles that carry a permission."""
    return [role for role, permissions in MAY.items() if permission in permissions]


# Scopes that show rows as they are recorded; the one that shows them without identifiers is for the other profiles.
IDENTIFIED_SCOPES = frozenset({"read:rows", "write:rows"})
PULL_SCOPE = "pull:rows"


def token_allows(token, permission: Permission) -> bool:
    """Whether a token (or None: a session) leaves this permission standing."""
    if token is None:
        return permission not in BY_TOKEN_ALONE
    return any(permission in SCOPES[scope] for scope in token.scopes)


def sites_for(user, permission: Permission) -> models.QuerySet | list:
    """Ids of the sites where the user holds a permission, as a subquery. Not for the system user: it sees all."""
    token = getattr(user, "token", None)
    if not user.is_authenticated or not user.is_active or not token_allows(token, permission):
        return []
    memberships = user.memberships.filter(role__in=roles_with(permission))
    if token is not None:
        memberships = memberships.filter(site__in=token.sites.all())
    return memberships.values("site_id")


def at_every_site(user, permission: Permission) -> Q:
    """Rows of several sites (`site_ids`) at every one of which the user holds a permission; rows of no site are not."""
    held = sites_for(user, permission)
    sites = held if isinstance(held, list) else ArraySubquery(held)
    return Q(site_ids__contained_by=sites) & ~Q(site_ids=[])


def may(user, permission: Permission, site) -> bool:
    """Whether the user holds a permission at one site."""
    return user.is_system or user.memberships.filter(site=site, site_id__in=sites_for(user, permission)).exists()


class SiteScoped(models.QuerySet):
    """A queryset of rows that belong to a site; the model's STUDY_PATH leads to its study, PATIENT_PATH to its patient.

    A reader who reads a patient's visit a second time does not see the patient until the reading is handed in.
    """

    def visible_to(self, user, permission: Permission = Permission.VIEW_PATIENTS) -> "SiteScoped":
        """The rows at sites where the user holds the permission, narrowed by the token's study."""
        if user.is_authenticated and user.is_system:
            return self
        rows = self.filter(site_id__in=sites_for(user, permission))
        path = getattr(self.model, "PATIENT_PATH", None)
        if path is not None and permission is Permission.VIEW_PATIENTS and user.is_authenticated:
            reading = user.readings.filter(submitted_at=None, patient=OuterRef(path))
            rows = rows.filter(~Exists(reading))
        study_id = getattr(getattr(user, "token", None), "study_id", None)
        return rows if study_id is None else rows.filter(Q(**{self.model.STUDY_PATH: study_id}))

    def valid(self) -> "SiteScoped":
        """Without the rows that were marked as entered in error."""
        return self.filter(error_marked_at=None)
