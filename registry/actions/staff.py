"""What a site's admin does with the site's people: adding them, their roles, their standing, their tokens."""

import secrets
from collections.abc import Sequence

from allauth.mfa.models import Authenticator
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from registry.access import Permission, sites_for
from registry.actions.people import add_member
from registry.audit import recording
from registry.errors import Problem, Refused
from registry.models import ApiToken, Membership, Site, User
from registry.signin.guesses import forgotten

# 20 letters and digits without those that are taken for one another: 99 bits of chance.
LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
PARTS, PART = 4, 5


def refuse(rule: str, message: str, field: str = "", value: str = "") -> None:
    raise Refused([Problem(rule=rule, field=field, value=value, message=message)])


def said_why(reason: str) -> str:
    """P1: what is done to somebody's rights is done for a reason."""
    if not reason.strip():
        refuse("P1", "Say why; the reason is kept in the history, with your name.", "reason")
    return reason.strip()


def first_password() -> str:
    """A password to be told once and changed at the first log-in."""
    return "-".join("".join(secrets.choice(LETTERS) for _ in range(PART)) for _ in range(PARTS))


@transaction.atomic
def add_person(*, username: str, site: Site, role: str, reason: str, by: User) -> tuple[User, str]:
    """Somebody new at a site; the second value is the first password, which is shown now and never again."""
    reason, password = said_why(reason), first_password()
    user = User(username=User.normalize_username(username), home=site, password_is_first=True)
    user.set_password(password)
    try:
        user.full_clean()
    except ValidationError as error:
        message = " ".join(text for texts in error.message_dict.values() for text in texts)
        refuse("P2", message, "username", username)
    with recording(by=by, reason=reason):
        user.save()
    give_role(user=user, site=site, role=role, reason=reason, by=by)
    return user, password


@transaction.atomic
def give_role(*, user: User, site: Site, role: str, reason: str, by: User) -> Membership:
    """A role at a site; twice is once."""
    with recording(by=by, reason=said_why(reason)):
        return add_member(user=user, site=site, role=role, by=by)


@transaction.atomic
def take_role(*, membership: Membership, reason: str, by: User) -> None:
    """The role ends with the next request of the person, and with it what the person's tokens could read by it."""
    if membership.user_id == by.pk:
        refuse("P3", "You do not take a role from yourself: another admin of the site can.")
    with recording(by=by, reason=said_why(reason)):
        membership.delete()


def refuse_themselves_and_others_people(user: User, by: User) -> None:
    """P3, P4: nobody locks herself out; who works at another site too is also that site's."""
    if user.pk == by.pk:
        refuse("P3", "You do not do this to yourself: another admin of the site can.")
    if by.is_system:
        return
    mine = sites_for(by, Permission.MANAGE_PEOPLE)
    elsewhere = user.memberships.exclude(site__in=mine).exists()
    if elsewhere or (user.home_id and not Site.objects.filter(pk=user.home_id, pk__in=mine).exists()):
        refuse("P4", "This person belongs to another site too. Take the roles at your site; the rest is not yours.")


@transaction.atomic
def disable(*, user: User, reason: str, by: User) -> None:
    """Sessions and tokens end with the next request, and stay ended should the person be enabled again."""
    refuse_themselves_and_others_people(user, by)
    with recording(by=by, reason=said_why(reason)):
        held = User.objects.select_for_update().get(pk=user.pk)
        held.is_active = False
        held.session_epoch += 1
        held.save(update_fields=["is_active", "session_epoch"])
        held.tokens.filter(revoked_at=None).update(revoked_at=timezone.now())


@transaction.atomic
def enable(*, user: User, reason: str, by: User) -> None:
    """The person may log in again; tokens are issued anew."""
    refuse_themselves_and_others_people(user, by)
    with recording(by=by, reason=said_why(reason)):
        User.objects.filter(pk=user.pk).update(is_active=True)


@transaction.atomic
def begin_anew(*, user: User, reason: str, by: User) -> str:
    """For who has lost password or second factor: a first password, shown now; factors and sessions are gone."""
    refuse_themselves_and_others_people(user, by)
    password = first_password()
    with recording(by=by, reason=said_why(reason)):
        set_password(user, password, is_first=True)
        Authenticator.objects.filter(user=user).delete()
    forgotten(user.username)
    return password


@transaction.atomic
def choose_password(*, user: User, password: str) -> None:
    """By the person; every other session of hers ends."""
    with recording(by=user):
        set_password(user, password, is_first=False)


def set_password(user: User, password: str, *, is_first: bool) -> None:
    user.set_password(password)
    user.password_is_first = is_first
    user.session_epoch += 1
    user.save(update_fields=["password", "password_is_first", "session_epoch"])


@transaction.atomic
def revoke_token(*, token: ApiToken, reason: str, by: User) -> None:
    """The token is unknown from its next call on; twice is once."""
    with recording(by=by, reason=said_why(reason)):
        ApiToken.objects.filter(pk=token.pk, revoked_at=None).update(revoked_at=timezone.now())


@transaction.atomic
def rename_site(*, site: Site, name: str, reason: str, by: User) -> None:
    """Another name; the code, by which files and tokens know the site, stays."""
    if not name.strip():
        refuse("P5", "A site has a name.", "name")
    with recording(by=by, reason=said_why(reason)):
        Site.objects.filter(pk=site.pk).update(name=name.strip())


def sites_of_tokens(user: User, sites: Sequence[Site]) -> list[Site]:
    """Those of the sites where the person holds a role: a token for another one would read nothing."""
    held = set(user.memberships.values_list("site_id", flat=True))
    return [site for site in sites if site.pk in held]
