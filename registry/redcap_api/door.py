"""POST /redcap/api/: who asks, what for, and the answer."""

import json
from uuid import UUID

from django.http import FileResponse, HttpResponse
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.views import APIView

from registry.access import Profile, token_allows
from registry.models import Patient, Study
from registry.profiles import TABLES, rows_of
from registry.profiles.rows import permission_of
from registry.pseudonyms import codes_for
from registry.pulls import GIVEN, log_pull
from registry.redcap_api.asked import Asked, Form, FormInParts, read
from registry.redcap_api.changed import changed_between
from registry.redcap_api.contents import CONTENTS, VERSION
from registry.redcap_api.export import TYPES, WRITERS, Export
from registry.redcap_api.layout import Project
from registry.redcap_api.refusals import Forbidden, Refusal, say_no
from registry.throttle import one_at_a_time
from registry.tokens import TokenAuthentication

TOKEN_LENGTH = 32
TELLING = ("records", "filterLogic")
NO_DATES = (
    "A range of dates would tell when a patient was entered, which this token may not know. Leave dateRangeBegin and "
    "dateRangeEnd out; what changed since a pull is at /api/v1/changes/."
)


class TokenInTheForm(TokenAuthentication):
    """REDCap's way: the token is a field of the form."""

    def authenticate(self, request):
        text = request.data.get("token", "")
        if len(text) != TOKEN_LENGTH:
            raise AuthenticationFailed("Send an API token of Promontory, 32 characters, as `token`.")
        return self.user_of(text)


class RedcapView(APIView):
    """A study as a REDCap project, read-only: unmodified PyCap and REDCapR read it. Not part of the API's schema."""

    schema = None
    http_method_names = ["post"]
    authentication_classes = [TokenInTheForm]
    parser_classes = [Form, FormInParts]

    def get_exception_handler(self):
        return say_no

    def post(self, request):
        asked = read(request.data)
        project = project_of(request.user)
        if asked.content == "version":
            return HttpResponse(VERSION, content_type="text/plain; charset=utf-8")
        if asked.content == "record":
            return exported(request, project, asked)
        rows = CONTENTS[asked.content](project, asked)
        return listed(rows, asked)


def project_of(user) -> Project:
    """The study that the token names, in the token's profile."""
    token = user.token
    permission = permission_of(user)
    if not token_allows(token, permission):
        raise Forbidden("This token may not read rows: it needs the scope read:rows or pull:rows.")
    if token.study_id is None:
        raise Forbidden(
            "A token for REDCap's programs names one study, which they read as a project: ask for such a one."
        )
    study = Study.objects.visible_to(user, permission).select_related("schedule").filter(pk=token.study_id).first()
    if study is None:
        raise Forbidden("You may not read the rows of this study at any site.")
    return Project(study, Profile(token.profile), user=user, permission=permission)


def exported(request, project: Project, asked: Asked) -> FileResponse:
    """The records that were asked for, as a file: sent when it is whole, and logged before that."""
    refuse_dates(project, asked)
    export = Export(project, asked)
    with one_at_a_time(request.user.token):
        file = export.written(names_of(project, asked))
    size = file.tell()
    file.seek(0)
    log_pull(
        request, user=request.user, profile=project.profile, rows=export.count, size=size, status=200,
        sites=export.sites, filters=told_of(asked),
    )  # fmt: skip
    return FileResponse(file, content_type=TYPES[asked.format], headers={"Content-Length": size})


def refuse_dates(project: Project, asked: Asked) -> None:
    """Where no date leaves, none is guessed either: whoever halves a range of dates finds the second of an entry."""
    if project.profile is Profile.SAFE_HARBOR and (asked.begins is not None or asked.ends is not None):
        raise Refusal(NO_DATES)


def told_of(asked: Asked) -> dict[str, str]:
    """What was asked for, as the log keeps it: without the token, and without what says who somebody is."""
    lists = {name: ", ".join(values) for name, values in asked.lists.items() if values}
    said = {name: value for name, value in asked.said.items() if value and name != "token"} | lists
    return {name: GIVEN if name in TELLING else value[:200] for name, value in said.items()}


def names_of(project: Project, asked: Asked) -> list[tuple[str, UUID]]:
    """(record id, patient's id) of the patients who were asked for, in the order of the record ids.

    The record id is the study number; where the token reads several sites, behind the site's code. A recipient who may
    not know it gets the code of the patient.
    """
    patients = rows_of(TABLES["patients"], project.user, project.profile).filter(study=project.study)
    if asked.begins is not None or asked.ends is not None:
        patients = patients.filter(pk__in=changed_between(asked.begins, asked.ends, project.study))
    found = list(patients.select_related("site").only("pk", "study_number", "site__code"))
    names = record_ids(project, found)
    wanted = asked.lists["records"]
    return sorted((name, pk) for pk, name in names.items() if wanted is None or name in wanted)


def record_ids(project: Project, patients: list[Patient]) -> dict[UUID, str]:
    if not project.shows_identifiers:
        return codes_for(project.user, patients)
    several = len(project.sites) > 1
    return {each.pk: f"{each.site.code}-{each.study_number}" if several else each.study_number for each in patients}


def listed(rows: list[dict], asked: Asked) -> HttpResponse:
    """Rows about the project; the project itself is one object where JSON is asked for."""
    if asked.format == "json":
        body = json.dumps(rows[0] if asked.content == "project" else rows)
    else:
        delimiter = asked.delimiter
        body = "".join(WRITERS[asked.format](list(rows[0]) if rows else [], (row.values() for row in rows), delimiter))
    return HttpResponse(body, content_type=TYPES[asked.format])
