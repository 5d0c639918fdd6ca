"""Figures printed from data that exist are never alarmed: whole papers, made up row by row and printed honestly."""

import random
from collections import Counter
from fractions import Fraction

import pytest

from outcomes.consistency.fourfold import p_variants
from outcomes.consistency.printed import Printed, decimal_text
from outcomes.consistency.quartiles import SHARES
from outcomes.stats.describe import quantile
from tests.outcomes.consistency.printed_figures import found, paper

ITEMS = ("pain", "function", "emotional_acceptance", "supports", "walking", "gait")


def printed_paper(seed: int) -> list[dict]:
    """Two groups and all of them: shares, items and totals, quartiles of one type, ages in bands, changes, a p."""
    draw = random.Random(seed)
    kind, places = draw.choice([1, 2, 4, 5, 6, 7, 8, 9]), draw.choice([0, 1, 2])
    sizes = {"a": draw.randint(2, 16), "b": draw.randint(2, 16)}
    people = {name: [person(draw) for _ in range(n)] for name, n in sizes.items()}
    people["all"] = people["a"] + people["b"]
    records = []
    for name, rows in people.items():
        records += [{"subgroup": name, **record} for record in printed_group(rows, kind, places)]
    (x1, n1), (x2, n2) = ((sum(one["vte"] for one in people[name]), len(people[name])) for name in ("a", "b"))
    variants = p_variants(x1, n1, x2, n2)
    if variants:
        text = f"{draw.choice(list(variants.values())):.3f}"
        records.append(
            {"variable": "vte", "subgroup": "all", **share(x1 + x2, n1 + n2), "comparator": "a vs b",
             "p": {"op": "=", "value": float(text), "text": text}}
        )  # fmt: skip
    return records


def person(draw: random.Random) -> dict:
    pre = [draw.randint(0, 3) for _ in ITEMS]
    return {
        "vte": draw.random() < 0.3,
        "sex": draw.choice(["female", "male"]),
        "age": draw.randint(40, 99),
        "fms": draw.randint(0, 5),
        "pre": pre,
        "final": [draw.randint(low, 5) for low in pre],
    }


def printed_group(rows: list[dict], kind: int, places: int):
    n = len(rows)
    yield {"variable": "n_patients", "n": n}
    yield {"variable": "vte", **share(sum(row["vte"] for row in rows), n)}
    for sex in ("female", "male"):
        count = share(sum(row["sex"] == sex for row in rows), n)
        yield {"variable": f"sex.{sex}", **{key: count[key] for key in ("n", "percent")}}
    for name, low, high in (("under_60", 0, 59), ("60_79", 60, 79), ("80_plus", 80, 200)):
        yield {"variable": f"age_band.{name}", **share(sum(low <= row["age"] <= high for row in rows), n)}
    yield {"variable": "age", **mean_sd([row["age"] for row in rows], 1), "n": n}
    yield {"variable": "fms", **quartiles([row["fms"] for row in rows], kind, places), "n": n}
    yield {"variable": "fms", "location": "Table 2", **mean_sd([row["fms"] for row in rows], 2), "n": n}
    for at in ("pre", "final"):
        for place, item in enumerate(ITEMS):
            mean = text_mean([row[at][place] for row in rows], 1)
            yield {"variable": f"msts_item.{item}", "timepoint": at, "mean": mean, "n_group": n}
        yield {
            "variable": "msts_total",
            "timepoint": at,
            "mean": text_mean([sum(row[at]) for row in rows], 1),
            "n_group": n,
        }
    change = Fraction(sum(sum(row["final"]) - sum(row["pre"]) for row in rows), n)
    points = {"variable": "msts_change_percent_points", "timepoint": "final - pre"}
    yield points | {"mean": decimal_text(100 * change / 30, 0)}


def share(x: int, n: int) -> dict:
    return {"n": x, "denominator": n, "percent": decimal_text(Fraction(100 * x, n), 0)}


def text_mean(values: list[int], places: int) -> str:
    return decimal_text(Fraction(sum(values), len(values)), places)


def mean_sd(values: list[int], places: int) -> dict:
    mean = Fraction(sum(values), len(values))
    variance = sum((value - mean) ** 2 for value in values) / (len(values) - 1)
    return {"mean": decimal_text(mean, places), "sd": f"{float(variance) ** 0.5:.{places}f}"}


def quartiles(values: list[int], kind: int, places: int) -> dict:
    return {name: decimal_text(quantile(Counter(values), p, kind), places) for name, p in SHARES.items()}


@pytest.mark.parametrize("seed", range(60))
def test_a_paper_that_prints_its_data_is_not_alarmed(seed):
    assert [one for one in found(paper(*printed_paper(seed))) if one[0] != "note"] == []


def test_the_same_papers_with_one_wrong_digit_are_alarmed():
    """The control: the last digit of one mean, percent or quartile moved by two."""
    raised = 0
    for seed in range(60):
        records, draw = printed_paper(seed), random.Random(seed)
        fields = [
            (record, name) for record in records for name in ("percent", "mean", "median")
            if name in record and record["variable"] != "age" and record["variable"] != "msts_change_percent_points"
        ]  # fmt: skip
        record, name = draw.choice(fields)
        right = Printed.of(record[name])
        record[name] = decimal_text(abs(right.value - 2 * right.ulp), right.places)
        raised += any(severity != "note" for severity, _, _ in found(paper(*records)))
    assert raised == 50
