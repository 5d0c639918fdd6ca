"""Whom a site's admin sees: the people of her sites, their roles there, and the tokens that reach there."""

from dataclasses import dataclass
from datetime import datetime

from allauth.mfa.models import Authenticator
from django.db.models import Count, Exists, OuterRef, Prefetch, Q, QuerySet

from registry.access import Permission, Role, sites_for
from registry.history import events_of, told
from registry.models import ApiToken, Membership, Site, User

FACTORS = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)


def manages(user) -> bool:
    """Whether the reader is admin of a site."""
    return user.is_authenticated and managed_sites(user).exists()


def managed_sites(user) -> QuerySet:
    """The sites whose people the reader manages."""
    return Site.objects.filter(pk__in=sites_for(user, Permission.MANAGE_PEOPLE))


def people_of(user) -> QuerySet:
    """The people of these sites: with a role there, or made there. With their roles there as `here`."""
    sites = managed_sites(user).values("pk")
    factor = Authenticator.objects.filter(user=OuterRef("pk"), type__in=FACTORS)
    roles = Membership.objects.filter(site__in=sites).select_related("site").order_by("site__code", "role")
    theirs = Exists(Membership.objects.filter(user=OuterRef("pk"), site__in=sites))
    return (
        User.objects.filter(theirs | Q(home__in=sites), is_system=False)
        .annotate(has_factor=Exists(factor))
        .prefetch_related(Prefetch("memberships", roles, to_attr="here"))
        .order_by("-is_active", "username")
    )


def tokens_of(user) -> QuerySet:
    """The tokens that reach a site of the reader's, those in force first."""
    reach = Exists(ApiToken.sites.through.objects.filter(apitoken=OuterRef("pk"), site__in=managed_sites(user)))
    return (
        ApiToken.objects.filter(reach)
        .select_related("user", "study")
        .prefetch_related("sites")
        .order_by("-created_at", "pk")
    )


def with_counts(sites: QuerySet) -> QuerySet:
    """Each with how many people hold a role there, and how many of its tokens are not revoked."""
    people = Count("memberships__user", distinct=True, filter=Q(memberships__user__is_active=True))
    return sites.annotate(people=people, tokens_given=Count("tokens", distinct=True, filter=Q(tokens__revoked_at=None)))


@dataclass(frozen=True)
class Step:
    """A role that was given or taken."""

    at: datetime
    who: str
    reason: str
    what: str


def role_steps(person: User, reader: User) -> list[Step]:
    """When roles at the reader's sites were given and taken, the latest first."""
    events = list(events_of(Membership).filter(user=person, site__in=managed_sites(reader)).select_related("site"))
    done = {"insert": "given", "delete": "taken", "update": "changed"}
    return [
        Step(event.pgh_created_at, who, reason, f"{Role(event.role).label} at {event.site}: {done[event.pgh_label]}")
        for event, (who, _, reason) in zip(events, told(events), strict=True)
    ][::-1]
