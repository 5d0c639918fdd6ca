"""Two people, one visit: what stood there, what stands there now, what was typed; and the choice between them."""

from dataclasses import dataclass
from datetime import datetime

from django.core.exceptions import ValidationError

from registry.forms.overrides import PREFIX
from registry.forms.visit import VisitForm
from registry.forms.visit_start import starting_values, values_of
from registry.models import FollowUpVisit, User

THEIRS = "theirs"
NOT_CHOSEN = ("version", "submission_key", "opening", "reason")


@dataclass(frozen=True)
class Side:
    """A field that two people gave different values; a score and its reason for missing are one."""

    name: str
    label: str
    before: str
    theirs: str
    mine: str
    values: dict[str, str]
    typed: dict[str, str]


def settled(data, visit: FollowUpVisit):
    """What was sent, with their values where the person chose to take them; only of the version that she was shown."""
    choices = {name.removeprefix("take_"): choice for name, choice in data.items() if name.startswith("take_")}
    taken = [name for name, choice in choices.items() if choice == THEIRS]
    if not taken or data.get("version") != str(visit.version):
        return data
    recorded, data = starting_values(visit), data.copy()
    for name in taken:
        for part in parts_of(name):
            data[part] = str(recorded.get(part, ""))
    return data


def parts_of(name: str) -> tuple[str, ...]:
    """The fields of one choice."""
    return (name, name.replace("score_", "missing_", 1)) if name.startswith("score_") else (name,)


def sides_of(form: VisitForm, visit: FollowUpVisit, opened: int | None) -> list[Side]:
    """Every field in which what was typed is not what is recorded now."""
    recorded, before = starting_values(visit), values_at(visit, opened)
    return [
        side_of(form, name, before, recorded)
        for name in form.fields
        if name not in NOT_CHOSEN and not name.startswith(("missing_", PREFIX))
        and any(cleaned(form, part, recorded) != cleaned(form, part, form.data) for part in parts_of(name))
    ]  # fmt: skip


def side_of(form: VisitForm, name: str, before: dict | None, recorded: dict) -> Side:
    return Side(
        name=name,
        label=form[name].label,
        before="" if before is None else in_words(form, name, before),
        theirs=in_words(form, name, recorded),
        mine=in_words(form, name, form.data),
        values={part: str(recorded.get(part, "")) for part in parts_of(name)},
        typed={part: str(form.data.get(part, "")) for part in parts_of(name)},
    )


def cleaned(form: VisitForm, name: str, values) -> object:
    """What a text means to its field, so that 1 and yes are one answer; a text without meaning stands for itself."""
    text = str(values.get(name, ""))
    try:
        return form.fields[name].clean(text)
    except ValidationError:
        return text


def in_words(form: VisitForm, name: str, values) -> str:
    """The answers of a choice as their reader sees them: the words of a list, other values as they were typed."""
    return ", ".join(filter(None, (words_of(form, part, str(values.get(part, ""))) for part in parts_of(name))))


def words_of(form: VisitForm, name: str, text: str) -> str:
    if not text and name != "missed":
        return ""
    choices = getattr(form.fields[name], "choices", ())
    return next((str(words) for value, words in choices if str(value) == text), text)


def values_at(visit: FollowUpVisit, version: int | None) -> dict | None:
    """The form's values of a visit at one of its versions, from its history; None where that cannot be told."""
    rows = list(visit.history.filter(version__lte=version or 0).select_related("timepoint").order_by("pgh_id"))
    if not rows or rows[-1].version != version:
        return None
    steps = {row.pgh_context_id for row in rows}
    scores = {}
    for score in visit.scores.model.pgh_event_model.objects.filter(
        visit_id=visit.pk, pgh_context_id__in=steps
    ).select_related("instrument").order_by("pgh_id"):  # fmt: skip
        scores[score.pgh_obj_id] = score
    return values_of(rows[-1], scores.values())


def last_change(visit: FollowUpVisit) -> tuple[str, datetime]:
    """Who saved a visit last, and when."""
    step = visit.history.select_related("pgh_context").latest("pgh_id")
    actor = step.pgh_context.metadata.get("actor") if step.pgh_context else None
    return getattr(User.objects.filter(pk=actor).first(), "username", ""), step.pgh_created_at
