"""The queue in PostgreSQL: ask, claim, heartbeat, finish, cancel, sweep.

A message that Redis loses costs seconds: the dispatcher rings again. A worker that dies loses its lease: another one
claims the job with a higher fence, and what the first one still brings is refused. A job that is cancelled is nobody's
any more: its worker loses it in the same way.
"""

import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

import structlog
from django.conf import settings
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.db.models import F, Q
from django.utils import timezone

from registry.errors import Problem, Refused, RegistryError
from registry.models import Job, User
from registry.walls import all_sites, at_sites

log = structlog.get_logger("promontory.jobs")
KEY_USED = "A2"
RING_AGAIN_AFTER = timedelta(seconds=5)


class NotClaimed(Exception):
    """Another worker holds the job, or it is over: there is nothing to do."""


class LostClaim(Exception):
    """The lease ran out and the job was claimed by another worker: this one's work must not be kept."""


class TooLate(RegistryError):
    """The job is not, or no longer, in a state in which that can be done."""


class JobFailed(Exception):
    """The job cannot be done, for a reason that its requester can read."""


def ask(*, kind: str, params: dict, site_ids: list[uuid.UUID], by: User, idempotency_key: str = "") -> Job:
    """Write a request for work, in the caller's transaction. The same idempotency key gives the same job; Refused where
    the job is beyond the asker's walls: of a site that another token is for, or at which the asker was once."""
    fields = {"kind": kind, "params": params, "site_ids": site_ids}
    if not idempotency_key:
        return Job.objects.create(requested_by=by, **fields)
    try:
        job, _ = Job.objects.get_or_create(requested_by=by, idempotency_key=idempotency_key, defaults=fields)
    except IntegrityError as error:
        raise key_used(idempotency_key) from error
    return job


def key_used(idempotency_key: str) -> Refused:
    """The key stands for another request already."""
    message = "This key was used for another request. Take a new one."
    return Refused([Problem(rule=KEY_USED, field="Idempotency-Key", value=idempotency_key, message=message)])


def lease() -> timedelta:
    """How long a worker may be silent before its job is given to another."""
    return timedelta(seconds=settings.JOB_LEASE_SECONDS)


def claim(job_id: uuid.UUID) -> Job:
    """Take a job that is waiting or whose lease has run out; NotClaimed where there is none to take."""
    now = timezone.now()
    free = Q(state=Job.State.QUEUED) | Q(state=Job.State.RUNNING, lease_until__lt=now)
    taken = Job.objects.filter(free, pk=job_id, attempts__lt=settings.JOB_MAX_ATTEMPTS).update(
        state=Job.State.RUNNING, lease_until=now + lease(), fence=F("fence") + 1, attempts=F("attempts") + 1,
        steps_done=0, steps_total=0, step="",
    )  # fmt: skip
    if not taken:
        raise NotClaimed(str(job_id))
    return Job.objects.select_related("requested_by").get(pk=job_id)


def held(job: Job):
    """The job's row, as long as it is still this worker's."""
    return Job.objects.filter(pk=job.pk, fence=job.fence, state=Job.State.RUNNING)


def heartbeat(job: Job, **fields) -> None:
    """Extend the lease; LostClaim where another worker has the job now."""
    if not held(job).update(lease_until=timezone.now() + lease(), **fields):
        raise LostClaim(str(job.pk))


def progress(job: Job, done: int, total: int, step: str) -> None:
    """Say how far the job is, for the page that waits for it."""
    heartbeat(job, steps_done=done, steps_total=total, step=step[:200])


def finish(job: Job) -> None:
    """Mark the job done. Call it in the transaction that writes the results: both or neither are kept."""
    over = {"state": Job.State.DONE, "finished_at": timezone.now(), "lease_until": None}
    if not held(job).update(**over, steps_done=F("steps_total"), step=""):
        raise LostClaim(str(job.pk))


def fail(job: Job, error: str) -> None:
    """Mark the job failed, with a reason in words."""
    if held(job).update(state=Job.State.FAILED, finished_at=timezone.now(), lease_until=None, error=error[:500]):
        log.warning("job failed", job=str(job.pk))


def keep_alive(job: Job, stop: threading.Event) -> None:
    """Extend the lease until told to stop: a long step is not a dead worker."""
    while not stop.wait(settings.JOB_LEASE_SECONDS / 4):
        try:
            with at_sites(job.site_ids):
                heartbeat(job)
        except LostClaim:
            break
        except DatabaseError as error:  # the database restarts: the lease outlives a short pause
            log.warning("no heartbeat", job=str(job.pk), error=type(error).__name__)
        finally:
            connection.close()


@contextmanager
def claimed(job_id: uuid.UUID) -> Iterator[Job]:
    """Hold a job while working on it, within the walls of its sites. NotClaimed where there is nothing to hold."""
    with all_sites("a worker takes a job"):
        job = claim(job_id)
    with at_sites(job.site_ids), kept(job):
        yield job


@contextmanager
def kept(job: Job) -> Iterator[None]:
    """Keep a claim while it is worked on, and say at the end how that went."""
    stop = threading.Event()
    beat = threading.Thread(target=keep_alive, args=(job, stop), daemon=True)
    beat.start()
    try:
        yield
    except LostClaim:
        log.warning("claim lost; the work is thrown away", job=str(job.pk), fence=job.fence)
    except JobFailed as error:
        fail(job, str(error))
    except MemoryError:  # Celery ends the whole worker for one that it sees
        log.error("out of memory; the attempt is given back", job=str(job.pk))
    finally:
        stop.set()
        beat.join()
        give_back(job)


def work(job_id: str, do: Callable[[Job], None]) -> None:
    """What every task is: hold the job and do it. Delivered twice, it is done once."""
    try:
        with structlog.contextvars.bound_contextvars(job=job_id), claimed(uuid.UUID(job_id)) as job:
            do(job)
    except NotClaimed:
        log.info("nothing to claim", job=job_id)


def give_back(job: Job) -> None:
    """Put a job that is still held back in the queue: whatever ended the work, it was not finished."""
    held(job).update(state=Job.State.QUEUED, sent_at=None, lease_until=None)


def cancel(*, job: Job, by: User) -> None:
    """Stop a job of one's own that waits or runs. Its worker notices when it next says how far it is; nothing is kept.

    TooLate where it is over. Who stopped it need not be told that it is over.
    """
    now = timezone.now()
    mine = Job.objects.filter(pk=job.pk, requested_by=by, state__in=Job.UNDER_WAY)
    if not mine.update(state=Job.State.CANCELLED, finished_at=now, noticed_at=now, lease_until=None):
        raise TooLate("This job is over already; there is nothing to stop.")


@transaction.atomic
def retry(*, job: Job, by: User) -> Job:
    """Ask once more for a job of one's own that failed or was stopped; a retry that has not failed is given back.

    It runs with the rights that the asker has then. TooLate where the job has not failed.
    """
    first = Job.objects.select_for_update().get(pk=job.pk, requested_by=by)
    if not first.has_failed:
        raise TooLate("This job has not failed; there is nothing to try again.")
    again = first.retries.exclude(state__in=(Job.State.FAILED, Job.State.CANCELLED)).first()
    notice(jobs=[first.pk], by=by)
    return again or Job.objects.create(
        kind=first.kind, params=first.params, site_ids=first.site_ids, requested_by=by, retry_of=first
    )


def notice(*, jobs: list[uuid.UUID], by: User) -> None:
    """Their requester has been shown that they are over."""
    over = Job.objects.filter(pk__in=jobs, requested_by=by, noticed_at=None).exclude(state__in=Job.UNDER_WAY)
    over.update(noticed_at=timezone.now())


def sweep() -> None:
    """Give up jobs that were tried too often; put those whose lease ran out back in the queue."""
    silent = Job.objects.filter(state=Job.State.RUNNING, lease_until__lt=timezone.now())
    waiting = Job.objects.filter(state=Job.State.QUEUED)
    error = (
        f"Stopped after {settings.JOB_MAX_ATTEMPTS} attempts that did not end. Give the job's id to the administrator."
    )
    given_up = (
        (silent | waiting)
        .filter(attempts__gte=settings.JOB_MAX_ATTEMPTS)
        .update(state=Job.State.FAILED, finished_at=timezone.now(), lease_until=None, error=error)
    )
    if given_up:
        log.warning("jobs given up", jobs=given_up)
    silent.update(state=Job.State.QUEUED, sent_at=None, lease_until=None)


def ring(publish: Callable[[str, str], None]) -> int:
    """Publish (task name, job id) for each waiting job that nobody was rung for lately; how many were rung."""
    now = timezone.now()
    quiet = Q(sent_at=None) | Q(sent_at__lt=now - RING_AGAIN_AFTER)
    with transaction.atomic():
        waiting = Job.objects.select_for_update(skip_locked=True).filter(quiet, state=Job.State.QUEUED)
        jobs = list(waiting.order_by("created_at").values_list("pk", "kind")[:100])
        Job.objects.filter(pk__in=[pk for pk, _ in jobs]).update(sent_at=now)
    for pk, kind in jobs:
        publish(kind, str(pk))
    return len(jobs)
