"""Who is in: the candidates of a cohort, what is known of each, and whom the cohort's rule keeps."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from outcomes import fetch, wide
from outcomes.columns import Category, Column
from outcomes.criteria import Facts, Rule, RuleError, Step, apply, left_out_of
from outcomes.criteria.rule import FRACTURE, PATIENT
from outcomes.extract import Rows
from outcomes.selecting import Selection, merged, somebody
from outcomes.variables import Variable, labelled
from outcomes.variables.catalogue import OWN
from outcomes.variables.charted import Charted, Values, charted, of_fractures_of
from outcomes.variables.papers import OF_PLANS, PAPERS
from outcomes.variables.variable import STUDY
from registry.derived import age_at
from registry.derived.spans import span_of

SEPARATOR = "|"
FRACTURES = "fracture"
FOLLOW_UP = ("follow_up_days", "follow_up_months", "follow_up_years")
OWN_NAMES = frozenset(each.name for each in OWN)


class Recorded:
    """What is known of each candidate row, before the rule: a row is an index procedure, a procedure, or a fracture."""

    def __init__(self, rows: Rows, instruments: Mapping, *, with_chart: bool = True):
        self.rows, self.rule, self.instruments, self.with_chart = rows, rows.rule, instruments, with_chart

    @cached_property
    def preset(self) -> str | None:
        """The paper whose groups are used: the rule's, else that of the studies' default plan where they have one."""
        plans = {study.default_plan for study in self.rows.studies}
        return self.rule.preset or (OF_PLANS.get(*plans) if len(plans) == 1 else None)

    @cached_property
    def charted(self) -> Charted:
        return charted(self.rows.charts, self.preset, self.rule.variables) if self.with_chart else Charted()

    @cached_property
    def charted_columns(self) -> dict[str, Values]:
        """What the chart says. A follow-up is told in one unit: the study's own, else that of the paper."""
        unit = PAPERS[self.preset].follow_up if self.preset in PAPERS else None
        told = next((name for name in FOLLOW_UP if name in self.study_covariates), unit)
        others = set(FOLLOW_UP) - {told, *self.rule.variables} if told else set()
        return {name: column for name, column in self.charted.columns.items() if name not in others}

    @cached_property
    def candidates(self) -> Selection:
        """The candidate rows, as places among the procedures."""
        number = self.rows.procedures.num_rows
        if self.rule.unit != FRACTURE:
            return Selection.everything(number)
        return Selection.repeated([len(chart.all(FRACTURES)) for chart in self.rows.charts or ()] or [0] * number)

    @cached_property
    def columns(self) -> dict[str, Values]:
        """Every covariate of the candidate rows by name."""
        procedures = self.rows.procedures
        known = own_covariates(procedures) | self.charted_columns
        known |= {name: merged(each, known.get(name), self.types(name)) for name, each in self.study_covariates.items()}
        found = self.candidates.columns(known)
        if self.rule.unit == FRACTURE and self.rows.charts:
            found |= of_fractures_of([row for chart in self.rows.charts for row in chart.all(FRACTURES)])
        return found

    @cached_property
    def study_covariates(self) -> dict[str, Values]:
        return study_covariates(self.rows)

    def types(self, name: str) -> np.ndarray:
        """The procedures of which the study itself types a covariate: it does of the index procedure."""
        typing = [study for study, named, _ in self.rows.typed if named == name]
        of_study = pc.is_in(self.rows.procedures["study"], value_set=pa.array(typing, type=pa.string()))
        return pc.and_(of_study, self.rows.procedures["is_index"]).to_numpy()

    @cached_property
    def labels(self) -> dict[str, Variable]:
        """What each variable is called: by the study that types it, else by the chart."""
        known = dict(labelled(self.preset, by_fracture=self.rule.unit == FRACTURE))
        for _, name, label in self.rows.typed:
            known[name] = self.said_of_typed(name, label, known.get(name))
        return known | {name: self.said_of_score(name) for name in self.rule.variables if "@" in name}

    def said_of_typed(self, name: str, label: str, charted: Variable | None) -> Variable:
        kind = "number" if isinstance(self.study_covariates.get(name), Column) else "category"
        labels = charted.labels if charted else {}
        return Variable(name=name, label=label, kind=kind, labels=labels, where=STUDY, group="Study")

    def said_of_score(self, name: str) -> Variable:
        """A score at a timepoint: 'Pain at 6 weeks'."""
        key, _, code = name.rpartition("@")
        about = next((each for each in self.instruments.values() if each["name"] == key), None)
        label = f"{about['all'][0].name if about else key} at {self.timepoints.get(code, code)}"
        return Variable(name=name, label=label, kind="number", unit=about["all"][0].unit if about else "")

    @cached_property
    def timepoints(self) -> dict[str, str]:
        points = (point for study in self.rows.studies for point in study.schedule.timepoints.order_by("order"))
        return {point.code: point.label for point in points}

    def values(self, name: str) -> Column | Category | None:
        """A variable's column for the criteria; None where nobody has a value. RuleError where there is none of it."""
        if "@" in name:
            return self.score(name)
        if name not in self.labels:
            what = "Name a variable of the record, a covariate of the study, or an instrument@timepoint."
            raise RuleError(field="variable", value=name, rule="is not recorded in this cohort", what_to_do=what)
        found = self.columns.get(name)
        return wide.category_of(pa.chunked_array([found])) if isinstance(found, pa.Array) else found

    def score(self, name: str) -> Column | None:
        """An instrument's values at a timepoint, of each row's procedure."""
        instrument, _, code = name.rpartition("@")
        key = next((key for key, about in self.instruments.items() if about["name"] == instrument), None)
        if key is None or code not in self.timepoints:
            what = "Name an instrument and a timepoint of the cohort's studies, as pain@preop."
            raise RuleError(field="variable", value=name, rule="is not asked in this cohort", what_to_do=what)
        part = self.rows.scores.get((*key, code))
        if part is None:
            return None
        whole = wide.spread_numbers(part.values, part.at, self.rows.procedures.num_rows, finest=fetch.DECIMALS)
        return self.candidates.columns({name: whole})[name]

    @property
    def facts(self) -> Facts:
        procedures = self.rows.procedures.take(pa.array(self.candidates.of))
        performed = zip(*(procedures[f"performed_{part}"].to_pylist() for part in ("on", "precision")), strict=True)
        return Facts(
            rows=procedures.num_rows, sites=procedures["site"].to_pylist(),
            performed=[span(*each) for each in performed], values=self.values,
        )  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Picked:
    """Whom the rule keeps: `mask`, which candidates; `selection`, their procedures. And who fell out where."""

    mask: np.ndarray
    selection: Selection
    flow: dict


def pick(recorded: Recorded) -> Picked:
    """The rule applied to the candidates. RuleError where it names what the cohort has not."""
    rule: Rule = recorded.rule
    check_names(recorded)
    mask, steps = np.ones(len(recorded.candidates.of), dtype=bool), ()
    if rule.narrows:
        kept = apply(rule, recorded.facts, recorded.labels)
        mask, steps = kept.mask, kept.steps
    selection = recorded.candidates.kept(mask)
    return Picked(mask=mask, selection=selection, flow=flow(recorded, selection, steps))


def check_names(recorded: Recorded) -> None:
    """RuleError where the rule asks for a preset, an arm or a subgroup that there is not."""
    rule = recorded.rule
    if rule.preset is not None and rule.preset not in PAPERS:
        what = f"Take one of {', '.join(PAPERS)}, or none."
        raise RuleError(field="preset", value=rule.preset, rule="is not known", what_to_do=what)
    for field, name in [("arm", rule.arm), *(("subgroups", each) for each in rule.subgroups)]:
        if name is not None and name not in recorded.labels:
            what = "Name a variable of the record or a covariate of the study."
            raise RuleError(field=field, value=name, rule="is not recorded in this cohort", what_to_do=what)


def flow(recorded: Recorded, selection: Selection, steps: tuple[Step, ...]) -> dict:
    """Enrolled, left out with the reason, and kept: the numbers add up."""
    rows, rule = recorded.rows, recorded.rule
    before = {reason: n for reason, n in left_before(recorded).items() if n}
    of = {} if rule.unit == PATIENT else {"of": f"{rule.unit}s"}
    found = {
        "enrolled": rows.counts["enrolled"],
        "left_out": [{"reason": reason, "n": n} for reason, n in before.items()]
        + [each | of for each in left_out_of(steps)],
        "patients": patients_among(rows, selection.of),
        "procedures": len(np.unique(selection.of)),
    }
    if rule.unit == FRACTURE:
        found["fractures"] = len(selection.of)
    if steps:
        found |= {"considered": len(recorded.candidates.of), "steps": [told(step) for step in steps]}
    return found | ({"screening": rows.screening} if rows.screening else {})


def left_before(recorded: Recorded) -> dict[str, int]:
    """The patients who left before any criterion was asked."""
    rows, count = recorded.rows, recorded.rows.counts
    operated = patients_among(rows, np.arange(rows.procedures.num_rows))
    without = "no index procedure" if recorded.rule.procedures == "index" else "no procedure"
    found = {
        "entered in error": count["error"],
        without: count["enrolled"] - count["error"] - count["withdrawn"] - operated,
        "withdrawn": count["withdrawn"],
    }
    unbroken = operated - patients_among(rows, recorded.candidates.of)
    return found | {"no fracture recorded": unbroken}


def patients_among(rows: Rows, places: np.ndarray) -> int:
    """How many patients these procedures are of."""
    if rows.rule.procedures == "index":
        return len(np.unique(places))
    return len(rows.procedures["patient"].take(pa.array(places)).unique())


def told(step: Step) -> dict:
    return {"criterion": step.criterion, "n": step.n, "unknown": step.unknown} | (
        {"stayed": step.stayed} if step.stayed else {}
    )


def span(on: date | None, precision: str | None) -> tuple[date, date] | None:
    found = span_of(on, precision)
    return found and (found.first, found.last)


def own_covariates(procedures: pa.Table) -> dict[str, Values]:
    """Sex, age at the procedure and kind of procedure, as far as anybody's is recorded."""
    found = {
        "sex": without(procedures["sex"], ""),
        "procedure_kind": without(procedures["kind"], "unspecified"),
    }
    kept = {name: column for name, column in found.items() if somebody(column)}
    if procedures["born_on"].null_count == procedures.num_rows:
        return kept
    born_and_performed = procedures.select(["born_on", "born_precision", "performed_on", "performed_precision"])
    ages = [age_at(*row.values()) for row in born_and_performed.to_pylist()]
    age = Column.of(None if years is None else str(years) for years in ages)
    return kept | ({"age": age} if age.present.any() else {})


def without(texts: pa.ChunkedArray, unknown: str) -> pa.Array:
    """The texts, null where they say that nothing is known."""
    whole = texts.combine_chunks()
    return pc.if_else(pc.equal(whole, unknown), pa.scalar(None, pa.string()), whole)


def study_covariates(rows: Rows) -> dict[str, Values]:
    """The typed attributes of the patients, at their index procedure, with as few decimals as they need."""
    procedures = rows.procedures
    whose = pc.if_else(procedures["is_index"], procedures["patient"], pa.scalar(None, fetch.ID)).combine_chunks()
    mine = rows.covariates.filter(pc.is_in(rows.covariates["patient"], value_set=whose.drop_null()))
    columns = {}
    for (name,), numbers in wide.groups(mine["name"]):
        part = mine.take(numbers)
        at = wide.places(part["patient"], whose)
        if part["text"].null_count < len(part):
            columns[name] = wide.spread_text(part["text"], at, len(whose))
        else:
            columns[name] = wide.spread(part["number"], at, len(whose), finest=fetch.DECIMALS)
    return columns
