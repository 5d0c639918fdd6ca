"""The papers' printed figures, from invented rows that print them (tests/oracle/witness.json), and from counts."""

from collections import Counter
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

import pytest
from oracle_cohorts import moments_of, read_witness

from outcomes.stats.ancova import ancova
from outcomes.stats.describe import describe, quantile
from outcomes.stats.paired import signed_rank
from outcomes.stats.proportions import chi_squared, wilson
from outcomes.stats.ranks import kruskal_wallis, mann_whitney
from outcomes.stats.slopes import parallel_slopes

WITNESS = read_witness()
CLUNK = WITNESS["clunk_table2"]["rows"]


def printed(number, places):
    """Rounded half up from the decimal digits, as the papers' programs print."""
    return str(Decimal(repr(number)).quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP))


def quartiles(values, kind):
    return tuple(float(quantile(Counter(values), Fraction(k, 4), kind)) for k in (2, 1, 3))


@pytest.mark.parametrize(
    ("row", "simple", "everyone", "complex_"),
    [
        ("op_time", (124, 98, 187), (201, 124, 315), (315, 215, 425)),
        ("los", (1, 1, 6), (2.5, 1, 7), (4, 2, 8)),
        ("ebl", (50, 50, 150), (225, 50, 500), (500, 300, 650)),
    ],
)
def test_clunk_table_2_prints_stata_quartiles(row, simple, everyone, complex_):
    """. tabstat op_time, by(complex) statistics(median p25 p75)"""
    one, two = CLUNK[row]
    assert (quartiles(one, 2), quartiles(one + two, 2), quartiles(two, 2)) == (simple, everyone, complex_)


def test_the_default_quartiles_of_r_do_not_print_clunk_table_2():
    """> quantile(c(simple, complex), c(.5, .25, .75))     # type 7"""
    one, two = CLUNK["los"]
    assert quartiles(one + two, 7) != (2.5, 1, 7)


@pytest.mark.parametrize(("row", "p", "places"), [("op_time", "0.009", 3), ("ebl", "0.052", 3), ("los", "0.14", 2)])
def test_clunk_table_2_prints_the_uncorrected_rank_sum_p(row, p, places):
    """. kwallis op_time, by(complex)     # chi-squared with ties"""
    one, two = map(Counter, CLUNK[row])
    assert printed(kruskal_wallis({"simple": one, "complex": two}).p, places) == p
    check = WITNESS["clunk_table2"]["check"][row]
    compared = mann_whitney(one, two, decimals=0)
    assert compared.p_normal == pytest.approx(check["kw_p"], rel=1e-9)
    assert compared.p_exact == pytest.approx(check["mwu_exact_p"], rel=1e-9)
    assert compared.p_normal_cc == pytest.approx(check["R_default_wilcox_cc"], rel=1e-9)


def test_neither_the_exact_nor_the_corrected_p_prints_clunks_operating_time():
    compared = mann_whitney(*map(Counter, CLUNK["op_time"]), decimals=0)
    assert printed(compared.p_exact, 3) == "0.007"
    assert printed(compared.p_normal_cc, 3) == "0.011"


@pytest.mark.parametrize("score", ["VAS", "FMS"])
def test_gupta_tables_4_to_6_print_medcalc_quartiles(score):
    """MedCalc: "method B", type 5 of Hyndman & Fan."""
    rows, check = WITNESS[f"gupta_{score}"], WITNESS[f"gupta_{score}"]["check"]
    for when in ("pre", "post"):
        one, two = rows[f"noncancer_{when}"], rows[f"cancer_{when}"]
        for name, values in (("nc", one), ("ca", two), ("tot", one + two)):
            q1, median, q3 = check[f"{name}_{when}"]
            told = describe(Counter(values), missing=0, decimals=0)
            assert (told.q1_t5, told.median, told.q3_t5) == (q1, median, q3)


@pytest.mark.parametrize("score", ["VAS", "FMS"])
def test_gupta_tables_4_to_6_print_the_signed_rank_p_with_zeros_dropped(score):
    """> wilcox.test(post, pre, paired = TRUE, exact = FALSE, correct = FALSE)"""
    rows, check = WITNESS[f"gupta_{score}"], WITNESS[f"gupta_{score}"]["check"]
    arms = {"nc": "noncancer", "ca": "cancer"}
    changes = {
        short: [post - pre for pre, post in zip(rows[f"{arm}_pre"], rows[f"{arm}_post"], strict=True)]
        for short, arm in arms.items()
    }
    changes["total"] = changes["nc"] + changes["ca"]
    for name, values in changes.items():
        assert signed_rank(Counter(values), decimals=0).p_normal == pytest.approx(check[f"p_{name}"], rel=1e-9)


@pytest.mark.parametrize("score", ["VAS", "FMS"])
def test_gupta_tables_4_to_6_print_the_rank_sum_p_between_the_arms(score):
    """> wilcox.test(noncancer, cancer, exact = FALSE, correct = FALSE)"""
    rows, check = WITNESS[f"gupta_{score}"], WITNESS[f"gupta_{score}"]["check"]
    for when in ("pre", "post"):
        compared = mann_whitney(Counter(rows[f"noncancer_{when}"]), Counter(rows[f"cancer_{when}"]), decimals=0)
        assert compared.p_normal == pytest.approx(check[f"p_between_{when}"], rel=1e-9)


def cox_rows():
    cox = WITNESS["cox_pathological_msts_total"]
    arms = (("sp", 0), ("psfs", 1))
    return [
        (post, pre, group)
        for arm, group in arms
        for pre, post in zip(cox[f"{arm}_pre"], cox[f"{arm}_post"], strict=True)
    ]


def test_coxs_ancova_prints_its_f_and_p():
    """> car::Anova(lm(post ~ pre + group), type = 2)     # F = 10.007, p = .0054, printed as .005"""
    said = WITNESS["cox_pathological_msts_total"]["ancova"]
    fit = ancova(moments_of(cox_rows()))
    assert printed(fit.p, 3) == "0.005"
    ours = [fit.F, fit.p, fit.baseline_slope, fit.diff, fit.se, fit.df]
    assert ours == pytest.approx([said[key] for key in ("F", "p", "slope", "beta", "se", "df")], rel=1e-9)
    assert list(fit.adjusted_means.values()) == pytest.approx(said["adj"], rel=1e-9)
    assert list(fit.adjusted_ses.values()) == pytest.approx(said["adjse"], rel=1e-9)


def test_coxs_two_arms_share_a_slope():
    """> anova(lm(post ~ pre + group), lm(post ~ pre * group))     # F = 0.975"""
    by_group = {str(g): moments_of([row for row in cox_rows() if row[2] == g]) for g in (0, 1)}
    said = WITNESS["cox_pathological_msts_total"]["ancova"]["Fint"]
    assert pytest.approx(said, rel=1e-9) == parallel_slopes(by_group).F


def test_coxs_plain_comparison_of_post_scores_is_the_unadjusted_p():
    said = WITNESS["cox_pathological_msts_total"]["t-test on post p"]
    assert ancova(moments_of(cox_rows())).unadjusted_p == pytest.approx(said, rel=1e-9)


FOURFOLD = [
    ("number of fractures 4/3 against 5/2", (4, 3, 5, 2), "0.58"),
    ("ablation 1 of 7 against 1 of 6, the missing one left out", (1, 6, 1, 5), "0.91"),
    ("thrombosis 1 of 7 against 0 of 7", (1, 6, 0, 7), "0.30"),
]


@pytest.mark.parametrize(("cells", "p"), [row[1:] for row in FOURFOLD], ids=[row[0] for row in FOURFOLD])
def test_clunk_prints_pearsons_chi_squared_without_correction(cells, p):
    """. tabulate ablation complex, chi2"""
    a, b, c, d = cells
    compared = chi_squared({"simple": {"yes": a, "no": b}, "complex": {"yes": c, "no": d}})
    assert printed(compared.p, 2) == p


@pytest.mark.parametrize("cells", [row[1] for row in FOURFOLD], ids=[row[0] for row in FOURFOLD])
def test_neither_yates_nor_fisher_prints_clunks_table_2(cells):
    """> chisq.test(t)$p.value; fisher.test(t)$p.value     # 1.000 each, three times over"""
    a, b, c, d = cells
    compared = chi_squared({"simple": {"yes": a, "no": b}, "complex": {"yes": c, "no": d}})
    assert (printed(compared.p_yates, 3), printed(compared.fisher_p, 3)) == ("1.000", "1.000")


def test_a_missing_ablation_counted_as_a_third_answer_does_not_print_clunks_p():
    table = {"simple": {"yes": 1, "no": 6, "unknown": 0}, "complex": {"yes": 1, "no": 5, "unknown": 1}}
    assert printed(chi_squared(table).p, 2) == "0.58"


@pytest.mark.parametrize(
    ("x", "n", "low", "high"),
    [(0, 53, "0.0", "6.8"), (42, 45, "82.1", "97.7"), (3, 5, "23.1", "88.2"), (1, 14, "1.3", "31.5")],
)
def test_wilson_intervals_of_the_papers_shares(x, n, low, high):
    """> prop.test(x, n, correct = FALSE)$conf.int     # 42 of 45: 0.8214340 0.9770680"""
    share = wilson(x, n)
    assert (printed(100 * share.low, 1), printed(100 * share.high, 1)) == (low, high)
