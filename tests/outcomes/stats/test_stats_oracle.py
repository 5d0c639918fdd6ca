"""The kernel against R 4.2.2 on 32 random cohorts: ties, missing visits, tiny, constant and two-valued groups.

Each test says how many numbers it compared, and how often both R and we refused.
"""

from fractions import Fraction
from math import sqrt

import pytest
from oracle_cohorts import BASELINE, FOLLOW_UP, read_cohorts

from outcomes.stats.ancova import Moments, ancova, fit_of
from outcomes.stats.describe import quantile
from outcomes.stats.estimable import NotEstimable
from outcomes.stats.paired import friedman, signed_rank
from outcomes.stats.proportions import chi_squared
from outcomes.stats.ranks import dunn, kruskal_wallis, mann_whitney
from outcomes.stats.slopes import parallel_slopes

COHORTS = read_cohorts()
QUARTERS = (Fraction(1, 4), Fraction(1, 2), Fraction(3, 4))


def test_there_are_32_cohorts():
    assert len(COHORTS) == 32


@pytest.mark.parametrize("kind", range(1, 10))
def test_quartiles_of_all_nine_types_agree_with_r(kind, tally):
    """> quantile(baseline, c(.25, .5, .75), type = kind)"""
    for cohort in COHORTS:
        counts = cohort.counts(BASELINE)
        for p, said in zip(QUARTERS, cohort.r["quant"][kind - 1]["v"], strict=True):
            tally.number(f"{cohort.name} {p}", float(quantile(counts, p, kind)), said)
    assert tally.numbers == 96


def test_kruskal_wallis_of_the_visits_agrees_with_r(tally):
    """> kruskal.test(score ~ visit)"""
    for cohort in COHORTS:
        tally.result(cohort.name, kruskal_wallis(cohort.by_visit()), cohort.r["kw"], H="H", p="p", df="df")
    assert (tally.numbers, tally.refusals) == (90, 2)


def test_dunn_agrees_with_dunn_test_in_z_and_one_sided_p(tally):
    """> dunn.test(score, visit, method = "none")     # prints Z of the pair's first minus its second, P(Z >= |z|)"""
    for cohort in COHORTS:
        ours, said = dunn(cohort.by_visit()), cohort.r["dunn"]["none"]
        zs, ps, pairs = (listed(said[key]) for key in ("Z", "P", "comp"))
        if isinstance(ours, NotEstimable):
            assert set(zs) == {"NaN"}
            tally.refusals += 1
            continue
        ours = {f"{pair.a} - {pair.b}": pair for pair in ours}
        assert set(ours) == set(pairs)
        for z, p, pair in zip(zs, ps, pairs, strict=True):
            tally.number(f"{cohort.name} {pair} z", ours[pair].z, z)
            tally.number(f"{cohort.name} {pair} p", ours[pair].p_one_sided, p)
    assert (tally.numbers, tally.refusals) == (320, 2)


def test_dunn_agrees_with_rstatix_in_two_sided_p_and_holm(tally):
    """> rstatix::dunn_test(score ~ visit, p.adjust.method = "holm")     # its z is the second group minus the first"""
    for cohort in COHORTS:
        ours, said = dunn(cohort.by_visit()), cohort.r["dunn_rstatix_holm"]
        if "error" in said:
            assert isinstance(ours, NotEstimable)
            tally.refusals += 1
            continue
        for i, pair in enumerate(ours):
            assert (pair.a, pair.b) == (listed(said["g1"])[i], listed(said["g2"])[i])
            tally.number(f"{cohort.name} {pair.a}-{pair.b} z", -pair.z, listed(said["z"])[i])
            tally.number(f"{cohort.name} {pair.a}-{pair.b} p", pair.p, listed(said["p"])[i])
            tally.number(f"{cohort.name} {pair.a}-{pair.b} holm", pair.p_holm, listed(said["padj"])[i])
    assert (tally.numbers, tally.refusals) == (480, 2)


def listed(said):
    """R writes a vector of one as a bare value."""
    return said if isinstance(said, list) else [said]


@pytest.mark.parametrize(
    ("r_key", "attribute"), [("mwu_nocc", "p_normal"), ("mwu_cc", "p_normal_cc")], ids=["uncorrected", "corrected"]
)
def test_mann_whitney_agrees_with_r(r_key, attribute, tally):
    """> wilcox.test(score ~ group, exact = FALSE, correct = FALSE)     # and correct = TRUE"""
    for cohort in COHORTS:
        tally.result(cohort.name, follow_up_by_group(cohort), cohort.r[r_key], p=attribute)
    assert (tally.numbers, tally.refusals) == (28, 4)


def test_the_u_of_the_first_group_is_rs_w(tally):
    """> wilcox.test(score ~ group)$statistic"""
    for cohort in COHORTS:
        ours = follow_up_by_group(cohort)
        if not isinstance(ours, NotEstimable):
            tally.number(cohort.name, ours.U1, cohort.r["mwu_default"]["W"])
    assert tally.numbers == 28


def test_exact_mann_whitney_with_ties_agrees_with_coin(tally):
    """> coin::wilcox_test(score ~ factor(group), distribution = "exact")     # three cohorts are too large for ours"""
    too_large = []
    for cohort in COHORTS:
        ours = follow_up_by_group(cohort)
        if not isinstance(ours, NotEstimable) and ours.p_exact is None:
            too_large.append(cohort.name)
            assert ours.n1 + ours.n2 > 50
        else:
            tally.result(cohort.name, ours, cohort.r["mwu_exact_coin"], p="p_exact")
    assert (tally.numbers, tally.refusals, len(too_large)) == (25, 4, 3)


def follow_up_by_group(cohort):
    return mann_whitney(cohort.counts(FOLLOW_UP, group=0), cohort.counts(FOLLOW_UP, group=1), decimals=0)


@pytest.mark.parametrize(
    ("r_key", "names"),
    [
        ("sr_nocc", {"p": "p_normal"}),
        ("sr_cc", {"p": "p_normal_cc"}),
        ("sr_pratt_coin", {"p": "p_pratt", "z": "z_pratt"}),
        ("sr_wilc_exact", {"p": "p_exact_ties"}),
    ],
    ids=["zeros dropped", "zeros dropped, corrected", "Pratt", "exact with ties"],
)
def test_signed_rank_agrees_with_r(r_key, names, tally):
    """> wilcox.test(post, pre, paired = TRUE, exact = FALSE, correct = FALSE)     # and correct = TRUE
    > coin::wilcoxsign_test(post ~ pre, zero.method = "Pratt")
    > coin::wilcoxsign_test(post ~ pre, zero.method = "Wilcoxon", distribution = "exact")
    """
    for cohort in COHORTS:
        tally.result(cohort.name, signed_rank(cohort.differences(), decimals=0), cohort.r[r_key], **names)
    assert (tally.numbers, tally.refusals) == (27 * len(names), 5)


def test_the_rank_sum_of_the_increases_is_rs_v(tally):
    """> wilcox.test(post, pre, paired = TRUE)$statistic"""
    for cohort in COHORTS:
        ours = signed_rank(cohort.differences(), decimals=0)
        if not isinstance(ours, NotEstimable):
            tally.number(cohort.name, ours.W_plus, cohort.r["sr_default"]["V"])
    assert tally.numbers == 27


def test_friedman_of_the_complete_cases_agrees_with_r(tally):
    """> friedman.test(as.matrix(complete))"""
    for cohort in COHORTS:
        tally.result(cohort.name, friedman(cohort.rank_sums()), cohort.r["friedman"], Q="chi2", p="p", n="n")
    assert (tally.numbers, tally.refusals) == (81, 5)


@pytest.mark.parametrize(("r_key", "attribute"), [("chi_nocc", "p"), ("chi_cc", "p_yates")], ids=["Pearson", "Yates"])
def test_chi_squared_agrees_with_r(r_key, attribute, tally):
    """> chisq.test(table(group, score > middle), correct = FALSE)     # and correct = TRUE"""
    for cohort in COHORTS:
        tally.result(cohort.name, chi_squared(cohort.fourfold()), cohort.r[r_key], p=attribute)
    assert (tally.numbers, tally.refusals) == (24, 8)


def test_fishers_exact_test_agrees_with_r_and_an_empty_margin_is_refused_where_r_prints_1(tally):
    """> fisher.test(table(group, score > middle))"""
    for cohort in COHORTS:
        ours, said = chi_squared(cohort.fourfold()), cohort.r["fisher"]
        if isinstance(ours, NotEstimable):
            assert said.get("p", 1) == 1
            tally.refusals += 1
        else:
            tally.number(cohort.name, ours.fisher_p, said["p"])
    assert (tally.numbers, tally.refusals) == (24, 8)


ANCOVA = {"beta": "diff", "se": "se", "p": "p", "F": "F", "F3": "F", "slope": "baseline_slope", "df": "df"}


def test_ancova_agrees_with_r(tally):
    """> summary(lm(post ~ pre + group)); car::Anova(fit, type = 2); car::Anova(fit, type = 3)"""
    for cohort in COHORTS:
        tally.result(cohort.name, ancova(cohort.moments()), cohort.r["ancova"], **ANCOVA)
    assert (tally.numbers, tally.refusals) == (23 * 7, 9)


def test_adjusted_means_agree_with_emmeans(tally):
    """> emmeans(lm(post ~ pre + group), "group")

    emmeans takes a covariate of two values for a factor and averages it half and half; moved there, ours agree too.
    """
    for cohort in COHORTS:
        ours, said = ancova(cohort.moments()), cohort.r["ancova"]
        if isinstance(ours, NotEstimable):
            assert "error" in said
            tally.refusals += 1
            continue
        before = [pre for pre, _, _ in cohort.pairs()]
        mean = sum(before) / len(before)
        middle = (min(before) + max(before)) / 2 if len(set(before)) == 2 else mean
        for level in (0, 1):
            moved = ours.adjusted_means[str(level)] + ours.baseline_slope * (middle - mean)
            tally.number(f"{cohort.name} mean {level}", moved, said["adj"][level])
            se = ours.adjusted_ses[str(level)] if middle == mean else se_of_prediction(cohort, level, middle)
            tally.number(f"{cohort.name} se {level}", se, said["adjse"][level])
    assert (tally.numbers, tally.refusals) == (92, 9)


def se_of_prediction(cohort, group, pre):
    """sqrt(error (1 / n + a' inverse a)), a what lies between the point and the means."""
    fit, pairs = fit_of(cohort.moments()), cohort.pairs()
    away = group - fit.share, Fraction(pre) - Fraction(sum(pair[0] for pair in pairs), len(pairs))
    leverage = sum(away[i] * away[j] * fit.inverse[i][j] for i in (0, 1) for j in (0, 1))
    return sqrt(fit.residual / fit.df * (Fraction(1, fit.n) + leverage))


def test_ancova_of_the_change_agrees_with_r(tally):
    """> lm(post - pre ~ pre + group)     # prints rounding noise for a perfect fit, which we refuse"""
    for cohort in COHORTS:
        ours, said = ancova(of_the_change(cohort.moments())), cohort.r["ancova_change"]
        tally.result(
            cohort.name, ours, cohort.r["ancova"] if "error" in cohort.r["ancova"] else said, beta="diff", p="p"
        )
    assert (tally.numbers, tally.refusals) == (23 * 2, 9)


def of_the_change(moments):
    """The same moments with post replaced by post - pre."""
    (yy, yx, yg), (_, xx, xg), (_, _, gg) = moments.products
    y, x, g = moments.sums
    change = ((yy - 2 * yx + xx, yx - xx, yg - xg), (yx - xx, xx, xg), (yg - xg, xg, gg))
    return Moments(names=moments.names, decimals=moments.decimals, n=moments.n, sums=(y - x, x, g), products=change)


def test_the_test_of_parallel_slopes_agrees_with_r(tally):
    """> anova(lm(post ~ pre + group), lm(post ~ pre * group))"""
    for cohort in COHORTS:
        tally.result(cohort.name, parallel_slopes(cohort.moments_by_group()), cohort.r["ancova_int"], F="F", p="p")
    assert (tally.numbers, tally.refusals) == (38, 13)
