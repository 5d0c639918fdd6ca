"""The forest plot, its table and its sentence are of the same numbers; nothing of a site gets lost on the way."""

from dataclasses import replace
from math import exp, log

import pytest

from outcomes.stats.meta import SiteEffect, two_stage
from reports import wording
from reports.charts import in_print, marks
from reports.charts.model import Forest
from reports.forest import forest, forests
from reports.forest_words import stratified_sentences, two_stage_sentence, two_stage_table, unscaled
from tests.reports import examples
from tests.reports.charts.figures import forest_of, manifest, two_stages
from tests.reports.charts.test_print_and_page import printed, texts

RESULT = examples.result("pain-6w", "mannwhitney", {}, instrument="pain", timepoint="w6", by="group")
LOST = SiteEffect("west", None, None, 2, "one value alone has no spread")
SCALES = [
    {"name": "mean_difference", "scale": "identity"},
    {"name": "odds_ratio", "scale": "log"},
    {"name": "risk_difference", "scale": "identity"},
    {"name": "share", "scale": "logit", "null": None, "compared": []},
]
KINDS = ("site", "all", "next")


def of(figure, kind):
    return [strip for strip in figure.chart.strips if strip.kind == kind]


@pytest.mark.parametrize("about", SCALES, ids=lambda about: about["name"])
@pytest.mark.parametrize("many", [2, 3, 12, 30])
def test_every_site_and_every_summary_stands_in_page_and_print_alike(many, about):
    effect = two_stages(many, **about)
    figure = forest("f", RESULT, effect, manifest())
    assert isinstance(figure.chart, Forest)
    sites, whole, ahead = (of(figure, kind) for kind in KINDS)
    assert (len(sites), len(whole), len(ahead)) == (many, 2, int(many > 2))
    squares, *rest = figure.plot["data"]
    assert squares["x"] == [each["effect"]["estimate"] for each in effect["sites"]]
    diamonds = [trace for trace in rest if trace.get("fill") == "toself"]
    main = effect["summaries"]["reml"]["hartung_knapp"]
    assert diamonds[1]["x"][1] == main["estimate"] == effect["summaries"]["reml"]["estimate"]
    assert min(diamonds[0]["x"]) == effect["summaries"]["common_effect"]["normal"]["low"]
    assert printed(figure, marks.colour(0), "#ffffff") == many and printed(figure, marks.colour(1), "#000000") == 2
    words = texts(figure)
    for strip in figure.chart.strips:
        assert strip.words in words and strip.weight in [*words, ""] and strip.n in [*words, ""]
        assert strip.words.replace("\N{NO-BREAK SPACE}", " ") in figure.alt


@pytest.mark.parametrize("about", SCALES, ids=lambda about: about["name"])
def test_totals_table_sentence_and_plot_are_one_summary(about):
    """Each number of the picture is found again, as it is written there, in the table and in the sentence."""
    effect = two_stages(5, LOST, **about)
    figure, table = (made(effect) for made in (lambda e: forest("f", RESULT, e, manifest()),
                                               lambda e: two_stage_table(RESULT, e, manifest())))  # fmt: skip
    told = two_stage_sentence(RESULT, effect, manifest())
    cells = {row.head: [cell.text for cell in row.cells] for group in table.groups for row in group.rows}
    for strip in of(figure, "site"):
        n, estimate, _, weight = cells[strip.label]
        assert (n, estimate, weight) == (strip.n, strip.words, strip.weight)
    assert cells["Common effect"][1] == of(figure, "all")[0].words
    models = [(row.head, row.cells[1].text) for row in table.groups[1].rows]
    (place,) = (at for at, (head, _) in enumerate(models) if head == "Random effects, REML")
    assert models[place + 1] == ("Hartung-Knapp", of(figure, "all")[1].words)
    limits = of(figure, "all")[1].words.split("(")[1].split(")")[0]
    assert limits in told and of(figure, "next")[0].words in told
    assert cells["Prediction interval, REML"][1] == of(figure, "next")[0].words
    assert cells["West"] == ["2", "one value alone has no spread", wording.ABSENT, wording.ABSENT]
    for words in (told, figure.caption):
        assert "West (n = 2: one value alone has no spread)" in words and "I\N{SUPERSCRIPT TWO}" in words


def test_weights_are_all_there_is_and_a_forgotten_one_is_seen():
    figure = forest_of(12)
    assert sum(strip.share for strip in of(figure, "site")) == pytest.approx(1)
    effect = two_stages(12)
    effect["summaries"]["reml"]["weights"].pop()
    with pytest.raises(ValueError, match="shorter"):
        forest("f", RESULT, effect, manifest())
    with pytest.raises(ValueError, match="shorter"):
        two_stage_table(RESULT, effect, manifest())


def test_a_larger_weight_is_a_larger_square():
    figure = forest_of(12)
    sizes = figure.plot["data"][0]["marker"]["size"]
    shares = [strip.share for strip in of(figure, "site")]
    assert [size for _, size in sorted(zip(shares, sizes, strict=True))] == sorted(sizes)


def test_an_interval_beyond_the_axis_ends_in_an_arrow_on_page_and_in_print_and_the_words_say_where_it_ends():
    far = forest_of(3, SiteEffect("far", 0.5, 400.0, 3))
    (strip,) = [each for each in far.chart.strips if each.label == "Far"]
    assert strip.low < far.chart.axis.low and strip.high > far.chart.axis.high
    assert strip.words == f"0.50 ({wording.fixed(strip.low, 2)} to {wording.fixed(strip.high, 2)})"
    beyond = next(trace for trace in far.plot["data"] if trace["name"] == "Beyond")
    assert {"triangle-left", "triangle-right"} == set(beyond["marker"]["symbol"])
    squares = far.plot["data"][0]
    assert (
        max(x + more for x, more in zip(squares["x"], squares["error_x"]["array"], strict=True)) <= far.chart.axis.high
    )
    assert "An arrow: the interval goes on" in far.caption and len(beyond["x"]) == printed(far, "#444444")
    assert "An arrow" not in forest_of(12).caption


@pytest.mark.parametrize(("scale", "shown"), [("log", exp), ("logit", lambda x: 100 / (1 + exp(-x)))])
def test_ratios_and_shares_are_marked_where_they_are(scale, shown):
    axis = forest_of(12, name="odds_ratio" if scale == "log" else "share", scale=scale).chart.axis
    assert len(axis.ticks) == len(axis.texts) > 1
    assert [float(text) for text in axis.texts] == pytest.approx([shown(tick) for tick in axis.ticks])


def test_sites_that_lie_close_still_have_marks_on_the_axis():
    sites = [SiteEffect(f"s{place}", log(1.30) + place / 1000, 1e-5, 90) for place in range(4)]
    effect = two_stages(2, name="hazard_ratio", scale="log", null=None) | two_stage(sites).payload()
    axis = forest("f", RESULT, effect, manifest()).chart.axis
    assert len(axis.ticks) > 1 and [float(text) for text in axis.texts] == pytest.approx([exp(at) for at in axis.ticks])


def test_a_difference_of_shares_is_told_in_percentage_points():
    effect = two_stages(3, name="risk_difference")
    assert unscaled(0.125, effect) == 12.5
    assert of(forest("f", RESULT, effect, manifest()), "site")[0].words.endswith(" pp")


def test_the_sentence_says_how_many_sites_which_model_and_which_interval():
    """By hand: sites 1, 2, 6 with variance 1: mean 3, tau2 6, se sqrt(7/3), t(2) = 4.3027, t(1) = 12.706; Q = 14."""
    sites = [SiteEffect(name, float(y), 1.0, 20) for name, y in (("east", 1), ("north", 2), ("south", 6))]
    effect = two_stages(2, name="mean_change") | two_stage(sites).payload()
    assert two_stage_sentence(RESULT, effect, manifest()) == (
        "Pain at 6 weeks by group: over 3 sites the mean change was 3.00 (random effects, REML, Hartung-Knapp "
        "95\N{NO-BREAK SPACE}% CI \N{MINUS SIGN}3.57 to 9.57; prediction interval for a further site "
        "\N{MINUS SIGN}33.68 to 39.68); I\N{SUPERSCRIPT TWO} 85.7 % (95 % CI 47.3 to 99.6 %), "
        "tau\N{SUPERSCRIPT TWO} 6.00 (0.90 to 275.49); Q = 14.00, df = 2, p < 0.001."
    )


def test_an_interval_made_narrow_by_sites_that_agree_too_well_is_told_with_the_wider_one():
    """1 and 1.2 with variance 1: q = 0.02, t(1) se = 12.706 sqrt(1/2) = 8.98, times sqrt(0.02) = 1.27."""
    sites = [SiteEffect("east", 1.0, 1.0, 20), SiteEffect("north", 1.2, 1.0, 20)]
    effect = two_stages(2, name="mean_change") | two_stage(sites).payload()
    figure, table = forest("f", RESULT, effect, manifest()), two_stage_table(RESULT, effect, manifest())
    for words in (two_stage_sentence(RESULT, effect, manifest()), figure.caption, table.notes[0].text):
        assert "differ less than chance" in words and "taken for 1 it is \N{MINUS SIGN}7.88 to 10.08" in words
    assert of(figure, "all")[1].words == "1.10 (\N{MINUS SIGN}0.17 to 2.37)"
    assert table.groups[1].rows[-1].head == "Hartung-Knapp, q taken for 1"
    apart = [SiteEffect(name, y, 1.0, 20) for name, y in (("east", 1.0), ("north", 9.0))]
    assert "chance" not in two_stage_sentence(RESULT, effect | two_stage(apart).payload(), manifest())


@pytest.mark.parametrize(
    ("name", "low"), [("risk_difference", "\N{MINUS SIGN}100.0"), ("cliffs_delta", "\N{MINUS SIGN}1.00")]
)
def test_a_limit_that_the_effect_cannot_have_is_not_shown(name, low):
    sites = [SiteEffect(site, y, 0.01, 20) for site, y in (("east", -0.9), ("north", 0.1), ("south", -0.5))]
    effect = two_stages(2, name=name) | two_stage(sites).payload()
    assert effect["summaries"]["reml"]["prediction"]["low"] < -1
    figure = forest("f", RESULT, effect, manifest())
    (ahead,) = of(figure, "next")
    assert ahead.low == -1.0 and ahead.words.startswith(low) and figure.chart.axis.low >= -1.2
    assert f"further site {low} to" in two_stage_sentence(RESULT, effect, manifest())


def test_where_there_is_no_second_stage_there_is_no_figure_and_the_reason_is_said():
    refused = {**two_stages(2, part="w6"), "not_estimable": "two stages need at least 2 sites with an estimate"}
    refused = {name: value for name, value in refused.items() if name not in ("summaries", "sites", "heterogeneity")}
    refused["without"] = [{"site": "west", "n": 2, "reason": "one value alone has no spread"}]
    assert forest("f", RESULT, refused, manifest()) is None
    assert forests("f", RESULT, {"effects": [refused, two_stages(3)]}, manifest())[0].id == "f-2"
    assert forests("f", RESULT, {"not_estimable": "it describes"}, manifest()) == []
    told = two_stage_sentence(RESULT, refused, manifest())
    assert "(6 weeks) in two stages: not estimable: two stages need" in told and "West (n = 2" in told
    table = two_stage_table(RESULT, refused, manifest())
    assert [row.head for group in table.groups for row in group.rows] == ["West"]


def test_estimates_that_are_all_the_same_have_the_usual_interval_and_say_so():
    alike = two_stages(3) | two_stage([SiteEffect(name, 1.0, 0.2, 9) for name in "abc"]).payload()
    figure = forest("f", RESULT, alike, manifest())
    assert of(figure, "all")[1].label == "Random effects, REML"
    assert "Hartung-Knapp" not in two_stage_sentence(RESULT, alike, manifest()).split(";")[0]


def test_tests_within_sites_are_told_each_with_its_p():
    payload = {"test": "van Elteren, stratified by site", "z": -1.5, "p": 0.13, "df": 1,
               "n": {"complex": 9, "simple": 8},
               "effect": {"name": "stratified_cliffs_delta", "estimate": -0.3, "low": -0.6, "high": 0.1}}  # fmt: skip
    (told,) = stratified_sentences(RESULT, payload, manifest())
    assert told.startswith("Pain at 6 weeks by group, within sites: Van Elteren, stratified by site: z = ")
    assert "p = 0.13" in told and "Cliff's delta, stratified" in told
    pairs = payload | {"pairs": [payload | {"a": "preop", "b": "w6", "p_holm": 0.26}]}
    assert stratified_sentences(RESULT, pairs, manifest())[1].endswith("Holm's adjusted p = 0.26.")
    contrasts = {"contrasts": [payload | {"timepoint": "w6"}, {"timepoint": "w6", "test": "x", "not_estimable": "no"}]}
    assert ["within sites, 6 weeks" in each for each in stratified_sentences(RESULT, contrasts, manifest())] == [
        True
    ] * 2
    assert stratified_sentences(RESULT, {"not_estimable": "no test"}, manifest()) == [
        "Pain at 6 weeks by group, within sites: no test."
    ]


def test_the_print_of_thirty_sites_fits_a_page_and_grey_tells_sites_from_all_of_them():
    width, height = in_print.size(forest_of(30))
    assert (width, height < 220) == (170, True)
    figure = forest_of(3)
    kinds = {trace.get("fill"): trace["name"] for trace in figure.plot["data"]}
    assert kinds["toself"].startswith("Random effects")  # by shape, not by colour alone
    shorter = replace(figure.chart, strips=figure.chart.strips[1:])
    assert in_print.sheet_of(shorter).height < in_print.sheet_of(figure.chart).height
