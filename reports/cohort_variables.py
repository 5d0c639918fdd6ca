"""What a cohort's criteria can ask: the variables of the chart, what the studies type themselves, and the scores."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field

from outcomes.variables import labelled
from registry.access import Permission
from registry.models import Covariate, CovariateValue, Instrument, Study, StudyInstrument, Timepoint
from reports import wording

NUMBER, CATEGORY = "number", "category"
OWN, EVERYBODY = "Of the study", "Patient and procedure"
MOST_LEVELS = 60


@dataclass(frozen=True, kw_only=True)
class Offered:
    """A variable as the form of a cohort offers it. `labels`: {code: words} of a category, in the order of the form."""

    name: str
    label: str
    kind: str
    group: str
    unit: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_number(self) -> bool:
        return self.kind == NUMBER

    @property
    def hint(self) -> str:
        """What its values are: a number and its unit, or the first of its levels."""
        if self.is_number:
            return self.unit or "number"
        words = [*self.labels.values()]
        return ", ".join(words[:3]) + (", ..." if len(words) > 3 else "") if words else "category"

    @property
    def sought(self) -> str:
        """What a search looks in."""
        return " ".join([self.label, self.name, self.group, *self.labels.values()]).lower()


def offered(studies: Collection[Study], user, *, preset: str = "", by_fracture: bool = False) -> dict[str, Offered]:
    """Every variable by its name; what a study types itself takes the place of a chart's variable of that name.

    preset: the paper whose groups are used; by_fracture: a row is one fracture, and its own answers are asked.
    """
    found = labelled(preset or None, by_fracture=by_fracture)
    chart = {name: of_chart(each) for name, each in found.items()}
    own = {each.name: each for each in of_studies(studies, user)}
    scores = {each.name: each for each in of_scores(studies)}
    return own | {name: each for name, each in chart.items() if name not in own} | scores


def of_chart(variable) -> Offered:
    return Offered(
        name=variable.name, label=variable.label, kind=variable.kind, unit=variable.unit or "",
        labels=dict(variable.labels), group=variable.group or EVERYBODY,
    )  # fmt: skip


def of_studies(studies: Collection[Study], user) -> Iterator[Offered]:
    """The attributes that the studies define; levels as typed of patients whom the user may see."""
    rows = CovariateValue.objects.visible_to(user, Permission.VIEW_PATIENTS).filter(covariate__study__in=studies)
    levels: dict[str, list[str]] = {}
    for name, text in rows.filter(text__gt="").order_by("text").values_list("covariate__name", "text").distinct():
        levels.setdefault(name, []).append(text)
    for each in Covariate.objects.filter(study__in=studies).order_by("name"):
        is_number = each.kind != Covariate.Kind.CATEGORY
        yield Offered(
            name=each.name, label=each.label or wording.heading(each.name), group=OWN,
            kind=NUMBER if is_number else CATEGORY,
            labels={} if is_number else {text: wording.plain(text) for text in levels.get(each.name, [])[:MOST_LEVELS]},
        )  # fmt: skip


def of_scores(studies: Collection[Study]) -> Iterator[Offered]:
    """Each score at each timepoint: pain@preop."""
    asked = StudyInstrument.objects.filter(study__in=studies).select_related("instrument").order_by("order")
    instruments: dict[str, Instrument] = {}
    for link in asked:
        instruments.setdefault(link.instrument.key, link.instrument)
    points = Timepoint.objects.filter(schedule__studies__in=studies).order_by("order").values_list("code", "label")
    for key, instrument in instruments.items():
        for code, label in dict.fromkeys(points):
            yield Offered(
                name=f"{key}@{code}", label=f"{instrument.name} at {label}", kind=NUMBER, unit=instrument.unit,
                group=f"Score: {instrument.name}",
            )  # fmt: skip


def grouped(variables: Mapping[str, Offered]) -> list[tuple[str, list[Offered]]]:
    """(group, its variables) in the order in which they come."""
    groups: dict[str, list[Offered]] = {}
    for each in variables.values():
        groups.setdefault(each.group, []).append(each)
    return [*groups.items()]


def of_name(name: str, variables: Mapping[str, Offered]) -> Offered:
    """A variable by its name; one that is no longer offered is said plainly."""
    found = variables.get(name)
    return found or Offered(name=name, label=wording.plain(name.replace("@", " at ")), kind=CATEGORY, group="")
