"""What a demonstration study is made of: frozen rows, as a person would type them. No row is a patient."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Literal

Precision = Literal["day", "month", "year"]
Value = str | int | Decimal | None
Score = Decimal | int | str  # a str is the code of a missing reason

SYNTHETIC = "Synthetic demonstration data: invented rows; no patient."


@dataclass(frozen=True)
class DemoCovariate:
    """A typed attribute that the study keeps of its patients."""

    name: str
    label: str
    kind: Literal["integer", "decimal", "category"]


@dataclass(frozen=True)
class DemoTime:
    """Days from the procedure to an event, or to when it was last known not to have happened."""

    name: str
    time: int
    unit: Literal["days"]
    event: bool


@dataclass(frozen=True)
class DemoVisit:
    """A planned visit: dated, with scores; or missed, with the code of the reason and neither."""

    timepoint: str
    visited_on: date | None = None
    precision: Precision | None = None
    scores: dict[str, Score] = field(default_factory=dict)
    missed: str | None = None
    out_of_window_reason: str | None = None
    collection_method: str = ""


@dataclass(frozen=True)
class DemoEvent:
    """What happened after the procedure."""

    kind: Literal["complication", "secondary_procedure", "death"]
    happened_on: date
    precision: Precision
    description: str


@dataclass(frozen=True)
class DemoProcedure:
    """The index procedure with everything that followed it."""

    kind: Literal["pdn", "sacroplasty", "screws", "sacroplasty_with_screws"]
    performed_on: date | None
    precision: Precision | None
    visits: tuple[DemoVisit, ...]
    events: tuple[DemoEvent, ...]


@dataclass(frozen=True)
class DemoPatient:
    """An invented person, known by a study number."""

    study_number: str
    sex: Literal["F", "M"]
    birth_year: int
    covariates: dict[str, Value]
    procedure: DemoProcedure
    times: tuple[DemoTime, ...]


@dataclass(frozen=True)
class DemoStudy:
    """A protocol at one site, with all its patients. `arm` names the covariate that divides them."""

    slug: str
    name: str
    site_code: str
    site_name: str
    description: str
    schedule: Literal["clunk", "cox", "gupta", "sacroplasty_registry"]
    instruments: tuple[str, ...]
    arm: str | None
    covariates: tuple[DemoCovariate, ...]
    patients: tuple[DemoPatient, ...]


def days_after(start: date, days: int, precision: Precision = "day") -> date:
    """The date so many days later; where only the month is known, its first day."""
    moment = start + timedelta(days=days)
    return moment.replace(day=1) if precision == "month" else moment


def missed(timepoint: str, reason: str) -> DemoVisit:
    """A planned visit that did not happen."""
    return DemoVisit(timepoint, missed=reason)


def death(performed_on: date, days: int, precision: Precision = "day") -> DemoEvent:
    """A death so many days after the procedure."""
    return DemoEvent("death", days_after(performed_on, days, precision), precision, "Died of the underlying cancer")
