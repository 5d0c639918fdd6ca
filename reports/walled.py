"""By what the tables of reports belong to sites; see registry/walled.py."""

from registry.walled import Wall, at_every_site_of_it, with_its

WALLS: dict[str, Wall] = {
    "reports_document": at_every_site_of_it().sees(
        "reports_document", freeze_id="outcomes_freeze", job_id="registry_job", analysis_id="registry_job"
    ),
    "reports_documentfile": with_its("reports_documentfile", document_id="reports_document"),
    "reports_download": with_its("reports_download", file_id="reports_documentfile"),
    "reports_release": at_every_site_of_it().sees(
        "reports_release", freeze_id="outcomes_freeze", job_id="registry_job", supersedes_id="reports_release"
    ),
    "reports_releasefile": with_its("reports_releasefile", release_id="reports_release"),
    "reports_releaseagreement": at_every_site_of_it(),
}

WITHOUT_PATIENTS: dict[str, str] = {}
