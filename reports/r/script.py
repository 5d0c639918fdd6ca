"""remake.R and expected.csv: every number of a report, to be computed again by somebody else's program.

The script is the .R files of this folder in order, then what the file cannot say of itself (timepoints, digits), then
the report's analyses as calls, then the comparison. It needs R and nothing else.
"""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields
from decimal import Decimal
from pathlib import Path

from outcomes.analyses import TYPES
from outcomes.columns import level_text
from reports.data.names import timepoints_in_order, wide_columns

HERE = Path(__file__).parent
# What the script consists of, in the order in which it is read.
PARTS = ("rows", "describe", "ranks", "paired", "tables", "survival", "incidence", "models", "over_time", "groups",
         "sites_and_times", "compare")  # fmt: skip
HEAD = """\
# {title}
#
# Computes every number of this report again, from the rows in csv/wide.csv, with base R and no package, and compares
# each with the one that the report shows (expected.csv). In the unzipped folder:
#
#     Rscript remake.R
#
# It writes remade.csv and prints, by type of analysis, how many numbers agree and how far they differ at most, then
# "N of N numbers agree". It ends with status 1 where any number differs. Where base R has a test (wilcox.test,
# kruskal.test, fisher.test, lm, ...) that test is used; what base R lacks is computed from its formula. The analyses
# that were asked for stand at the end, one call each.
#
# Data (freeze): {freeze}
# Plan: {plan}. Program: {program}.
"""
# What an entry says that is no argument of its analysis.
NOT_ASKED = ("id", "type", "beside")
LEVELS = ("group_level", "group_ref")
# What a condition names before the number that the score is held against.
WHICH_SCORE = ("instrument", "timepoint", "pre", "post")


def script(manifest: Mapping, results: Sequence[Mapping]) -> dict[str, bytes]:
    """remake.R and expected.csv of a report's results, to lie beside csv/wide.csv.

    manifest: the freeze's own. results: those that the same files tell, of the rows that they hold.
    """
    parts = [(HERE / f"{name}.R").read_text("utf-8") for name in PARTS]
    asked = [_about(manifest), _asked(manifest, results), _end()]
    return {
        "remake.R": "\n".join([_head(manifest, results), *parts, *asked]).encode(),
        "expected.csv": _expected(results),
    }


def _head(manifest: Mapping, results: Sequence[Mapping]) -> str:
    envelope = results[0]["envelope"] if results else {}
    cohort = manifest["cohort"]["name"].replace("\n", " ")
    said = {name: str(envelope.get(key, "unknown")).replace("\n", " ")
            for name, key in (("freeze", "freeze"), ("plan", "plan"), ("program", "program_version"))}  # fmt: skip
    return HEAD.format(title=f"{cohort}: the report's numbers, computed again", **said)


def _about(manifest: Mapping) -> str:
    """What the script must know of the cohort that its rows do not say."""
    timepoints = sorted((each["order"], each["code"]) for each in manifest["timepoints"])
    order = ", ".join(f"{text(code)} = {place}" for place, code in timepoints)
    in_order = timepoints_in_order(manifest)
    shown = ",\n  ".join(
        f"{text(key)} = {value([code for code in in_order if code in at])}"
        for key, at in sorted(manifest["missing"].items())
    )
    kinds = {name: about["kind"] for name, about in sorted(manifest["covariates"].items())}
    return "\n".join(
        [
            banner("What the file does not say of itself"),
            "# The most digits after the point of any score, covariate or time.",
            f"DIGITS <- {_digits(manifest)}",
            "SCALE <- 10^DIGITS",
            "# The schedule's timepoints with their order, and at which of them each instrument was asked of anybody.",
            f"TIMEPOINTS <- c({order})",
            f"SHOWN <- list(\n  {shown}\n)",
            "# The covariates that are numbers, and those that are levels.",
            f"NUMBERS <- {value([name for name, kind in kinds.items() if kind == 'number'])}",
            f"CATEGORIES <- {value([name for name, kind in kinds.items() if kind != 'number'])}",
            "# Columns that have another name than what they hold, as that name was taken.",
            f"RENAMED <- {value(_renamed(manifest))}",
            'ROWS <- read_rows(file.path("csv", "wide.csv"))',
            "",
        ]
    )


def _renamed(manifest: Mapping) -> dict[str, str]:
    """What a column holds -> its name, where another column has the name that one would look for."""
    ends = {"missing": "_missing", "time": "_time", "event": "_event"}
    return {
        "/".join((kind, *names)): column
        for (kind, *names), column in wide_columns(manifest).items()
        if names and kind != "unit" and column != "_".join(names) + ends.get(kind, "")
    }


def _digits(manifest: Mapping) -> int:
    found = [about["decimals"] for kind in ("instruments", "covariates", "survival")
             for about in manifest.get(kind, {}).values()]  # fmt: skip
    levels = (level for about in manifest["covariates"].values() for level in about["levels"] or ())
    return max([0, *found, *(_digits_of(level) for level in levels)])


def _digits_of(level: str) -> int:
    """The digits after the point of a level that is a number, written shortest."""
    whole, point, digits = level.partition(".")
    return len(digits) if point and whole.removeprefix("-").isdecimal() and digits.isdecimal() else 0


def _asked(manifest: Mapping, results: Sequence[Mapping]) -> str:
    """The report's analyses as calls."""
    calls = [f"remake({text(each['analysis_id'])},\n  {_call(each['entry'], manifest)})" for each in results]
    return "\n".join([banner("The analyses of this report"), "", *calls, ""])


def _call(entry: Mapping, manifest: Mapping) -> str:
    """An entry as the call of the function that is named as its type, the arguments in the type's own order."""
    order = [field.name for field in fields(TYPES[entry["type"]])]
    given = {key: part for key, part in entry.items() if key not in NOT_ASKED and part not in (None, {}, [])}
    asked = {key: given[key] for key in sorted(given, key=order.index)}
    asked |= {key: level_text(asked[key]) for key in LEVELS if key in asked}
    if "subset" in asked:
        asked["subset"] = {name: level_text(level) for name, level in asked["subset"].items()}
    if isinstance(asked.get("col"), Mapping):
        first = [name for name in WHICH_SCORE if name in asked["col"]]
        asked["col"] = {name: asked["col"][name] for name in dict.fromkeys((*first, *asked["col"]))}
    if entry["type"] in ("km", "logrank_by_site") and "survival" not in asked:
        asked["survival"] = _only_time(entry, manifest)
    return f"{entry['type']}({', '.join(f'{key} = {value(part)}' for key, part in asked.items())})"


def _only_time(entry: Mapping, manifest: Mapping) -> str:
    """The time to an event that an entry means without naming it."""
    return entry["times"] if isinstance(entry.get("times"), str) else next(iter(manifest["survival"]))


def _end() -> str:
    return "\n".join(
        [
            banner("The comparison"),
            'EXPECTED <- read.csv("expected.csv", encoding = "UTF-8", na.strings = "",',
            '                     colClasses = c("character", "character", "character", "numeric"))',
            "if (!compare_with_report(EXPECTED)) quit(status = 1)",
            "",
        ]
    )


def banner(words: str) -> str:
    return f"# ---- {words} ".ljust(120, "-")


def value(part: object) -> str:
    """A part of a plan's entry as R writes it."""
    if isinstance(part, str):
        return text(part)
    if isinstance(part, Mapping):
        return f"list({', '.join(f'{text(name)} = {value(each)}' for name, each in part.items())})"
    if isinstance(part, list | tuple):
        return f"c({', '.join(map(value, part))})" if part else "character(0)"
    return f"{Decimal(str(part)):f}"


def text(words: str) -> str:
    """A text as R reads it in any locale: what is not plain ASCII is written by its code point."""
    return '"' + "".join(_character(each) for each in words) + '"'


def _character(each: str) -> str:
    if each in '"\\':
        return f"\\{each}"
    return each if " " <= each <= "~" else f"\\U{{{ord(each):x}}}"


def _expected(results: Sequence[Mapping]) -> bytes:
    """Every number of every result: the analysis, its type, the path to the number, the number with all its digits."""
    file = io.StringIO()
    write = csv.writer(file, lineterminator="\n")
    write.writerow(("analysis", "type", "path", "value"))
    for each in results:
        write.writerows((each["analysis_id"], each["type"], *number) for number in numbers(each["payload"]))
    return file.getvalue().encode()


def numbers(part: object, above: tuple[str, ...] = ()) -> Iterator[tuple[str, str]]:
    """The path (names and places joined by "/", as JSON Pointer has it) and the digits of each number in a payload."""
    if isinstance(part, Mapping):
        for name, below in part.items():
            yield from numbers(below, (*above, str(name).replace("~", "~0").replace("/", "~1")))
    elif isinstance(part, list | tuple):
        for place, below in enumerate(part):
            yield from numbers(below, (*above, str(place)))
    elif isinstance(part, int | float) and not isinstance(part, bool):
        yield "/".join(above), repr(part) if isinstance(part, int) else f"{part:.17g}"
