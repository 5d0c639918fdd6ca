"""A cohort being made: one step of the form at a time. Each step takes what was sent and says what to show next."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from outcomes import criteria
from outcomes.cohort_actions import LONGEST_DESCRIPTION, LONGEST_NAME
from outcomes.cohort_presets import NAMES, Judged, preset
from registry.models import Site
from reports.cohort_rows import INCLUDE, LEAVES, SIDES, STAYS, CriterionRow, of_criterion, of_sent
from reports.cohort_variables import Offered, grouped, of_name
from reports.plan_editor import LARGEST_VERSION, place_of

# What one row of the analysis is: key, words, help, the rule's two fields.
UNITS = (
    ("patient", "Patients", "Each patient once, by the index procedure.", ("index", "patient")),
    ("index", "Index procedures", "The same rows, counted as procedures.", ("index", "procedure")),
    ("fracture", "Fractures", "Each fracture or lesion that the chart lists: a patient may have several.",
     ("index", "fracture")),
    ("all", "All procedures", "Every procedure of each patient, not the index one alone.", ("all", "procedure")),
)  # fmt: skip
WHOLE = {each[0]: each[3] for each in UNITS}
PLACE = re.compile(r"(include|exclude)\.([0-9]{1,3})\.variable\Z")


@dataclass
class Builder:
    """A cohort's name and rule on their way. `said`: what the last step did; `focus`: where it leaves the reader."""

    variables: Mapping[str, Offered]
    sites: Sequence[Site]
    name: str = ""
    description: str = ""
    unit: str = "patient"
    chosen_sites: list[str] = field(default_factory=list)
    first: str = ""
    last: str = ""
    undated: str = LEAVES
    include: list[CriterionRow] = field(default_factory=list)
    exclude: list[CriterionRow] = field(default_factory=list)
    arm: str = ""
    subgroups: list[str] = field(default_factory=list)
    preset: str = ""
    version: int = 0
    problems: list[tuple[str, str]] = field(default_factory=list)
    said: str = ""
    focus: str = ""

    @property
    def units(self) -> tuple:
        return UNITS

    @property
    def sides(self) -> list[tuple[str, str, str, list[CriterionRow]]]:
        """(side, heading, what it does, its criteria)."""
        return [
            ("include", "Include only those with", "All of these must hold.", self.include),
            ("exclude", "Exclude those with", "Whoever meets one of these is left out.", self.exclude),
        ]

    @property
    def site_choices(self) -> list[tuple[str, str, bool]]:
        """(code, name, chosen) of each site whose part the reader sees, and of those that the rule names beside."""
        mine = {site.code: site.name for site in self.sites}
        strange = {code: code for code in self.chosen_sites if code not in mine}
        return [(code, name, code in self.chosen_sites) for code, name in (mine | strange).items()]

    @property
    def groups(self) -> list[tuple[str, list[Offered]]]:
        return grouped(self.variables)

    @property
    def categories(self) -> list[tuple[str, list[Offered]]]:
        """What an arm or a subgroup can be: the categories."""
        return grouped({name: each for name, each in self.variables.items() if not each.is_number})

    @property
    def named_subgroups(self) -> list[Offered]:
        return [of_name(name, self.variables) for name in self.subgroups]

    @property
    def named_arm(self) -> Offered | None:
        """An arm that is no longer offered stays in the choice."""
        return of_name(self.arm, self.variables) if self.arm else None

    @property
    def begun_from(self) -> str:
        """The paper whose eligibility this began with."""
        return preset(self.preset).title if self.preset in NAMES else ""

    @property
    def judged(self) -> tuple[Judged, ...]:
        """What the paper of the preset asks beside, and the record cannot be asked."""
        return preset(self.preset).judged if self.preset in NAMES else ()

    def show(self, rule: Mapping) -> None:
        """Take a rule that is kept, or where one starts."""
        of_rule = (rule.get("procedures") or "index", rule.get("unit") or "")
        default = "all" if of_rule[0] == "all" else "patient"
        self.unit = next((key for key, whole in WHOLE.items() if whole == of_rule), default)
        performed = rule.get("performed") or {}
        self.first, self.last = performed.get("from") or "", performed.get("to") or ""
        self.undated = performed.get("unknown") or LEAVES
        self.chosen_sites = list(rule.get("sites") or [])
        for side in SIDES:
            setattr(self, side, [of_criterion(side, raw, self.variables) for raw in rule.get(side) or []])
        self.arm, self.subgroups = rule.get("arm") or "", list(rule.get("subgroups") or [])
        self.preset = rule.get("preset") or ""

    def take(self, sent: Mapping) -> None:
        """Read what a step sent."""
        text = {name: sent.get(name, "").strip() for name in ("unit", "first", "last", "undated", "arm", "preset")}
        self.name = sent.get("name", "").strip()[: LONGEST_NAME + 1]
        self.description = sent.get("description", "").strip()[: LONGEST_DESCRIPTION + 1]
        self.unit = text["unit"] if text["unit"] in WHOLE else "patient"
        self.first, self.last = text["first"][:10], text["last"][:10]
        self.undated = STAYS if text["undated"] == STAYS else LEAVES
        self.arm, self.preset = text["arm"][:200], text["preset"] if text["preset"] in NAMES else ""
        self.chosen_sites = [value[:60] for name, value in sent.items() if name.startswith("site.")]
        self.subgroups = [value[:200] for name, value in sent.items() if name.startswith("subgroup.")]
        self.version = place_of(sent.get("version", ""), LARGEST_VERSION) or 0
        for side in SIDES:
            places = sorted(int(found[2]) for name in sent if (found := PLACE.match(name)) and found[1] == side)
            setattr(self, side, [of_sent(side, place, sent, self.variables) for place in places])

    def step(self, do: str, sent: Mapping) -> None:
        """Do what a button says; what cannot be done changes nothing."""
        what, _, about = do.partition(":")
        if what in SIDES and about in self.variables:
            self.add(what, self.variables[about])
        elif what in ("remove", "up", "down"):
            side, _, place = about.partition(".")
            at = place_of(place, len(getattr(self, side))) if side in SIDES else None
            if at is not None:
                self.change(what, side, at)
        elif what == "subgroup" and sent.get("new_subgroup") in self.variables:
            name = sent["new_subgroup"]
            self.subgroups = list(dict.fromkeys([*self.subgroups, name]))
            self.said, self.focus = f"Subgroup added: {self.variables[name].label}.", "new_subgroup"
        elif what == "unsubgroup" and about in self.subgroups:
            self.subgroups.remove(about)
            self.said, self.focus = f"Subgroup removed: {of_name(about, self.variables).label}.", "new_subgroup"

    def add(self, side: str, variable: Offered) -> None:
        rows = getattr(self, side)
        rows.append(CriterionRow(side, variable))
        verb = "Included by" if side == INCLUDE else "Excluded by"
        self.said, self.focus = f"{verb}: {variable.label}. Say which values.", f"{side}.{len(rows) - 1}.op"

    def change(self, what: str, side: str, place: int) -> None:
        rows: list[CriterionRow] = getattr(self, side)
        label = rows[place].variable.label
        if what == "remove":
            del rows[place]
            self.said, self.focus = f"Removed: {label}.", "seek"
            return
        other = place - 1 if what == "up" else place + 1
        if 0 <= other < len(rows):
            rows[place], rows[other] = rows[other], rows[place]
            self.said, self.focus = f"Moved {what}: {label}.", f"{what}:{side}.{other}"

    def rule(self) -> dict:
        """The rule so far, without the criteria that still lack something."""
        procedures, unit = WHOLE[self.unit]
        performed = {"from": self.first, "to": self.last}
        sides = {side: [each for row in getattr(self, side) if (each := row.criterion())] for side in SIDES}
        told = {
            "sites": self.chosen_sites,
            "performed": {key: day for key, day in performed.items() if day} | self.dated(),
            **sides,
            "arm": self.arm,
            "subgroups": self.subgroups,
            "preset": self.preset,
        }
        return {"procedures": procedures, "unit": unit} | {key: value for key, value in told.items() if value}

    def dated(self) -> dict:
        """Whether procedures without a date stay; said only where there is a period."""
        return {"unknown": STAYS} if self.undated == STAYS and (self.first or self.last) else {}

    @property
    def unfinished(self) -> list[tuple[str, CriterionRow]]:
        """(anchor, criterion) of those that still lack something, with what."""
        rows = [(f"{side}.{place}", row) for side in SIDES for place, row in enumerate(getattr(self, side))]
        return [(anchor, row) for anchor, row in rows if row.criterion() is None]

    def finished(self) -> dict | None:
        """The rule to keep; None, and the problems, where something is wrong."""
        self.problems += [(f"{anchor}.op", f"{row.variable.label}: {row.problem}") for anchor, row in self.unfinished]
        rule = self.rule()
        try:
            criteria.parse(rule)
        except criteria.RuleError as error:
            self.refuse(error)
        return None if self.problems else rule

    def refuse(self, error: criteria.RuleError) -> None:
        """Which field, what it holds, and what to do."""
        anchors = {"performed.from": "first", "performed.to": "last", "sites": "sites", "arm": "arm"}
        self.problems.append((anchors.get(error.field, "criteria"), str(error)[:400]))
