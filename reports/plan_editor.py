"""A plan being made: one step of the form at a time. Each step takes what was sent and says what to show next."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from django.utils.text import slugify

from outcomes.own_plans import LARGEST, LONGEST_NAME, read_document
from outcomes.plans.check import SCHEMA, check_plan, specified
from outcomes.plans.errors import PlanError
from reports import wording
from reports.manifest import Manifest
from reports.phrases import question
from reports.plan_entry import EntryForm, kinds

PRESETS = SCHEMA["properties"]["preset"]["enum"]
STEPS = ("remove", "up", "down", "change")
LARGEST_VERSION = 1_000_000_000


@dataclass(frozen=True)
class Line:
    """One analysis of the plan as it is listed: what it is called, what it asks, or why it is none."""

    id: str
    words: str
    kind: str = ""
    problem: str = ""


@dataclass
class Editor:
    """A plan's document on its way. `entry` is the form of the analysis that is added, or changed at `place`."""

    manifest: Manifest
    document: dict = field(default_factory=lambda: {"analyses": []})
    version: int = 0
    text: str = ""
    mode: str = "form"
    kind: str = ""
    place: int | None = None
    entry: EntryForm | None = None
    problems: list[tuple[str, str]] = field(default_factory=list)
    said: str = ""
    focus: str = ""

    @property
    def title(self) -> str:
        return str(self.document.get("title") or self.document.get("name") or "")

    @property
    def json_text(self) -> str:
        """The document as it is kept between two steps, and shown in the box of the other way."""
        return self.text or json.dumps(self.document, ensure_ascii=False, indent=1)

    @property
    def lines(self) -> list[Line]:
        return [line_of(entry, self.manifest) for entry in self.document["analyses"]]

    @property
    def others(self) -> set[str]:
        """The names of the plan's other analyses."""
        named = (entry.get("id") for index, entry in enumerate(self.document["analyses"]) if index != self.place)
        return {name for name in named if isinstance(name, str)}

    def take(self, sent: Mapping, upload) -> None:
        """Read what a step sent: the document so far, and what was typed beside it."""
        self.mode = "json" if sent.get("mode") == "json" else "form"
        self.text = uploaded(upload) if upload else sent.get("document", "")
        self.version = place_of(sent.get("version", ""), LARGEST_VERSION) or 0
        try:
            self.document |= listed_document(self.text)
        except PlanError as error:
            if self.mode == "form":  # what the form carries was lost on the way: nothing is kept in its place
                self.refuse(error)
        if self.mode == "form":
            self.text = ""
            self.head(sent)
        self.kind = sent.get("kind", "")
        self.place = place_of(sent.get("place", ""), len(self.document["analyses"]))

    def head(self, sent: Mapping) -> None:
        """Name, preset and switch, as they stand in the form."""
        name = sent.get("name", "").strip()[:200]
        self.document["title"] = name
        self.document.setdefault("name", slugify(name)[:LONGEST_NAME])
        if not self.version:
            self.document["name"] = slugify(name)[:LONGEST_NAME]
        if sent.get("preset") in PRESETS:
            self.document["preset"] = sent["preset"]
        self.document["beside"] = "beside" in sent

    def step(self, do: str, sent: Mapping) -> None:
        """Do what a button says; what cannot be done is said, and nothing is lost."""
        name, _, text = do.partition(":")
        place = place_of(text, len(self.document["analyses"]))
        if name in STEPS and place is not None:
            getattr(self, name)(place)
        elif name == "put" or (name == "enter" and sent.get("entry_kind")):
            self.put(sent)
        elif name in ("choose", "enter") and self.kind:
            self.open(self.kind)
        elif name == "json":
            self.mode, self.text, self.focus = "json", "", "document"
        elif name == "choose":
            self.problems.append(("kind", "Choose what to ask first."))
        elif name == "leave":
            self.place, self.focus = None, "kind"

    def open(self, kind: str) -> None:
        """Show the fields of a type; of the analysis at `place` where it is one that is changed."""
        if kind not in SCHEMA["$defs"]["analysis"]["properties"]["type"]["enum"]:
            self.problems.append(("kind", "There is no such analysis."))
            return
        was = self.document["analyses"][self.place] if self.place is not None else None
        self.kind = kind
        self.entry = EntryForm(kind=kind, manifest=self.manifest, taken=self.others, entry=was)
        self.focus = "entry"

    def put(self, sent: Mapping) -> None:
        """Add the analysis that was filled in, or put it in the place of the one that was changed."""
        self.open(sent.get("entry_kind", ""))
        if self.entry is None:
            return
        was = self.document["analyses"][self.place] if self.place is not None else None
        self.entry = EntryForm(sent, kind=self.kind, manifest=self.manifest, taken=self.others, entry=was)
        if not self.entry.is_valid():
            return
        made, analyses = self.entry.entry, self.document["analyses"]
        if self.place is None:
            analyses.append(made)
        else:
            analyses[self.place] = made
        self.said = f"{'Added' if self.place is None else 'Changed'}: {line_of(made, self.manifest).words}."
        self.kind, self.place, self.entry, self.focus = "", None, None, "kind"

    def remove(self, place: int) -> None:
        gone = self.document["analyses"].pop(place)
        self.said, self.focus = f"Removed: {line_of(gone, self.manifest).words}.", "kind"

    def up(self, place: int) -> None:
        self.swap(place, place - 1, "up")

    def down(self, place: int) -> None:
        self.swap(place, place + 1, "down")

    def swap(self, place: int, other: int, way: str) -> None:
        analyses = self.document["analyses"]
        if 0 <= other < len(analyses):
            analyses[place], analyses[other] = analyses[other], analyses[place]
            self.said, self.focus = f"Moved {way}: {line_of(analyses[other], self.manifest).words}.", f"{way}:{other}"

    def change(self, place: int) -> None:
        self.place = place
        self.open(str(self.document["analyses"][place].get("type")))

    def back_to_form(self) -> None:
        """From the text to the form, where the text is a plan."""
        document = self.checked_text()
        if document is not None:
            self.document, self.mode, self.text = document, "form", ""

    def checked_text(self) -> dict | None:
        """The document of the text; None, and the reason in words, where it is no plan."""
        try:
            document = read_document(self.text)
            check_plan(document)
        except PlanError as error:
            self.refuse(error)
            return None
        return document

    def finished(self) -> dict | None:
        """The document to keep, or None with what is wrong."""
        if self.mode == "json":
            return self.checked_text()
        if self.problems:
            return None
        if not self.document.get("name"):
            self.problems.append(("name", "Give the plan a name with letters or digits."))
            return None
        try:
            check_plan(self.document)
        except PlanError as error:
            self.refuse(error)
            return None
        return self.document

    def refuse(self, error: PlanError) -> None:
        """Which analysis, which field, what it says, and the rule it breaks."""
        self.problems.append(("document" if self.mode == "json" else "analyses", str(error)[:600]))


def line_of(entry: Mapping, manifest: Manifest) -> Line:
    """An analysis in words; where it is none, its rule."""
    try:
        specified(entry)
    except PlanError as error:
        name = str(entry.get("id", ""))[:60] if isinstance(entry, Mapping) else ""
        return Line(name, wording.heading(str(entry.get("type", "analysis"))[:60]), problem=str(error)[:300])
    return Line(entry["id"], question(entry, manifest), dict(kinds())[entry["type"]])


def place_of(text: str, before: int) -> int | None:
    """A whole number from 0 and below a limit, as a browser sends it; None for anything else."""
    known = text.isascii() and text.isdigit() and len(text) < 10 and int(text) < before
    return int(text) if known else None


def listed_document(text: str) -> dict:
    """A document whose analyses can be listed. PlanError where the text is none."""
    document = read_document(text)
    found = document.get("analyses")
    analyses = [entry for entry in found if isinstance(entry, dict)] if isinstance(found, list) else []
    return document | {"analyses": analyses}


def uploaded(file) -> str:
    """A file's text; what is too long or no UTF-8 is told by the check that follows."""
    return file.read(LARGEST + 1).decode("utf-8", errors="replace")
