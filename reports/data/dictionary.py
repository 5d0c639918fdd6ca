"""From a freeze's manifest: which variables each table has. Never from its rows. Pure."""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from outcomes.columns import ordered_levels
from reports.data.missing import REASON_LABELS
from reports.data.names import instruments_in_order, timepoints_in_order, wide_columns
from reports.data.variables import CATEGORY, CODE, NUMBER, TEXT, Variable
from reports.wording import heading, plain, within_text

YES_NO = {"0": "No", "1": "Yes"}
RECORDED = "registry"


def who(manifest: Mapping) -> tuple[Variable, ...]:
    """id, site and study: what every table of rows begins with, and together its key."""
    studies = {study["slug"]: study["name"] for study in manifest["studies"]}
    return (
        Variable(name="id", label="Row of the cohort", kind=TEXT, source=RECORDED),
        Variable(name="site", label="Site", kind=CODE, source=RECORDED),
        Variable(name="study", label="Study", kind=CODE, labels=studies, source=RECORDED),
    )


def is_of_the_patient(name: str, about: Mapping) -> bool:
    """Whether a covariate is typed once a patient, and not once a procedure."""
    return name == "sex" or about.get("where") == "study"


def covariate(name: str, about: Mapping) -> Variable:
    """A covariate as the dictionary describes it."""
    return Variable(
        name=name,
        label=label_of(about, name),
        kind=NUMBER if about["kind"] == "number" else CATEGORY,
        unit=about.get("unit") or "",
        decimals=about["decimals"],
        labels=codes_of(about),
        source=about.get("where") or RECORDED,
        note=about.get("note") or "",
    )


def codes_of(about: Mapping) -> dict[str, str]:
    """A covariate's codes and their words, numbers first; a level that the dictionary does not know stands for itself.

    In an order of its own: the database keeps none.
    """
    labels = about.get("labels") or {}
    known = [*ordered_levels(labels)]
    if about["kind"] == "category" and known:
        known += [level for level in about["levels"] or [] if level not in labels]
    return {code: labels.get(code, code) for code in known}


def timepoint_label(manifest: Mapping, code: str) -> str:
    return next((point["label"] for point in manifest["timepoints"] if point["code"] == code), plain(code))


def timepoint_labels(manifest: Mapping) -> dict[str, str]:
    return {code: timepoint_label(manifest, code) for code in timepoints_in_order(manifest)}


def instrument_labels(manifest: Mapping) -> dict[str, str]:
    return {key: manifest["instruments"][key]["name"] for key in instruments_in_order(manifest)}


def score(manifest: Mapping, instrument: str, timepoint: str, name: str, reason_in: str) -> Variable:
    """An instrument's value at one timepoint."""
    about = manifest["instruments"][instrument]
    return Variable(
        name=name,
        label=f"{about['name']}, {timepoint_label(manifest, timepoint)}",
        kind=NUMBER,
        unit=about["unit"],
        decimals=about["decimals"],
        labels=about["levels"] or {},
        minimum=about["minimum"],
        maximum=about["maximum"],
        reason_in=reason_in,
        source=f"instrument {instrument}",
        version=about["version"],
    )


def reason(name: str, of: str, **about: str) -> Variable:
    """Why there is no value; empty where there is one."""
    return Variable(name=name, label=f"Why missing: {of}", kind=CODE, labels=REASON_LABELS, **about)


def any_score(manifest: Mapping) -> Variable:
    """A value of whatever instrument its row names."""
    about = manifest["instruments"].values()
    ends = {
        end: str(reach((Decimal(each[end]) for each in about), default=0))
        for end, reach in (("minimum", min), ("maximum", max))
    }
    decimals = max((each["decimals"] for each in about), default=0)
    label = "Value; its range and unit stand in the table instruments"
    return Variable(name="value", label=label, kind=NUMBER, decimals=max(decimals, 1), reason_in="missing",
                    source=RECORDED, **ends)  # fmt: skip


def time(column: str, words: str, units: Sequence[str] = (), decimals: int = 8) -> Variable:
    return Variable(name=column, label=f"Time to {words}, or to the last that is known", kind=NUMBER, minimum="0",
                    unit=" or ".join(units), decimals=decimals, source=RECORDED)  # fmt: skip


def event(column: str, words: str) -> Variable:
    label = f"Whether the time ended in {words}"
    return Variable(name=column, label=label, kind=NUMBER, labels=YES_NO, source=RECORDED)


def unit(column: str, words: str) -> Variable:
    return Variable(name=column, label=f"Unit of the time to {words}", kind=CODE, source=RECORDED)


def any_time() -> tuple[Variable, ...]:
    """time, event and unit of whatever outcome their row names."""
    return time("time", "the event"), event("event", "the event"), unit("unit", "the event")


def time_to(manifest: Mapping, name: str, column: str) -> Variable:
    about = manifest["survival"][name]
    return time(column, outcome(manifest, name), about["units"], about["decimals"])


def outcome(manifest: Mapping, name: str) -> str:
    """What a time runs to, within a sentence."""
    return within_text(outcome_labels(manifest)[name])


def outcome_labels(manifest: Mapping) -> dict[str, str]:
    about = manifest["survival"]
    return {name: label_of(about[name], name) for name in sorted(about)}


def label_of(about: Mapping, name: str) -> str:
    """Its words in the dictionary; without any its name stands for itself."""
    label = about.get("label") or name
    return heading(name) if label == name else label


def of_an_instrument() -> tuple[Variable, ...]:
    """What the table of instruments says of each, by the manifest's keys."""
    texts = {"name": "Name", "version": "Version of the definition", "unit": "Unit",
             "direction": "Which way is better", "status": "Whether the definition is settled",
             "part_of": "The total of which it is an item"}  # fmt: skip
    numbers = {"minimum": "Smallest value", "maximum": "Largest value", "step": "Step",
               "mcid": "Smallest change that matters"}  # fmt: skip
    return (
        *(Variable(name=name, label=label, kind=TEXT, source=RECORDED) for name, label in texts.items()),
        *(Variable(name=name, label=label, kind=NUMBER, decimals=8, source=RECORDED)
          for name, label in numbers.items()),
        Variable(name="decimals", label="Digits after the point", kind=NUMBER, source=RECORDED),
    )  # fmt: skip


def of_a_timepoint() -> tuple[Variable, ...]:
    """What the table of timepoints says of each, by the manifest's keys."""
    return (
        Variable(name="label", label="Name", kind=TEXT, source=RECORDED),
        Variable(name="kind", label="Baseline or follow-up", kind=TEXT, source=RECORDED),
        Variable(name="order", label="Place in the schedule", kind=NUMBER, source=RECORDED),
        Variable(name="target_day", label="Day after the procedure", kind=NUMBER, unit="days", source=RECORDED),
        Variable(name="opens_on_day", label="First day that counts", kind=NUMBER, unit="days", source=RECORDED),
        Variable(name="closes_on_day", label="Last day that counts", kind=NUMBER, unit="days", source=RECORDED),
    )


def wide(manifest: Mapping) -> dict[tuple[str, ...], Variable]:
    """The variables of the wide file, by what each holds."""
    columns = wide_columns(manifest)
    made = {
        "covariate": lambda column, name: covariate(name, manifest["covariates"][name]).named(column),
        "score": lambda column, *at: score(manifest, *at, column, columns["missing", *at]),
        "missing": lambda column, *at: reason(
            column, score(manifest, *at, "", "").label, source=f"instrument {at[0]}",
            version=manifest["instruments"][at[0]]["version"],
        ),
        "time": lambda column, name: time_to(manifest, name, column),
        "event": lambda column, name: event(column, outcome(manifest, name)),
        "unit": lambda column, name: unit(column, outcome(manifest, name)),
    }  # fmt: skip
    first = {(variable.name,): variable for variable in who(manifest)}
    rest = {key: made[key[0]](column, *key[1:]) for key, column in columns.items() if len(key) > 1}
    return first | rest
