"""Two stages: against metafor, PyMARE, statsmodels, a paper's BCG trials and numbers by hand; what must not matter."""

import json
from dataclasses import replace
from itertools import permutations
from math import exp, log

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from oracle_cohorts import ORACLE
from pymare.estimators import DerSimonianLaird, VarianceBasedLikelihoodEstimator
from scipy import stats
from statsmodels.stats.meta_analysis import combine_effects

from outcomes.stats.documents import canonical
from outcomes.stats.estimable import Interval, NotEstimable
from outcomes.stats.meta import METHODS, SiteEffect, two_stage

SETS = json.loads((ORACLE / "meta_sites.json").read_text())
METAFOR = json.loads((ORACLE / "meta_R.json").read_text())
NAMED = dict(zip(METHODS, ("EE", "DL", "PM", "REML"), strict=True))
RANDOM = METHODS[1:]
# Where statsmodels' steps for Paule-Mandel pass over the root and end at 0; metafor finds it.
PASSED_OVER = (11, 31, 37)
# Vaccinated with tuberculosis and without, not vaccinated with and without: the 13 trials of BCG.
BCG = [(4, 119, 11, 128), (6, 300, 29, 274), (3, 228, 11, 209), (62, 13536, 248, 12619), (33, 5036, 47, 5761),
       (180, 1361, 372, 1079), (8, 2537, 10, 619), (505, 87886, 499, 87892), (29, 7470, 45, 7232),
       (17, 1699, 65, 1600), (186, 50448, 141, 27197), (5, 2493, 3, 2338), (27, 16886, 29, 17825)]  # fmt: skip


def sites(y, v):
    return [
        SiteEffect(f"site {place:02}", one, spread, 10) for place, (one, spread) in enumerate(zip(y, v, strict=True))
    ]


def bcg():
    ratios = [log(a / (a + b) / (c / (c + d))) for a, b, c, d in BCG]
    spreads = [1 / a - 1 / (a + b) + 1 / c - 1 / (c + d) for a, b, c, d in BCG]
    return two_stage(sites(ratios, spreads))


@pytest.mark.parametrize("place", range(len(SETS)))
@pytest.mark.parametrize("method", METHODS)
def test_every_model_says_what_metafor_says(place, method):
    """> r <- rma(y, v, method = m, control = list(tol = 1e-13, threshold = 1e-13, maxiter = 1e5))
    > h <- rma(y, v, method = m, test = "knha", control = ...)     # Hartung-Knapp
    > r$b + c(-1, 1) * qt(.975, k - 2) * sqrt(r$tau2 + r$se^2)     # Higgins, Thompson & Spiegelhalter's prediction

    metafor 3.8-1, R 4.2.2, of 39 sets of 2 to 30 invented sites; tests/oracle/meta_R.json holds what it printed.
    """
    ours, theirs = two_stage(sites(**SETS[place])).summaries[method], METAFOR[place][NAMED[method]]
    told = {"tau2": ours.tau2, "estimate": ours.estimate, "se": ours.se, "p": ours.p, "i2": ours.i2, "h2": ours.h2}
    told |= {"low": ours.normal.low, "high": ours.normal.high}
    if method in RANDOM:
        told |= {"knha_low": ours.hartung_knapp.low, "knha_high": ours.hartung_knapp.high}
        told |= {"knha_p": ours.p_hartung_knapp}
        if isinstance(ours.prediction, Interval):
            told |= {"pi_low": ours.prediction.low, "pi_high": ours.prediction.high}
    known = {name: number for name, number in theirs.items() if name not in ("Q", "Qp")}
    assert told == pytest.approx(known, rel=1e-9, abs=1e-11)


@pytest.mark.parametrize("place", range(len(SETS)))
def test_the_limits_of_tau2_are_metafors_q_profile(place):
    """> confint(rma(y, v, method = "REML"), control = list(tol = 1e-13, tau2.max = 1e6))"""
    ours, theirs = two_stage(sites(**SETS[place])).heterogeneity, METAFOR[place]["tau2_limits"]
    assert (ours.q, ours.p) == pytest.approx((METAFOR[place]["EE"]["Q"], METAFOR[place]["EE"]["Qp"]), rel=1e-9)
    told = [ours.tau2_interval.low, ours.tau2_interval.high, ours.i2_interval.low, ours.i2_interval.high]
    assert told == pytest.approx([theirs[name] for name in ("low", "high", "i2_low", "i2_high")], rel=1e-6, abs=1e-10)


@pytest.mark.parametrize("place", range(len(SETS)))
def test_dersimonian_laird_and_reml_are_pymares(place):
    """PyMARE 0.0.13: DerSimonianLaird().fit(y, v=v), VarianceBasedLikelihoodEstimator(method="REML").fit(y, v=v)."""
    y, v = (np.array(SETS[place][name])[:, None] for name in "yv")
    ours = two_stage(sites(**SETS[place])).summaries
    for method, of in (("dersimonian_laird", DerSimonianLaird()), ("reml", VarianceBasedLikelihoodEstimator("REML"))):
        said = of.fit(y, v=v, X=np.ones_like(y)).params_
        assert ours[method].estimate == pytest.approx(said["fe_params"].item(), rel=1e-6, abs=1e-6)
        assert ours[method].tau2 == pytest.approx(np.asarray(said["tau2"]).item(), rel=1e-6, abs=1e-6)


@pytest.mark.parametrize("place", range(len(SETS)))
def test_dersimonian_laird_paule_mandel_and_hartung_knapp_are_statsmodels(place):
    """statsmodels 0.15: combine_effects(y, v, method_re="dl" and "pm").conf_int(use_t=True)[3] is Hartung-Knapp's."""
    y, v = (np.array(SETS[place][name]) for name in "yv")
    ours = two_stage(sites(**SETS[place])).summaries
    for method, name in (("dersimonian_laird", "dl"), ("paule_mandel", "pm")):
        said = combine_effects(y, v, method_re=name, atol=1e-12, maxiter=10_000)
        if said.tau2 <= 0:  # with which it then goes on
            assert ours[method].tau2 == 0 or (method == "paule_mandel" and place in PASSED_OVER)
            continue
        assert ours[method].tau2 == pytest.approx(said.tau2, rel=1e-6)
        assert ours[method].estimate == pytest.approx(said.mean_effect_re, rel=1e-6)
        told = ours[method].hartung_knapp
        assert (told.low, told.high) == pytest.approx(said.conf_int(use_t=True)[3], rel=1e-6, abs=1e-8)
    common = ours["common_effect"].normal
    assert (common.low, common.high) == pytest.approx(said.conf_int(use_t=False)[0], rel=1e-9)


def test_the_trials_of_bcg_are_as_the_textbooks_print_them():
    """Risk ratio 0.49 (0.34 to 0.70), tau2 0.313, I2 92 %, Q = 152.23 (df 12), tau2 from 0.12 to 1.11.

    Viechtbauer W. J Stat Softw 2010;36(3), its example with REML; common effect 0.65 (0.60 to 0.70).
    """
    told = bcg()
    restricted, common = told.summaries["reml"], told.summaries["common_effect"]
    shown = [exp(end) for end in (restricted.estimate, restricted.normal.low, restricted.normal.high)]
    assert [f"{each:.2f}" for each in shown] == ["0.49", "0.34", "0.70"]
    shown = [exp(end) for end in (common.estimate, common.normal.low, common.normal.high)]
    assert [f"{each:.2f}" for each in shown] == ["0.65", "0.60", "0.70"]
    assert f"{restricted.tau2:.4f} {restricted.i2:.4f} {restricted.h2:.2f}" == "0.3132 0.9222 12.86"
    limits, q = told.heterogeneity.tau2_interval, told.heterogeneity.q
    assert f"{limits.low:.4f} {limits.high:.4f} {q:.4f}" == "0.1197 1.1115 152.2330"
    assert f"{told.summaries['dersimonian_laird'].tau2:.4f}" == "0.3088"


def test_three_sites_by_hand():
    """y = 1, 2, 6, v = 1 each: mean 3, Q = 4 + 1 + 9 = 14, DL: (14 - 2) / (3 - 1) = 6 = sample variance 7 - 1; all
    estimators agree where the variances are alike. Then every weight is 1/7, se = sqrt(7/3), q = (14/7)/2 = 1.
    """
    told = two_stage(sites([1, 2, 6], [1, 1, 1]))
    assert (told.heterogeneity.q, told.heterogeneity.df) == (pytest.approx(14), 2)
    assert told.heterogeneity.p == pytest.approx(exp(-7))
    for method in RANDOM:
        one = told.summaries[method]
        assert (one.tau2, one.estimate, one.se, one.q) == pytest.approx((6, 3, (7 / 3) ** 0.5, 1))
        assert one.weights == pytest.approx([1 / 3] * 3) and sum(one.weights) == pytest.approx(1)
        assert one.hartung_knapp.high == pytest.approx(3 + stats.t.ppf(0.975, 2) * (7 / 3) ** 0.5)
        assert one.prediction.high == pytest.approx(3 + stats.t.ppf(0.975, 1) * (6 + 7 / 3) ** 0.5)


def test_hartung_knapp_is_given_as_it_is_and_with_the_rule_that_widens_it_each_by_its_name():
    """y = 1, 1.2, v = 1 each: tau2 0, se sqrt(1/2), q = 0.02, far below 1."""
    close = two_stage(sites([1, 1.2], [1, 1])).summaries["reml"]
    reach = stats.t.ppf(0.975, 1) * 0.5**0.5
    assert close.q == pytest.approx(0.02)
    assert close.hartung_knapp.high == pytest.approx(1.1 + reach * 0.02**0.5)
    assert close.hartung_knapp_adhoc.high == pytest.approx(1.1 + reach)
    assert close.hartung_knapp.method.endswith("q below 1 is left as it is")
    assert close.hartung_knapp_adhoc.method.endswith("q below 1 is taken for 1: yes")
    apart = bcg().summaries["reml"]
    assert apart.hartung_knapp_adhoc.method.endswith("q below 1 is taken for 1: no")
    assert (apart.hartung_knapp_adhoc.low, apart.q > 1) == (apart.hartung_knapp.low, True)


def test_reml_takes_the_highest_of_several_tops():
    """Restricted likelihood on a fine grid is nowhere above the one at our answer, for sets with few, unequal sites."""
    rng = np.random.default_rng(7)
    for _ in range(60):
        k = int(rng.integers(2, 6))
        y, v = rng.normal(0, 3, k), 10 ** rng.uniform(-3, 1, k)
        found = two_stage(sites(y.tolist(), v.tolist())).summaries["reml"].tau2
        grid = np.concatenate([[0.0], np.geomspace(1e-6, 1e3, 3000)])
        assert likelihood(y, v, found) >= max(likelihood(y, v, tau2) for tau2 in grid) - 1e-9


def likelihood(y, v, tau2):
    w = 1 / (v + tau2)
    mean = (w * y).sum() / w.sum()
    return -0.5 * (np.log(v + tau2).sum() + np.log(w.sum()) + (w * (y - mean) ** 2).sum())


numbers = st.tuples(st.floats(-5, 5), st.floats(1e-3, 10))


@settings(max_examples=40, deadline=None)
@given(pairs=st.lists(numbers, min_size=2, max_size=4))
def test_the_order_in_which_sites_come_changes_no_bit(pairs):
    given_ = [*sites(*zip(*pairs, strict=True)), SiteEffect("zz", None, None, 3, "nobody has both values")]
    wanted = canonical(two_stage(given_).payload())
    assert all(canonical(two_stage(other).payload()) == wanted for other in permutations(given_))


def test_a_site_without_an_estimate_is_listed_with_the_reason_and_has_no_weight():
    given_ = [*sites([1, 2, 3], [1, 1, 2]), SiteEffect("a", None, None, 4, "one pair has no spread")]
    given_ += [SiteEffect("b", 5.0, 0.0, 7), SiteEffect("c", None, None, 0), SiteEffect("d", float("nan"), 1.0, 2)]
    told = two_stage(given_)
    assert [(each.site, each.n, each.why_not) for each in told.without] == [
        ("a", 4, "one pair has no spread"),
        ("b", 7, "its variance is 0, which would give it all the weight"),
        ("c", 0, "no estimate"),
        ("d", 2, "no finite estimate"),
    ]
    assert (told.k, told.n, told.summaries) == (3, 30, two_stage(given_[:3]).summaries)


@pytest.mark.parametrize(("given_", "many"), [([], "none"), (sites([1], [1]), "1"), (sites([1, 2], [1, 0]), "1")])
def test_fewer_than_two_sites_are_refused_in_words(given_, many):
    assert two_stage(given_) == NotEstimable(f"two stages need at least 2 sites with an estimate, and there is {many}")


def test_what_cannot_be_said_is_refused_in_words():
    alike = two_stage(sites([2, 2], [1, 1]))
    assert alike.heterogeneity.q == 0 and alike.summaries["reml"].p_hartung_knapp is None
    assert "all the same" in alike.summaries["reml"].hartung_knapp.reason
    assert alike.summaries["reml"].hartung_knapp_adhoc.high > 2
    assert "more alike than chance" in alike.heterogeneity.tau2_interval.reason
    assert alike.summaries["reml"].prediction == NotEstimable("a prediction interval needs at least 3 sites")
    assert isinstance(alike.summaries["common_effect"].hartung_knapp, NotEstimable)
    with pytest.raises(ValueError, match="one estimate"):
        two_stage([SiteEffect("a", 1, 1, 1), SiteEffect("a", 2, 1, 1)])


@pytest.mark.parametrize("method", METHODS)
def test_a_site_that_is_forgotten_or_weighed_twice_is_seen(method):
    """The comparison with metafor bites: without one site, or with its variance halved, no model stays as it was."""
    whole, theirs = sites(**SETS[20]), METAFOR[20][NAMED[method]]["estimate"]
    halved = [replace(whole[0], variance=whole[0].variance / 2), *whole[1:]]
    for wrong in (whole[1:], halved):
        assert abs(two_stage(wrong).summaries[method].estimate - theirs) > 1e-4


def test_the_level_of_the_intervals_follows_alpha():
    wide, narrow = (two_stage(sites([1, 2, 6], [1, 1, 1]), alpha=alpha).summaries["reml"] for alpha in (0.01, 0.2))
    assert wide.normal.level == 0.99 and narrow.normal.level == 0.8
    assert wide.normal.low < narrow.normal.low and wide.prediction.high > narrow.prediction.high
