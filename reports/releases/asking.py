"""Asks for a release: a request is a row in the queue. The same request is given the same release."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction

from outcomes import freeze as freezing
from outcomes.asking import ask_once
from outcomes.models import Freeze
from outcomes.stats.documents import canonical
from registry.audit import recording
from registry.errors import Problem, Refused
from registry.models import Job, User
from reports.models import Release, ReleaseAgreement
from reports.releases.access import RELEASE, may_receive, may_share
from reports.releases.files import FORMATS
from reports.releases.making import Content
from reports.releases.profiles import PROFILES, ReleaseProfile
from reports.releases.subjects import UnknownPatients

MAY_NOT, WITHHELD = "L3", frozenset({"L4", "L5"})
LONGEST_WORDS = ReleaseAgreement._meta.get_field("words").max_length
NOT_TO_THEM = "Rows go to people who have a role for that at every site of the freeze."
NOT_BY_YOU = "You need the right to share at every site of the freeze."
STRANGE = "The freeze has patients of whom the record knows no more who they are. Freeze the cohort again."


@dataclass(frozen=True, kw_only=True)
class Terms:
    """Under which agreement rarer patients may go: how few have to be alike, and what was agreed."""

    fewest: int
    words: str


@transaction.atomic
def ask_release(
    *,
    freeze: Freeze,
    profile: str,
    recipient: User,
    by: User,
    formats: Sequence[str] = FORMATS,
    terms: Terms | None = None,
    idempotency_key: str = "",
) -> Job:
    """Ask for the rows of a freeze as files for somebody; a release that is kept, or being made, gives its own job.

    terms: an agreement, which is kept. Refused where somebody lacks a right, where patients left since the freeze,
    and where too few are alike.
    """
    formats = checked_formats(formats)
    if profile not in PROFILES:
        raise refused("L1", "profile", profile, f"Take one of {', '.join(PROFILES)}.")
    refuse_strangers(freeze, recipient, by)
    key = key_of(freeze, profile, recipient, formats)
    params = {"cohort": str(freeze.cohort_id), "freeze": str(freeze.pk), "recipient": str(recipient.pk),
              "profile": profile, "formats": list(formats), "key": key}  # fmt: skip
    Freeze.objects.select_for_update().only("pk").get(pk=freeze.pk)  # one at a time: the second finds the first
    found = kept_or_under_way(key)
    if found is not None:
        return found
    if terms is not None:
        agree(freeze=freeze, recipient=recipient, terms=terms, by=by)
    refuse_withheld(freeze, PROFILES[profile], recipient)
    sites = sorted(freeze.site_ids)
    return ask_once(kind=RELEASE, params=params, site_ids=sites, by=by, idempotency_key=idempotency_key)


def checked_formats(formats: Sequence[str]) -> tuple[str, ...]:
    """The formats, each once and in one order."""
    if not formats or set(formats) - set(FORMATS):
        raise refused("L2", "formats", ", ".join(map(str, formats))[:100], f"Take some of {', '.join(FORMATS)}.")
    return tuple(each for each in FORMATS if each in formats)


def refuse_strangers(freeze: Freeze, recipient: User, by: User) -> None:
    """L3: rows go to who has a role for them, and others than the recipient ask only where they may share."""
    if not may_receive(recipient, freeze):
        raise refused(MAY_NOT, "recipient", "", NOT_TO_THEM)
    if by.pk != recipient.pk and not may_share(by, freeze):
        raise refused(MAY_NOT, "freeze", "", NOT_BY_YOU)


def key_of(freeze: Freeze, profile: str, recipient: User, formats: Sequence[str]) -> str:
    """The digest of all that a release depends on; not of the program: what was released stays what it was."""
    about = {"cohort": str(freeze.cohort_id), "freeze": freeze.digest, "profile": PROFILES[profile].hash,
             "recipient": str(recipient.pk), "formats": list(formats)}  # fmt: skip
    return hashlib.sha256(canonical(about)).hexdigest()


def kept_or_under_way(key: str) -> Job | None:
    """The job that made this release, or is making it."""
    kept = Release.objects.select_related("job").only("job").filter(key=key).first()
    if kept is not None:
        return kept.job
    return Job.objects.filter(kind=RELEASE, params__key=key, state__in=Job.UNDER_WAY).order_by("created_at").first()


def agree(*, freeze: Freeze, recipient: User, terms: Terms, by: User) -> ReleaseAgreement:
    """Keep an agreement. Refused where who writes it may not share, or it says nothing."""
    if not may_share(by, freeze):
        raise refused(MAY_NOT, "freeze", "", NOT_BY_YOU)
    words = " ".join(terms.words.split())
    if not words or len(words) > LONGEST_WORDS or not words.isprintable():
        raise refused("L6", "agreement", "", f"Say which agreement, in at most {LONGEST_WORDS} characters.")
    if terms.fewest < 1:
        raise refused("L7", "fewest", str(terms.fewest), "Give a whole number from 1.")
    of = {"cohort_id": freeze.cohort_id, "site_ids": sorted(freeze.site_ids), "recipient": recipient}
    with recording(by=by):
        return ReleaseAgreement.objects.create(**of, fewest=terms.fewest, words=words, made_by=by)


def fewest_for(freeze: Freeze, profile: ReleaseProfile, recipient: User) -> int:
    """How many patients have to be alike: as the profile says, or fewer by the newest agreement of all the sites."""
    of = ReleaseAgreement.objects.filter(cohort=freeze.cohort_id, recipient=recipient)
    newest = of.filter(site_ids__contains=freeze.site_ids).first()
    return profile.fewest if newest is None else min(profile.fewest, newest.fewest)


def refuse_withheld(freeze: Freeze, profile: ReleaseProfile, recipient: User) -> None:
    """L4, L5: Refused, with the reason in words for who may share; a recipient is not told it."""
    content = Content(freeze, freezing.load(freeze), profile)
    rule, words = why_withheld(content, fewest_for(freeze, profile, recipient))
    if rule:
        raise refused(rule, "", "", words)


def why_withheld(content: Content, fewest: int) -> tuple[str, str]:
    """The rule by which nothing leaves, and the reason in words; empty where the rows may go."""
    try:
        gone = content.has_left
    except UnknownPatients:
        return "L4", STRANGE
    if gone:
        return "L4", f"{gone} of its patients left the record since this freeze. Freeze the cohort again."
    if content.alike.smallest < fewest:
        return "L5", content.alike.told(fewest)
    return "", ""


def refused(rule: str, field: str, value: str, message: str) -> Refused:
    return Refused([Problem(rule=rule, field=field, value=value, message=message)])
