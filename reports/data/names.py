"""Names of columns that every program can hold: unique, and legal where a format asks for it. Pure."""

import re
import unicodedata
from collections.abc import Iterable, Mapping

SEPARATOR = "_"


def unique(names: Iterable[str], *, longest: int | None = None, fold: bool = False) -> list[str]:
    """Each name once: of names that are the same, the later ones get _2, _3, ...; none is longer than `longest`."""
    taken: set[str] = set()
    found = []
    for name in names:
        kept = next(each for each in variants(name, longest) if key_of(each, fold) not in taken)
        taken.add(key_of(kept, fold))
        found.append(kept)
    return found


def key_of(name: str, fold: bool) -> str:
    return name.casefold() if fold else name


def variants(name: str, longest: int | None) -> Iterable[str]:
    """The name, the name with _2, with _3, ..., each cut so that it fits."""
    yield name[:longest]
    number = 2
    while True:
        suffix = f"{SEPARATOR}{number}"
        yield (name if longest is None else name[: longest - len(suffix)]) + suffix
        number += 1


def wide_columns(manifest: Mapping) -> dict[tuple[str, ...], str]:
    """The columns of the wide file, in order: what each holds → its name.

    ("id",), ("site",), ("study",), ("covariate", name), ("score", instrument, timepoint), ("missing", instrument,
    timepoint), ("time", name), ("event", name), ("unit", name).
    """
    wanted: dict[tuple[str, ...], str] = {(name,): name for name in ("id", "site", "study")}
    wanted |= {("covariate", name): name for name in sorted(manifest["covariates"])}
    for instrument in instruments_in_order(manifest):
        for timepoint in timepoints_in_order(manifest):
            name = f"{instrument}_{timepoint}"
            wanted |= {("score", instrument, timepoint): name, ("missing", instrument, timepoint): f"{name}_missing"}
    for name in sorted(manifest["survival"]):
        wanted |= {(part, name): f"{name}_{part}" for part in ("time", "event", "unit")}
    return dict(zip(wanted, unique(wanted.values()), strict=True))


def instruments_in_order(manifest: Mapping) -> list[str]:
    """Every instrument that the studies ask for, in the order of the form, whether or not anybody has a value."""
    about = manifest["instruments"]
    return sorted(about, key=lambda name: (about[name].get("order", len(about)), name))


def timepoints_in_order(manifest: Mapping) -> list[str]:
    """Every timepoint of the schedules, in order; then those that only scores name."""
    planned = {timepoint["code"]: timepoint["order"] for timepoint in manifest["timepoints"]}
    met = {code for at in manifest["missing"].values() for code in at}
    return sorted(planned.keys() | met, key=lambda code: (planned.get(code, len(planned)), code))


def legal(name: str, *, longest: int, reserved: frozenset[str]) -> str:
    """The name in letters, digits and underscores that every program reads, beginning with a letter."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    kept = re.sub(r"[^A-Za-z0-9_]+", SEPARATOR, plain).strip(SEPARATOR)
    begun = kept if kept[:1].isalpha() else f"v{SEPARATOR}{kept}".rstrip(SEPARATOR)
    return f"{begun}{SEPARATOR}v"[:longest] if begun.casefold() in reserved else begun[:longest].rstrip(SEPARATOR)
