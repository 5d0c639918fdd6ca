"""Who is at the two sites of most tests."""

from registry.access import Role
from registry.actions import people
from tests.builders import build_member, build_site

ROLES = {
    "nurse": Role.COORDINATOR,
    "surgeon": Role.INVESTIGATOR,
    "admin": Role.SITE_ADMIN,
    "pool": Role.POOLING_CLIENT,
    "neighbour": Role.COORDINATOR,
}


def build_one(name: str, site):
    return build_member(name, site, ROLES[name])


def build_nobody():
    return people.add_user(username="nobody", password="a password of nobody", by=people.system_user())


def build_cast(south=None) -> dict:
    """The sites and the people of the fixtures of the same names; `south`: another site in its place."""
    sites = {"north": build_site("north"), "south": south or build_site("south")}
    members = {name: build_one(name, sites["south" if name == "neighbour" else "north"]) for name in ROLES}
    return sites | members | {"nobody": build_nobody()}
