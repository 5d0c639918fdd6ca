"""Drafts: what somebody typed and has not saved. One per person and form; gone once it is saved or discarded."""

from uuid import UUID

from registry.errors import Problem, Refused
from registry.models import Draft, Site, User

# What a form calls the key of its opening: another each time it is opened, put back with the draft.
OPENING = "opening"


def draft_of(*, form: str, target: UUID, by: User) -> Draft | None:
    """What the person typed into this form before and did not save."""
    return Draft.objects.filter(user=by, form=form, target=target).first()


def keep_draft(*, form: str, target: UUID, site: Site, content: dict[str, str], by: User) -> Draft:
    """Keep what is typed; Refused where a draft of another opened form waits, which this one would overwrite."""
    waiting = draft_of(form=form, target=target, by=by)
    if waiting is not None and waiting.content.get(OPENING) != content.get(OPENING):
        message = "Another draft of this form waits for you: restore or discard it first, at the top of the form."
        raise Refused([Problem(rule="V14", field="", value="", message=message)])
    kept, _ = Draft.objects.update_or_create(
        user=by, form=form, target=target, defaults={"site": site, "content": content}
    )
    return kept


def drop_draft(*, form: str, target: UUID, by: User) -> None:
    """The form was saved, or its draft is not wanted."""
    Draft.objects.filter(user=by, form=form, target=target).delete()
