"""Where a list goes on: a word that is for the very question that gave it."""

from typing import Any

from rest_framework.exceptions import ValidationError

from registry.sealed import digest_of, opened, sealed

PURPOSE = "cursor of a list"
# What is no part of the question: the place, and how much of it comes at once.
PLACE = frozenset({"cursor", "page_size"})


class CursorMismatch(ValidationError):
    """A cursor of another question."""

    problem_type = "cursor-mismatch"
    default_detail = {
        "cursor": "It is of other filters, another profile or other rights. Take the one that this very question"
        " gave. Leave the cursor out to pull everything again."
    }


def question_of_list(request, profile: str) -> str:
    """Who asks what of which list; a renewed token asks the same question."""
    token = getattr(request.user, "token", None)
    rights = []
    if token is not None:
        sites = sorted(str(pk) for pk in token.sites.values_list("pk", flat=True))
        rights = [sorted(token.scopes), str(token.study_id), sites]
    asked = sorted((name, value) for name, value in request.query_params.items() if name not in {*PLACE, "profile"})
    return digest_of([str(request.user.pk), rights, request.path, profile, asked])


def word_for(place: list[Any], question: str) -> str:
    return sealed([question, *place], PURPOSE)


def place_in(word: str, question: str) -> list[Any]:
    """The place that a word stands for. CursorMismatch; NotOurs."""
    theirs, *place = opened(word, PURPOSE)
    if theirs != question:
        raise CursorMismatch
    return place
