"""By what the tables of outcomes belong to sites; see registry/walled.py."""

from registry.walled import DEFINED, Wall, at_every_site_of_it, at_its_site, with_its

STUDY = {"study_id": "outcomes_poolingstudy"}
RECEIVED = STUDY | {"contributor_id": "outcomes_contributor", "key_id": "outcomes_contributorkey"}

WALLS: dict[str, Wall] = {
    "outcomes_freeze": at_every_site_of_it(),
    "outcomes_freezename": with_its("outcomes_freezename", freeze_id="outcomes_freeze"),
    "outcomes_result": at_every_site_of_it().sees(
        "outcomes_result", freeze_id="outcomes_freeze", job_id="registry_job"
    ),
    "outcomes_spec": at_its_site(),
    "outcomes_specevent": at_its_site(),
    "outcomes_sentbundle": at_its_site().sees(
        "outcomes_sentbundle", spec_id="outcomes_spec", freeze_id="outcomes_freeze"
    ),
    "outcomes_sitekey": at_its_site(),
    "outcomes_sitekeyevent": at_its_site(),
    "outcomes_poolingstudy": at_its_site(),
    **{table: with_its(table, **STUDY) for table in ("outcomes_contributor", "outcomes_contributorevent",
                                                     "outcomes_pooling")},
    **{table: with_its(table, contributor_id="outcomes_contributor")
       for table in ("outcomes_contributorkey", "outcomes_contributorkeyevent")},
    **{table: with_its(table, **RECEIVED) for table in ("outcomes_receivedbundle", "outcomes_receivedbundleevent")},
    "outcomes_pooledresult": with_its("outcomes_pooledresult", pooling_id="outcomes_pooling"),
}  # fmt: skip

WITHOUT_PATIENTS: dict[str, str] = dict.fromkeys(
    ["outcomes_cohort", "outcomes_cohortevent", "outcomes_cohort_studies", "outcomes_plan", "outcomes_planevent"],
    DEFINED,
)
