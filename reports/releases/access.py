"""Who may have rows of a freeze, and who may let them go."""

from django.contrib.postgres.fields import ArrayField
from django.db.models import Count, ExpressionWrapper, F, OuterRef, Q, QuerySet, Subquery, UUIDField, Value
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast, Coalesce

from outcomes.models import Cohort, Freeze, within_token
from registry.access import Permission, Profile, roles_with, sites_for
from registry.models import Job, Patient, User

RELEASE = "reports.release"
FEWEST_TOLD = 5


def may_receive(recipient: User, freeze: Freeze) -> bool:
    """Whether somebody has, at every site of the freeze, a role to which rows without identifiers may go."""
    rows = recipient.memberships.filter(role__in=roles_with(Permission.PULL_ROWS))
    return (
        recipient.is_active
        and bool(freeze.site_ids)
        and set(freeze.site_ids) <= set(rows.values_list("site_id", flat=True))
    )


def may_share(user: User, freeze: Freeze) -> bool:
    """Whether somebody may let rows go, at every site of the freeze."""
    return bool(freeze.site_ids) and set(freeze.site_ids) <= {
        row["site_id"] for row in sites_for(user, Permission.SHARE)
    }


def recipients_of(freeze: Freeze) -> QuerySet[User]:
    """To whom rows of the freeze may go, by name."""
    roles = roles_with(Permission.PULL_ROWS)
    found = User.objects.filter(is_active=True, memberships__role__in=roles, memberships__site__in=freeze.site_ids)
    every = found.annotate(at=Count("memberships__site", distinct=True)).filter(at=len(set(freeze.site_ids)))
    return every.order_by("username")


def profiles_of(user: User) -> list[str]:
    """The profiles that a token allows, by which its user asks: its own, and what is stricter. None without a token."""
    token = getattr(user, "token", None)
    if token is None:
        return []
    return [each.value for each in Profile if each != Profile.IDENTIFIED and Profile(token.profile).allows(each)]


def pullable(user: User) -> QuerySet[Freeze]:
    """The freezes whose every site the asker's token covers, for rows."""
    return Freeze.objects.visible_to(user, Permission.PULL_ROWS).exclude(blind(user))


def received(user: User) -> QuerySet[Job]:
    """The releases asked for in the name of the asker that the token may read, with `cohort_id` and `recalled`."""
    cohort = Cast(KeyTextTransform("cohort", "params"), UUIDField())
    rows = Job.objects.visible_to(user, Permission.PULL_ROWS).filter(kind=RELEASE, params__recipient=str(user.pk))
    rows = rows.filter(params__profile__in=profiles_of(user)).annotate(cohort_id=cohort)
    return rows.filter(within_token(user, "cohort_id")).exclude(blind(user)).annotate(recalled=recalled("release__"))


def blind(user: User) -> Q:
    """What holds rows of a patient whom the asker has yet to read a second time."""
    found = Q(pk__in=[])
    for site, study in user.readings.filter(submitted_at=None).values_list("site", "sample__study"):
        found |= Q(site_ids__contains=[site], cohort_id__in=Cohort.objects.filter(studies=study).values("pk"))
    return found


def recalled(path: str = "") -> Coalesce:
    """How many patients of a release left the record since; `path` leads to it."""
    within = ExpressionWrapper(OuterRef(f"{path}patient_ids"), output_field=ArrayField(UUIDField()))
    gone = Patient.objects.filter(Q(withdrawn_on__isnull=False) | Q(error_marked_at__isnull=False))
    gone = gone.annotate(within=within).filter(within__contains=[F("pk")]).order_by()
    return Coalesce(Subquery(gone.annotate(all=Value(1)).values("all").annotate(n=Count("pk")).values("n")), 0)


def told(recalled: int) -> str | None:
    """How many left the record, as it may be said to a recipient: in fives, so that nobody sees a single one leave.

    None for nobody.
    """
    if recalled == 0:
        return None
    return f"<{FEWEST_TOLD}" if recalled < FEWEST_TOLD else str(recalled - recalled % FEWEST_TOLD)
