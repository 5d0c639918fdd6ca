"""How a site says no to who asks for its tables: one name for each reason. Nothing was changed, nothing is told."""

from typing import ClassVar

from registry.errors import Problem, Refused

FIXTURE_MISMATCH = "spec-fixture-mismatch"
NAMED = (FIXTURE_MISMATCH, "spec-not-approved", "disclosure-withheld", "differencing-block")


class SummaryRefused(Refused):
    """A request that is not taken. `problem_type` names the reason, `status_code` is how the API answers."""

    problem_type: ClassVar[str] = "validation"
    status_code: ClassVar[int] = 400
    MESSAGE: ClassVar[str] = ""
    FIELD: ClassVar[str] = "spec_hash"

    def __init__(self, value: str):
        problem = Problem(rule=self.problem_type, field=self.FIELD, value=value[:80], message=self.MESSAGE)
        super().__init__([problem])


class SpecUnknown(SummaryRefused):
    """Nobody has proposed this spec to the site."""

    problem_type = "spec-unknown"
    status_code = 404
    MESSAGE = "This site does not know the spec. Propose it first."


class SpecNotApproved(SummaryRefused):
    """The site has not said that its tables may leave by this spec, at this level."""

    problem_type = "spec-not-approved"
    status_code = 403
    MESSAGE = "The site has not approved this spec for this level. Ask somebody who may share what leaves it."


class SharersAlone(SummaryRefused):
    """Whole tables are ordered by who may share what leaves the site; no token carries that right."""

    problem_type = "permission-denied"
    status_code = 403
    FIELD = "level"
    MESSAGE = "Whole tables are asked for by somebody who may share what leaves the site, on its own pages."


class OverlapDiffers(SummaryRefused):
    """The same tables were asked for with another word on whether patients are elsewhere too."""

    problem_type = "conflict"
    status_code = 409
    FIELD = "overlap"
    MESSAGE = "These tables were asked for before, and said another overlap. Say the same, or make a new freeze."


class KeyUsed(SummaryRefused):
    """An idempotency key that stands for another request."""

    status_code = 422
    FIELD = "Idempotency-Key"
    MESSAGE = "This key was used for another request. Take a new one."


def said(problem_type: str, words: str) -> str:
    """A job's error that carries the reason's name before its words."""
    return f"{problem_type}: {words}"[:500]


def told_apart(error: str) -> tuple[str, str]:
    """The name of the reason and the words in a job's error; no name where it has none."""
    name, _, words = error.partition(": ")
    return (name, words) if name in NAMED else ("", error)
