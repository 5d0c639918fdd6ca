"""The same statistics by pandas, SciPy, scikit-posthocs and tableone. Runs in the peers' own venv.

python python_peer.py FOLDER REPEATS STEP: reads the arrays in the folder, prints one line of JSON.
"""

import gc
import json
import re
import sys
import warnings
from itertools import combinations
from pathlib import Path
from time import perf_counter

import numpy as np
import pandas as pd
import scikit_posthocs
from scipy import stats
from statsmodels.stats.multitest import multipletests
from tableone import TableOne

QUARTILES = (0.25, 0.5, 0.75)
LARGEST = 2**63 - 1  # scikit-posthocs sums the cubes of its ties in 64 bits


def main(argv):
    folder, repeats, step = Path(argv[0]), int(argv[1]), argv[2]
    warnings.simplefilter("ignore")
    about = json.loads((folder / "arrays.json").read_text("utf-8"))
    data = read(folder, about)
    work = {"scipy": lambda: race(data), "tableone": lambda: table_one(data)}[step]
    seconds = []
    for _ in range(repeats):
        gc.collect()
        began = perf_counter()
        found = work()
        seconds.append(perf_counter() - began)
    peak = round(int(re.search(r"VmHWM:\s+(\d+)", Path("/proc/self/status").read_text())[1]) / 1024, 1)
    parts = found.pop("seconds", {})
    sys.stdout.write(json.dumps({"seconds": seconds, "parts": parts, "found": found, "peak_mb": peak}) + "\n")


def read(folder, about):
    """Scores as floats, NaN where missing: what pandas and SciPy take."""
    shape = (len(about["instruments"]), len(about["timepoints"]), about["rows"])
    whole = np.fromfile(folder / "scores.i1", dtype=np.int8).reshape(shape)
    arm = np.fromfile(folder / "arm.i1", dtype=np.int8)
    scores = {key: dict(zip(about["timepoints"], whole[i], strict=True)) for i, key in enumerate(about["instruments"])}
    return {"scores": scores, "arm": arm, "arms": about["arms"]}


def race(data):
    """Every test of the overview, instrument by instrument; seconds by kind of statistic, of this run."""
    seconds, found = {}, {}

    def note(kind, name, work):
        began = perf_counter()
        found[name] = work()
        seconds[kind] = seconds.get(kind, 0.0) + perf_counter() - began

    arm = data["arm"]
    for key, at in data["scores"].items():
        codes = list(at)
        groups = {code: values[values >= 0] for code, values in at.items()}
        note("describe", f"{key}|describe", lambda groups=groups: {c: described(v) for c, v in groups.items()})
        note("describe", f"{key}|by arm", lambda at=at: {c: by_arm(v, arm) for c, v in at.items()})
        note("kruskal", f"{key}|kruskal", lambda groups=groups: list(stats.kruskal(*groups.values())))
        note("dunn", f"{key}|dunn", lambda groups=groups: dunn(groups))
        if sum_of_cubes(groups) > LARGEST:
            found.setdefault("overflown", []).append(key)
            found[f"{key}|dunn"] = dunn_in_floats(groups)
        note("friedman", f"{key}|friedman", lambda at=at: friedman(at))
        for code in codes[1:]:
            note("wilcoxon", f"{key}|{code}|wilcoxon", lambda at=at, c=code, f=codes[0]: signed_rank(at[f], at[c]))
        for code in codes:
            note("mannwhitney", f"{key}|{code}|mannwhitney", lambda v=at[code]: between(v, arm))
        if max(values.max() for values in at.values()) == 1:
            for code in codes:
                note("chi2", f"{key}|{code}|chi2", lambda v=at[code]: chi_squared(v, arm))
    return {"seconds": seconds, **found}


def described(values):
    return [len(values), values.mean(), values.std(ddof=1), *np.quantile(values, QUARTILES)]


def by_arm(values, arm):
    return [described(values[(values >= 0) & (arm == code)]) for code in (0, 1)]


def dunn(groups):
    p = scikit_posthocs.posthoc_dunn(list(groups.values()), p_adjust="holm").to_numpy()
    return [p[i, j] for i, j in combinations(range(len(groups)), 2)]


def sum_of_cubes(groups):
    return sum(int(tied) ** 3 for tied in np.bincount(np.concatenate(list(groups.values()))))


def dunn_in_floats(groups):
    """The formula itself, with Holm, where scikit-posthocs cannot cube the ties."""
    values, sizes = np.concatenate(list(groups.values())), np.array([len(group) for group in groups.values()])
    means = np.array([part.mean() for part in np.split(stats.rankdata(values), np.cumsum(sizes)[:-1])])
    tied, N = np.bincount(values).astype(float), float(len(values))
    spread = N * (N + 1) / 12 - (tied**3 - tied).sum() / (12 * (N - 1))
    pairs = list(combinations(range(len(sizes)), 2))
    z = [(means[i] - means[j]) / np.sqrt(spread * (1 / sizes[i] + 1 / sizes[j])) for i, j in pairs]
    return list(multipletests(2 * stats.norm.sf(np.abs(z)), method="holm")[1])


def friedman(at):
    wide = np.stack(list(at.values()))
    return list(stats.friedmanchisquare(*wide[:, (wide >= 0).all(axis=0)]))


def signed_rank(pre, post):
    both = (pre >= 0) & (post >= 0)
    change = post[both].astype(np.int16) - pre[both]
    return list(stats.wilcoxon(change, correction=False, method="asymptotic"))


def between(values, arm):
    a, b = (values[(values >= 0) & (arm == code)] for code in (0, 1))
    return list(stats.mannwhitneyu(a, b, use_continuity=False, method="asymptotic"))


def chi_squared(values, arm):
    known = (values >= 0) & (arm >= 0)
    table = pd.crosstab(arm[known], values[known]).to_numpy()
    return list(stats.chi2_contingency(table, correction=False)[:2])


def table_one(data):
    """Medians, quartiles and Kruskal-Wallis of every instrument by timepoint, as one table."""
    codes = list(next(iter(data["scores"].values())))
    columns = {key: np.concatenate(list(at.values())).astype(np.float32) for key, at in data["scores"].items()}
    long = pd.DataFrame(columns).where(lambda frame: frame >= 0)
    long["timepoint"] = np.repeat(codes, len(data["arm"]))
    names = list(columns)
    made = TableOne(
        long, columns=names, categorical=[], continuous=names, nonnormal=names, groupby="timepoint", pval=True
    )
    return {"rows": len(made.tableone)}


if __name__ == "__main__":
    main(sys.argv[1:])
