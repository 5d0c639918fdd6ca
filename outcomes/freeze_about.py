"""What two freezes of a cohort say of themselves, side by side: its rule and its dictionary. Pure."""

import json
from collections.abc import Iterator, Mapping

# What a covariate or an instrument is; how many decimals or levels it has follows from the data.
MEANING = {
    "covariates": ("kind", "label", "unit", "labels", "where"),
    "instruments": ("version", "name", "unit", "minimum", "maximum", "step", "direction", "mcid", "status", "levels"),
}
CALLED = {"covariates": "variable", "instruments": "instrument"}


def said_first(old: Mapping, new: Mapping) -> list[str]:
    """In words: what changed of the cohort's rule, its studies and sites, and of what its columns mean."""
    return [*of_cohort(old, new), *of_timepoints(old, new), *of_dictionary(old, new)]


def of_cohort(old: Mapping, new: Mapping) -> Iterator[str]:
    was, now = old["cohort"], new["cohort"]
    if was["rule"] != now["rule"]:
        versions = f"version {was['version']} to version {now['version']}"
        yield f"The cohort's rule changed, {versions}: from {written(was['rule'])} to {written(now['rule'])}."
    elif was["version"] != now["version"]:
        yield f"The cohort went from version {was['version']} to version {now['version']}; its rule is the same."
    yield from sets("Criteria", *([each["criterion"] for each in side["flow"].get("steps", [])] for side in (old, new)))
    if was["name"] != now["name"]:
        yield f"The cohort is now called {now['name']}, before {was['name']}."
    for what in ("unit", "arm"):
        if old.get(what) != new.get(what):
            yield f"The {what} is now {new.get(what) or 'none'}, before {old.get(what) or 'none'}."
    yield from sets("Sites", old["sites"], new["sites"])
    yield from sets("Studies", *([each["slug"] for each in side["studies"]] for side in (old, new)))


def sets(what: str, old: list, new: list) -> Iterator[str]:
    if set(new) - set(old):
        yield f"{what} that came: {', '.join(sorted(set(new) - set(old)))}."
    if set(old) - set(new):
        yield f"{what} that went: {', '.join(sorted(set(old) - set(new)))}."


def of_timepoints(old: Mapping, new: Mapping) -> Iterator[str]:
    was, now = ({each["code"]: each for each in side["timepoints"]} for side in (old, new))
    yield from sets("Timepoints", list(was), list(now))
    for code in was.keys() & now.keys():
        yield from parts(f"The timepoint {code}", was[code], now[code], [*was[code]])


def of_dictionary(old: Mapping, new: Mapping) -> Iterator[str]:
    for kind, names in MEANING.items():
        was, now = old[kind], new[kind]
        yield from sets(f"{CALLED[kind].capitalize()}s", list(was), list(now))
        for name in sorted(was.keys() & now.keys()):
            yield from parts(f"The {CALLED[kind]} {name}", was[name], now[name], names)


def parts(what: str, was: Mapping, now: Mapping, names) -> Iterator[str]:
    for name in names:
        if was.get(name) != now.get(name):
            change = f"from {written(was.get(name))} to {written(now.get(name))}"
            yield f"{what} changed its {name.replace('_', ' ')} {change}."


def written(value) -> str:
    """Short JSON, as a person can read it."""
    return value if isinstance(value, str) else "nothing" if value is None else json.dumps(value, ensure_ascii=False)
