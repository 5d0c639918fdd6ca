"""What the answers of a screened case decide."""

from collections.abc import Iterable, Mapping

YES, NO = "yes", "no"
ELIGIBLE, INELIGIBLE, PENDING = "eligible", "ineligible", "pending"


def decision(answers: Mapping[str, str], *, include: Iterable[str], exclude: Iterable[str]) -> str:
    """eligible: every inclusion criterion yes and every exclusion criterion no [P, instruments 10].

    ineligible as soon as one inclusion is no or one exclusion yes; pending while an answer that is missing or unknown
    could still decide. Without any criterion it is pending: nobody has asked.
    """
    wanted = {**dict.fromkeys(include, YES), **dict.fromkeys(exclude, NO)}
    given = {code: answers.get(code) for code in wanted}
    if any(given[code] in (YES, NO) and given[code] != want for code, want in wanted.items()):
        return INELIGIBLE
    return ELIGIBLE if wanted and given == wanted else PENDING
