"""Takes bundles in and adds up what counts: the same as the pages and the API do, at once and without a worker."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from outcomes.management.commands.contributor import study_called
from outcomes.models import Pooling, PoolingStudy
from outcomes.pooling.adding import add_up
from outcomes.pooling.receiving import import_bundle
from outcomes.pooling.refusals import BundleRefused
from outcomes.pooling.studies import make_study
from registry.actions.people import system_user
from registry.errors import RegistryError
from registry.models import Site


class Command(BaseCommand):
    help = (
        "Take bundles of a pooling study in and add up what counts. Prints who contributed what, and how exact each "
        "result is. A bundle that is refused changes nothing, and the command then fails after the others are in."
    )

    def add_arguments(self, parser):
        parser.add_argument("study", help="the pooling study's slug")
        parser.add_argument("files", nargs="*", type=Path, metavar="FILE", help="bundles, as export_bundle writes them")
        parser.add_argument("--spec", type=Path, metavar="FILE", help="make the study of this spec first; with --site")
        parser.add_argument("--site", metavar="CODE", help="the place that pools, where the study is made")

    def handle(self, *, study: str, files: Sequence[Path], spec: Path | None, site: str | None, **options):
        try:
            about = made(study, spec, site) if spec else study_called(study)
            refused = [line for path in files for line in self.take(about, path)]
            pooling = add_up(about, by=system_user())
        except RegistryError as error:
            raise CommandError(str(error)) from error
        for line in (*contributions(about), *outcomes_of(pooling)):
            self.stdout.write(line)
        if refused:
            raise CommandError(f"{len(refused)} of {len(files)} files were refused:\n" + "\n".join(refused))

    def take(self, study: PoolingStudy, path: Path) -> Iterator[str]:
        """Take one file in; why it is refused, where it is."""
        try:
            kept, is_new = import_bundle(study, path.read_bytes(), by=system_user())
        except OSError as error:
            raise CommandError(f"{path} cannot be read: {error.strerror}.") from error
        except BundleRefused as error:
            yield f"{path.name}: {error.message} [{error.problem_type}]"
        else:
            self.stdout.write(f"{path.name}: {'taken in' if is_new else 'here already'}, {kept.bundle_id}")


def made(slug: str, spec: Path, site: str | None) -> PoolingStudy:
    place = Site.objects.filter(code=site or "").first()
    if place is None:
        raise CommandError(f"There is no site {site}. --spec makes the study; --site says which place pools it.")
    try:
        return make_study(site=place, slug=slug, spec=spec.read_bytes(), by=system_user())
    except OSError as error:
        raise CommandError(f"{spec} cannot be read: {error.strerror}.") from error


def contributions(study: PoolingStudy) -> Iterator[str]:
    """A line for each contributor: its release, the level, whether it counts."""
    yield f"{'contributor':<16} {'release':<36} {'level':<10} {'rows':>6}  status"
    rows = {each.contributor_id: each for each in study.bundles.defer("content").filter(status="accepted")}
    for contributor in study.contributors.all():
        kept = rows.get(contributor.pk)
        if kept is None:
            yield f"{contributor.code:<16} {'nothing received':<36}"
            continue
        n = "" if kept.n is None else kept.n
        yield f"{contributor.code:<16} {kept.release_id:<36} {kept.level:<10} {n:>6}  {kept.status}"


def outcomes_of(pooling: Pooling) -> Iterator[str]:
    """A line for each result: exact or not, the level, how many bundles went into it."""
    results = list(pooling.results.order_by("place"))
    exact = sum(result.exact for result in results)
    yield f"Sum {pooling.digest}, level {pooling.level}: {exact} of {len(results)} results are exact."
    for result in results:
        words = "exact" if result.exact else result.payload.get("not_determined", "not exact")
        yield f"  {result.analysis_id:<40} {result.type:<24} {words}, {len(result.inputs)} bundles"
