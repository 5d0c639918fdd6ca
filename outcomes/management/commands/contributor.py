"""Says who contributes to a pooling study, and with which key it signs."""

from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from outcomes.models import Contributor, ContributorKey, PoolingStudy
from outcomes.pooling.studies import add_contributor, add_key, revoke_key
from registry.actions.people import system_user
from registry.errors import RegistryError
from registry.strict_json import NotStrictJSON, read_json


class Command(BaseCommand):
    help = "Add a contributor to a pooling study, add a key of it, or revoke one; print its keys."

    def add_arguments(self, parser):
        parser.add_argument("study", help="the pooling study's slug")
        parser.add_argument("code", help="the site's code, as its bundles carry it")
        parser.add_argument("--name", default="", help="the site in words")
        parser.add_argument("--key", type=Path, metavar="FILE", help="what `manage.py site_key` printed at the site")
        parser.add_argument("--revoke", metavar="KID", help="take nothing more that this key signs")
        parser.add_argument("--reason", default="", help="why the key is revoked")

    def handle(self, *, study: str, code: str, name: str, key: Path | None, revoke: str | None, reason: str, **options):
        by = system_user()
        try:
            contributor = add_contributor(study=study_called(study), code=code, name=name, by=by)
            if key is not None:
                add_key(contributor=contributor, **key_in(key, code), by=by)
            if revoke:
                revoke_key(key=key_called(contributor, revoke), reason=reason, by=by)
        except RegistryError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{contributor.code}: {contributor.name}, contributes to {contributor.study.slug}")
        for each in contributor.keys.all():
            revoked = f", revoked {each.revoked_at:%Y-%m-%d}" if each.revoked_at else ""
            self.stdout.write(f"  key {each.kid}, from {each.valid_from:%Y-%m-%d}{revoked}")


def study_called(slug: str) -> PoolingStudy:
    found = PoolingStudy.objects.filter(slug=slug).first()
    if found is None:
        known = ", ".join(PoolingStudy.objects.values_list("slug", flat=True)) or "none"
        raise CommandError(f"There is no pooling study {slug}. Studies here: {known}.")
    return found


def key_called(contributor: Contributor, kid: str) -> ContributorKey:
    found = contributor.keys.filter(kid=kid).first()
    if found is None:
        raise CommandError(f"{contributor.code} has no key {kid}.")
    return found


def key_in(path: Path, code: str) -> dict:
    """The public key and what it is called: SITE KID KEY, as `manage.py site_key` prints it, or the same as JSON."""
    try:
        text = path.read_text("utf-8")
        said = read_json(text) if text.lstrip().startswith("{") else in_line(text)
    except (OSError, UnicodeDecodeError, NotStrictJSON) as error:
        raise CommandError(f"{path} cannot be read as a key: {error}") from error
    if not isinstance(said, dict) or not isinstance(said.get("public"), str):
        raise CommandError(f"{path} holds no key: a line SITE KID KEY is needed, as `manage.py site_key` prints it.")
    if said.get("site", code) != code:
        raise CommandError(f"{path} holds the key of {said['site']}, not of {code}.")
    return {name: said[name] for name in ("public", "kid") if name in said}


def in_line(text: str) -> dict:
    """The first line of what `manage.py site_key` prints; those after it are of keys that are no longer in use."""
    words = text.splitlines()[0].split() if text.strip() else []
    return dict(zip(("site", "kid", "public"), words, strict=True)) if len(words) == 3 else {}
