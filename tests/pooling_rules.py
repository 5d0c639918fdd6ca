"""How each rule of the tables of a place that pools is broken."""

from tests.registry.record import add_twin, set_columns


def broken_poolings() -> list:
    """(name of the rule, table, how it is broken, by what)."""
    twin, change = add_twin, set_columns
    other = '{"release_id": "2", "sha256": "%s"}' % ("d" * 64)
    return [
        ("one_pooling_study_per_spec", "outcomes_poolingstudy", twin, '{"slug": "another"}'),
        ("one_contributor_per_code", "outcomes_contributor", twin, "{}"),
        ("one_key_per_kid", "outcomes_contributorkey", twin, "{}"),
        ("contributor_key_opens_before_it_closes", "outcomes_contributorkey", change, "valid_to = valid_from"),
        ("one_bundle_per_release", "outcomes_receivedbundle", twin,
         '{"status": "superseded", "sha256": "%s"}' % ("d" * 64)),
        ("one_bundle_per_content", "outcomes_receivedbundle", twin, '{"status": "superseded", "release_id": "2"}'),
        ("one_accepted_bundle_per_contributor", "outcomes_receivedbundle", twin, other),
        ("one_pooling_per_inputs", "outcomes_pooling", twin, "{}"),
        ("one_pooled_result_per_analysis", "outcomes_pooledresult", twin, "{}"),
    ]  # fmt: skip
