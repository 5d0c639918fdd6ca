"""Within which sites a program is. PostgreSQL answers it with rows of these sites alone, whatever a query forgot.

The walls themselves are row-level security: registry/walled.py says by what each table belongs to a site. Here is who
stands within which walls: a request within the sites of its user or token, a job within the sites that it is about, a
command within all of them. Who said nothing is within none, and finds no row.

The setting `app.sites` of the connection says it to PostgreSQL. config/postgresql puts it there before each statement
that needs another one, and the pool takes it away when the connection is given back.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from uuid import UUID

from psycopg import Connection, sql

EVERY_SITE = "*"
LOOK_UP = """SELECT set_config('app.sites', COALESCE((
    SELECT string_agg(DISTINCT m.site_id::text, ',') FROM registry_membership m WHERE m.user_id = %(user)s AND (
        %(token)s::uuid IS NULL
        OR m.site_id IN (SELECT t.site_id FROM registry_apitoken_sites t WHERE t.apitoken_id = %(token)s))
), ''), false)"""


@dataclass(eq=False)
class Within:
    """What app.sites is to say; None until it was looked up, for the sites of a user or of a user's token."""

    text: str | None
    user_id: UUID | None = None
    token_id: UUID | None = None
    why: str = ""


NOWHERE = Within("")
WITHIN: ContextVar[Within] = ContextVar("within", default=NOWHERE)


def sites_of(user) -> Within:
    """The sites at which somebody has any role; of a token, those of them that it is for."""
    if not user.is_authenticated or not user.is_active:
        return NOWHERE
    token = getattr(user, "token", None)
    return Within(None, user_id=user.pk, token_id=None if token is None else token.pk)


@contextmanager
def standing(within: Within) -> Iterator[None]:
    """What is asked inside is answered within these walls."""
    before = WITHIN.set(within)
    try:
        yield
    finally:
        WITHIN.reset(before)


def all_sites(why: str):
    """Within all walls at once: `why` says what for. Nothing that answers a person's request belongs here."""
    return standing(Within(EVERY_SITE, why=why))


def at_sites(site_ids: Iterable[UUID]):
    """Within the walls of these sites."""
    return standing(Within(",".join(sorted(str(UUID(str(each))) for each in site_ids))))


def no_site():
    """Within no walls at all: no row of any site is found."""
    return standing(NOWHERE)


def now_within_sites_of(user) -> None:
    """For who says only in the view who asks, by a token: the rest of the request is within the token's walls."""
    WITHIN.set(sites_of(user))


def within_ones_sites(get_response):
    """Middleware: a request is within the walls of who asks."""

    def middleware(request):
        with standing(sites_of(request.user)):
            return get_response(request)

    return middleware


class Carried:
    """The blocks of an answer that is sent after the view returned: made, and ended, within the view's walls."""

    def __init__(self, blocks: Iterable):
        self.blocks, self.within = blocks, WITHIN.get()

    def __iter__(self) -> Iterator:
        blocks = iter(self.blocks)
        while True:
            with standing(self.within):
                block = next(blocks, None)
            if block is None:
                return
            yield block

    def close(self) -> None:
        close = getattr(self.blocks, "close", None)
        if close is not None:
            with standing(self.within):
                close()


def put(connection: Connection, within: Within) -> str:
    """Say it to PostgreSQL, in one statement; what was said. Not a query where it is known: it may come first."""
    if within.text is None:
        asked = {"user": within.user_id, "token": within.token_id}
        within.text = connection.execute(LOOK_UP, asked).fetchone()[0]
    else:
        connection.execute(sql.SQL("SET app.sites TO {}").format(sql.Literal(within.text)))
    return within.text


def take_away(connection: Connection) -> None:
    """For the pool: whoever gets the connection next is within no walls."""
    connection.autocommit = True
    connection.execute("SET app.sites TO ''")
