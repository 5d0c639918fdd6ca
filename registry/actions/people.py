"""Who acts: the system user, members of sites, tokens for programs."""

import hashlib
import secrets
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from registry.access import IDENTIFIED_SCOPES, PULL_SCOPE, SCOPES, Profile
from registry.audit import recording
from registry.errors import Problem, Refused
from registry.models import ApiToken, Membership, Site, User

TOKEN_CHARACTERS = 32
LONGEST_TOKEN_LIFE = timedelta(days=90)


def system_user() -> User:
    """The user that management commands act as. It has no password, so nobody logs in as it."""
    user = User.objects.filter(is_system=True).first()
    return user or User.objects.create(username="system", is_system=True, is_active=True, password="!")


@transaction.atomic
def add_user(*, username: str, password: str, by: User) -> User:
    """A person who can log in; rights come with add_member."""
    user = User(username=username)
    user.set_password(password)
    user.full_clean()
    with recording(by=by):
        user.save()
    return user


@transaction.atomic
def add_member(*, user: User, site: Site, role: str, by: User) -> Membership:
    """Give a user a role at a site; twice is once."""
    with recording(by=by):
        membership, _ = Membership.objects.get_or_create(user=user, site=site, role=role)
    return membership


def digest_of(token: str) -> str:
    """What is stored of a token: it has 128 bits of chance, so a plain digest cannot be guessed back."""
    return hashlib.sha256(token.encode()).hexdigest()


@transaction.atomic
def issue_token(
    *,
    user: User,
    name: str,
    scopes: list[str],
    sites,
    study=None,
    life: timedelta,
    profile: str = "",
    agreement: str = "",
    by: User,
) -> tuple[ApiToken, str]:
    """Make an API token; the second value is the token itself, which is shown now and never again.

    Without a profile it is the strictest that its scopes can work with.
    """
    unknown = sorted(set(scopes) - set(SCOPES))
    if unknown or not scopes:
        message = f"Scopes are {', '.join(SCOPES)}."
        raise Refused([Problem(rule="K1", field="scopes", value=", ".join(unknown), message=message)])
    if not timedelta(0) < life <= LONGEST_TOKEN_LIFE:
        message = f"A token lives 1 to {LONGEST_TOKEN_LIFE.days} days."
        raise Refused([Problem(rule="K2", field="days", value=str(life.days), message=message)])
    profile = profile or (Profile.IDENTIFIED if IDENTIFIED_SCOPES.intersection(scopes) else Profile.SAFE_HARBOR)
    refuse_contradiction(scopes, profile)
    refuse_dates_without_agreement(profile, agreement)
    # In capitals and digits: programs for REDCap take no other token.
    text = secrets.token_hex(TOKEN_CHARACTERS // 2).upper()
    with recording(by=by):
        token = ApiToken.objects.create(
            user=user, name=name, scopes=scopes, study=study, digest=digest_of(text), prefix=text[:6],
            profile=profile, agreement=agreement, expires_at=timezone.now() + life,
        )  # fmt: skip
        token.sites.set(sites)
    return token, text


def refuse_contradiction(scopes: list[str], profile: str) -> None:
    """K3: rows leave by a token in one form, and its scopes are those of that form."""
    as_recorded = sorted(IDENTIFIED_SCOPES.intersection(scopes))
    theirs = ", ".join(as_recorded)
    if profile not in Profile:
        message = f"Profiles are {', '.join(Profile)}."
    elif as_recorded and PULL_SCOPE in scopes:
        message = f"{theirs} shows rows as they are recorded, {PULL_SCOPE} without identifiers: make two tokens."
    elif as_recorded and profile != Profile.IDENTIFIED:
        message = f"{theirs} shows rows as they are recorded: it needs the profile identified."
    elif PULL_SCOPE in scopes and profile == Profile.IDENTIFIED:
        message = f"{PULL_SCOPE} is for rows without identifiers: it needs the profile limited or safe_harbor."
    else:
        return
    raise Refused([Problem(rule="K3", field="profile", value=profile, message=message)])


def refuse_dates_without_agreement(profile: str, agreement: str) -> None:
    """K4: dates leave under an agreement, which the token names."""
    if profile == Profile.LIMITED and not agreement.strip():
        message = "A token of the profile limited lets dates leave: name the agreement under which they do."
        raise Refused([Problem(rule="K4", field="agreement", value="", message=message)])
