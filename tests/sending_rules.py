"""How each rule of the tables of what leaves a site is broken."""

from tests.registry.record import add_twin, set_columns


def broken_sendings() -> list:
    """(name of the rule, table, how it is broken, by what)."""
    twin, change = add_twin, set_columns
    return [
        ("a_spec_is_proposed_once", "outcomes_spec", twin, "{}"),
        ("who_decided_on_a_spec_is_known", "outcomes_spec", change, "status = 'proposed'"),
        ("who_decided_on_a_spec_is_known", "outcomes_spec", change, "decided_at = NULL"),
        ("an_approved_spec_has_a_level", "outcomes_spec", change, "levels = '{}'"),
        ("site_key_opens_before_it_closes", "outcomes_sitekey", change, "valid_to = valid_from - interval '1 day'"),
        ("one_key_in_use_per_site", "outcomes_sitekey", twin, '{"kid": "1111111111111111"}'),
        ("one_answer_per_release_and_level", "outcomes_sentbundle", twin, "{}"),
        ("a_bundle_left_or_was_withheld", "outcomes_sentbundle", twin,
         '{"level": "suppressed", "withheld": "disclosure-withheld"}'),
    ]  # fmt: skip
