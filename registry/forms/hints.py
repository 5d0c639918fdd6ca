"""What the server will say of a visit, said while it is typed: the same form and the same rules, nothing saved."""

from dataclasses import dataclass

from registry.actions.visits import broken_rules
from registry.asked import due_at
from registry.forms.visit import VisitForm
from registry.models import Instrument, MissingReason
from registry.rules import NewVisit, item_counts, plain, totals

# Beside these there is room for a hint, as there is beside each score.
HINTED = ("timepoint", "visited_on", "missed", "missed_comment", "window_reason")
# Said of a field that is still empty: a date out of its window asks for this one.
ASKED_FOR = ("window_reason",)


@dataclass(frozen=True)
class Hints:
    """The messages of each field (none: it is fine so far), the sum beside each total, and how far the form is."""

    said: list[tuple[str, list[str]]]
    sums: list[tuple[str, str]]
    answered: int
    due: int


def hints_of(form: VisitForm) -> Hints:
    """The rules, run on as much as has been typed so far."""
    form.is_valid()
    visit = form.new_visit()
    items = item_counts([visit])
    said = {name: [] for name in form.fields}
    for name, errors in form.errors.items():
        said.setdefault(name, []).extend(errors)
    if "submission_key" not in form.errors:
        for problem in broken_rules(visit, form.visit):
            said.setdefault(problem.field, []).append(f"{problem.message} [{problem.rule}]")
    places = [*HINTED, *(f"score_{instrument.key}" for instrument in form.instruments)]
    spoken = [(name, said[name] if name in ASKED_FOR or form.data.get(name) else []) for name in places]
    due = due_at(form.instruments, visit.timepoint)
    return Hints(spoken, sums_of(form, visit, items), sum(each in visit.scores for each in due), len(due))


def sums_of(form: VisitForm, visit: NewVisit, items: dict) -> list[tuple[str, str]]:
    """'18', or '4 of 6 items', of each total whose items are on the form."""
    sums = totals(visit.scores, items)
    found = []
    for line in form.score_lines():
        if line.is_whole:
            parts = [each for each in form.instruments if each.part_of_id == line.instrument.pk]
            found.append(
                (line.instrument.key, in_words(line.instrument, sums, [visit.scores.get(part) for part in parts]))
            )
    return found


def in_words(whole: Instrument, sums: dict, items: list) -> str:
    """The sum where it can be made; else how far it is, or that it never will be."""
    if whole in sums:
        return f"items add up to {plain(sums[whole])}"
    if any(isinstance(item, MissingReason) for item in items):
        return "no sum: an item is missing"
    there = sum(item is not None for item in items)
    return f"{there} of {len(items)} items" if there else ""
