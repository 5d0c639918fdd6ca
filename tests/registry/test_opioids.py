"""Daily morphine milligram equivalents by the CDC table of 2022: its worked examples, and what it does not know."""

from decimal import Decimal
from fractions import Fraction

import pytest

from registry.opioids import CDC_2022, DailyMME, MMETable, OpioidLine, daily_mme


def line(drug, strength, units=None, **more):
    numbers = (None if each is None else Decimal(each) for each in (strength, units))
    return OpioidLine(drug=drug, **dict(zip(("strength", "units_per_day"), numbers, strict=True)), **more)


@pytest.mark.parametrize(
    ("lines", "mme"),
    [
        ([line("oxycodone", "10", "2")], 30),
        ([line("hydrocodone", "5", "4")], 20),
        ([line("fentanyl", "25", route="transdermal")], 60),
        ([line("oxycodone", "10", "2"), line("fentanyl", "25", route="transdermal")], 90),
        ([line("morphine", "15", "2"), line("hydromorphone", "2", "3")], 60),
        ([line("codeine", "30", "4")], 18),
        ([line("tramadol", "50", "4"), line("tapentadol", "50", "2")], 80),
        ([line("methadone", "5", "1"), line("oxymorphone", "10", "1")], Decimal("53.5")),
    ],
)
def test_the_factors_are_those_of_the_cdc_table_of_2022(lines, mme):
    """The first three are the guideline's own worked examples."""
    told = daily_mme(lines)
    assert (told.mme, told.max_prescribed, told.any_opioid, told.incomplete) == (mme, mme, True, False)
    assert told.table_version == "cdc_2022"


def test_ten_drugs_have_a_factor_and_the_source_is_named():
    assert len(CDC_2022.factors) == 10
    assert "2022" in CDC_2022.source
    assert {type(factor) for factor in CDC_2022.factors.values()} == {Decimal}


def test_a_patch_counts_by_its_rate_however_often_it_is_changed():
    once, often = line("fentanyl", "25", route="transdermal"), line("fentanyl", "25", "0.33", route="transdermal")
    assert daily_mme([once]).mme == daily_mme([often]).mme == 60
    assert daily_mme([once, once]).mme == 120, "two worn at once are two lines"


def test_sums_are_exact():
    told = daily_mme([line("codeine", "7.3", "3")] * 10)
    assert Fraction(told.mme) == 10 * Fraction("7.3") * 3 * Fraction("0.15")


def test_nobody_without_a_line_has_an_opioid_and_their_dose_is_0():
    assert daily_mme([]) == DailyMME(
        mme=Decimal(0), max_prescribed=Decimal(0), any_opioid=False, reasons=(), table_version="cdc_2022"
    )


@pytest.mark.parametrize(
    ("unknown", "reason"),
    [
        (line("buprenorphine", "10", "1"), "buprenorphine (oral) has no factor in cdc_2022"),
        (line("levorphanol", "2", "3"), "levorphanol (oral) has no factor in cdc_2022"),
        (line("meperidine", "50", "3"), "meperidine (oral) has no factor in cdc_2022"),
        (line("morphine", "2", "6", route="parenteral"), "morphine (parenteral) has no factor in cdc_2022"),
        (line("fentanyl", "0.2", "4", route="buccal"), "fentanyl (buccal) has no factor in cdc_2022"),
        (line("fentanyl", "0.1", "4", route="intranasal"), "fentanyl (intranasal) has no factor in cdc_2022"),
        (line("aspirin", "100", "1"), "aspirin (oral) is not an opioid of the table, and has no factor in cdc_2022"),
        (line("oxycodone", None, "2"), "the strength of oxycodone is not known"),
        (line("oxycodone", "5"), "how much oxycodone a day was prescribed is not known"),
    ],
)
def test_one_line_that_is_not_known_leaves_the_sum_unknown_with_the_reason(unknown, reason):
    told = daily_mme([line("oxycodone", "10", "2"), unknown])
    assert (told.mme, told.max_prescribed, told.any_opioid, told.incomplete) == (None, None, True, True)
    assert told.reasons == (reason,)


def test_what_is_taken_as_needed_counts_by_the_documented_intake_and_its_most_stands_apart():
    told = daily_mme([line("oxycodone", "5", "6", prn=True, taken_per_day=Decimal(2))])
    assert (told.mme, told.max_prescribed) == (15, 45)


def test_what_is_taken_as_needed_without_documented_intake_is_never_taken_for_its_most():
    told = daily_mme([line("oxycodone", "5", "6", prn=True)])
    assert (told.mme, told.max_prescribed) == (None, 45)
    assert told.reasons == ("oxycodone is taken as needed, and how much is not documented",)


def test_another_table_gives_another_dose_and_says_its_version():
    older = MMETable.of(
        {
            "version": "cdc_2016",
            "source": "an older list",
            "factors": [{"drug": "hydromorphone", "route": "oral", "unit": "mg", "factor": "4"}],
            "without_factor": [],
        }
    )
    lines = [line("hydromorphone", "2", "3")]
    assert (daily_mme(lines, older).mme, daily_mme(lines).mme) == (24, 30)
    assert daily_mme(lines, older).table_version == "cdc_2016"


@pytest.mark.parametrize("name", ["Oxycodone", " oxycodone ", "OXYCODONE"])
def test_a_drugs_name_is_read_whatever_its_capitals(name):
    assert daily_mme([line(name, "10", "2")]).mme == 30


@pytest.mark.parametrize("wrong", [Decimal(-5), 5.0, Decimal("NaN"), Decimal("Infinity")])
def test_a_strength_that_is_no_exact_number_is_a_mistake(wrong):
    with pytest.raises(ValueError, match="strength of oxycodone"):
        OpioidLine(drug="oxycodone", strength=wrong, units_per_day=Decimal(2))
