"""The people and programs of a demo: who may log in, with what rights, and with which tokens."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from django.db import transaction

from registry.access import Role
from registry.actions import people
from registry.demonstration.load import site_for
from registry.models import Site, User

TOKEN_LIFE = timedelta(days=90)


@dataclass(frozen=True)
class Person:
    """Somebody with one role at some sites; `scopes` are those of a token of theirs, if they have one."""

    username: str
    role: str
    sites: tuple[str, ...]
    what: str
    scopes: tuple[str, ...] = ()


EVERYWHERE = ("north", "south", "west", "local")
# The first user and the first token see every site: ./dev demo --check looks with them.
DEMO = (
    Person(
        "surgeon", Role.INVESTIGATOR, EVERYWHERE, "reads and reports at all four sites",
        ("read:rows", "read:results", "ask:analyses"),
    ),
    Person("nurse", Role.COORDINATOR, ("north",), "types visits at the North hospital, and sees no other site"),
    Person("neighbour", Role.COORDINATOR, ("south",), "types visits at the South hospital, and sees no other site"),
    Person("admin", Role.SITE_ADMIN, EVERYWHERE, "may do everything at all four sites"),
    Person(
        "pool", Role.POOLING_CLIENT, ("north", "south", "west"), "reads results, no patients", ("read:results",)
    ),
)  # fmt: skip


def at_site(code: str) -> tuple[Person, ...]:
    """The people of one of several sites: who approves what leaves, who analyses, and who comes to fetch."""
    fetches = ("pull:rows", "read:summaries")
    return (
        Person("admin", Role.SITE_ADMIN, (code,), "may do everything here, and approves what leaves"),
        Person("surgeon", Role.INVESTIGATOR, (code,), "reads and reports", ("read:rows", "read:results")),
        Person("centre", Role.POOLING_CLIENT, (code,), "the pooling centre, which fetches by token", fetches),
    )


def at_centre(code: str) -> tuple[Person, ...]:
    """The people of a pooling centre: who runs it, and who sends to it."""
    return (
        Person("admin", Role.SITE_ADMIN, (code,), "runs the pooling studies", ("read:results", "ask:analyses")),
        Person("sites", Role.POOLING_CLIENT, (code,), "the sites, which send by token", ("send:bundles",)),
    )


@transaction.atomic
def load_people(who: tuple[Person, ...], names: Mapping[str, str], *, by: User) -> dict:
    """Make the users and their tokens: what they log in with, which is stored nowhere else. names: of new sites."""
    codes = dict.fromkeys(code for each in who for code in each.sites)
    sites = {code: site_for(code, names.get(code, code), by=by) for code in codes}
    users = [load_person(each, sites=sites, by=by) for each in who]
    tokens = [load_token(each, sites=sites, by=by) for each in who if each.scopes]
    return {"users": users, "tokens": tokens}


def load_person(who: Person, *, sites: dict[str, Site], by: User) -> dict:
    """One user with one role at some sites, and a new password."""
    password = secrets.token_urlsafe(12)
    user = User.objects.filter(username=who.username).first() or people.add_user(
        username=who.username, password=password, by=by
    )
    user.set_password(password)
    user.save()
    for code in who.sites:
        people.add_member(user=user, site=sites[code], role=who.role, by=by)
    about = {"username": who.username, "password": password, "role": str(Role(who.role).label)}
    return about | {"sites": list(who.sites), "what": who.what}


def load_token(who: Person, *, sites: dict[str, Site], by: User) -> dict:
    """A token of theirs."""
    user = User.objects.get(username=who.username)
    scopes, where = list(who.scopes), [sites[code] for code in who.sites]
    _, text = people.issue_token(user=user, name="demo", scopes=scopes, sites=where, life=TOKEN_LIFE, by=by)
    return {"username": who.username, "token": text, "scopes": scopes}
