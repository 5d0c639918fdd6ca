"""Who acts: the system user, members of sites, tokens for programs."""

import hashlib
import secrets
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from registry.access import SCOPES
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
    """What is stored of a token: it has 190 bits of chance, so a plain digest cannot be guessed back."""
    return hashlib.sha256(token.encode()).hexdigest()


@transaction.atomic
def issue_token(
    *, user: User, name: str, scopes: list[str], sites, study=None, life: timedelta, by: User
) -> tuple[ApiToken, str]:
    """Make an API token; the second value is the token itself, which is shown now and never again."""
    unknown = sorted(set(scopes) - set(SCOPES))
    if unknown or not scopes:
        message = f"Scopes are {', '.join(SCOPES)}."
        raise Refused([Problem(rule="K1", field="scopes", value=", ".join(unknown), message=message)])
    if not timedelta(0) < life <= LONGEST_TOKEN_LIFE:
        message = f"A token lives 1 to {LONGEST_TOKEN_LIFE.days} days."
        raise Refused([Problem(rule="K2", field="days", value=str(life.days), message=message)])
    text = secrets.token_urlsafe(TOKEN_CHARACTERS)[:TOKEN_CHARACTERS]
    with recording(by=by):
        token = ApiToken.objects.create(
            user=user, name=name, scopes=scopes, study=study, digest=digest_of(text), prefix=text[:6],
            expires_at=timezone.now() + life,
        )  # fmt: skip
        token.sites.set(sites)
    return token, text
