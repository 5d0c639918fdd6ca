"""The word by which a program goes on where it stopped: nobody else can make one, and it is for the same question."""

from dataclasses import astuple, dataclass

from rest_framework.exceptions import APIException, ValidationError

from registry.cursors import CursorMismatch
from registry.feed.horizon import Horizon, Position
from registry.sealed import NotOurs, digest_of, opened, sealed

PURPOSE = "cursor of the changes"
BEGINNING = Position(0, 0, 0)
AGAIN = "Leave the cursor out to pull everything again."


class CursorExpired(APIException):
    """A cursor of an earlier life of the database."""

    status_code = 410
    problem_type = "cursor-expired"

    def __init__(self, resync: str):
        super().__init__(f"The database was restored since this cursor was given. {AGAIN}")
        self.members = {"resync": resync}


@dataclass(frozen=True)
class Question:
    """Who asks for what, as far as it decides which rows come; a renewed token asks the same question."""

    user: str
    study: str
    sites: tuple[str, ...]
    hidden: tuple[str, ...]
    profile: str
    filters: tuple[tuple[str, str], ...]

    @property
    def digest(self) -> str:
        return digest_of(astuple(self))


def cursor_after(place: Position, question: Question, now: Horizon) -> str:
    """The cursor that goes on after a place. It knows the epoch it was given in, which a place of old is not of.

    The place itself is not to be read: it is the same for every recipient.
    """
    return sealed([now.epoch, place.epoch, place.xid, place.seq, question.digest], PURPOSE)


def place_of(cursor: str, question: Question, now: Horizon, resync: str) -> Position:
    """Where a cursor goes on; without one, at the beginning. CursorMismatch, CursorExpired, 400 for what is none."""
    if not cursor:
        return BEGINNING
    try:
        given_in, epoch, xid, seq, digest = opened(cursor, PURPOSE)
    except NotOurs as error:
        raise ValidationError({"cursor": "This is no cursor of this feed. Take it from `next` of a page."}) from error
    if given_in != now.epoch:
        raise CursorExpired(resync)
    if digest != question.digest:
        raise CursorMismatch
    return Position(epoch, xid, seq)
