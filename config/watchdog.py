"""Ends a worker that stands still: messages wait in its queues, it does nothing, and it takes none.

After Redis was frozen or cut off a worker may stay alive and silent, on a connection that nothing comes from any more
(celery#10502). Whoever supervises it starts another; jobs wait in PostgreSQL, so none is lost by it.
"""

import os
import signal
import threading
import time
from collections.abc import Callable, Collection

import redis
import structlog
from celery import bootsteps
from celery.worker import state
from django.conf import settings

from config.broker import client

log = structlog.get_logger("promontory.worker")
LOOKS_EVERY = 0.5
STANDS_STILL_AFTER = 4.0
STARTS_WITHIN = 10.0
ENDS_WITHIN = 1.0


def messages_wait(queues: Collection[str]) -> bool:
    """Whether Redis answers, and holds messages that somebody should take."""
    try:
        with client(settings.REDIS_URL) as asked:
            return any(asked.llen(queue) for queue in queues)
    except (redis.RedisError, OSError):
        return False


class Stillness:
    """For how long messages have waited for a worker that did nothing and took none."""

    def __init__(self, waits: Callable[[], bool], now: Callable[[], float] = time.monotonic):
        self.waits, self.now = waits, now
        self.since, self.taken = None, 0

    def seconds(self) -> float:
        taken = sum(state.total_count.values())
        if state.active_requests or taken != self.taken or not self.waits():
            self.since, self.taken = None, taken
            return 0.0
        now = self.now()
        self.since = now if self.since is None else self.since
        return now - self.since

    def is_too_long(self) -> bool:
        """A worker that has taken nothing yet may still be starting."""
        return self.seconds() >= (STANDS_STILL_AFTER if self.taken else STARTS_WITHIN)


class Watchdog(bootsteps.StartStopStep):
    """A step of Celery's worker: a thread of its own, as the worker's loop may be what stands still."""

    def __init__(self, parent, **options):
        self.over = threading.Event()
        super().__init__(parent, **options)

    def start(self, parent) -> None:
        queues = list(parent.app.amqp.queues.consume_from)
        stillness = Stillness(lambda: messages_wait(queues))
        threading.Thread(target=watch, args=(stillness, self.over), daemon=True).start()

    def stop(self, parent) -> None:
        self.over.set()


def watch(stillness: Stillness, over: threading.Event) -> None:
    """Until the worker ends, or has to."""
    while not over.wait(LOOKS_EVERY):
        if stillness.is_too_long():
            log.error("the worker stands still beside waiting messages; it ends, and is started again")
            os.kill(os.getpid(), signal.SIGTERM)
            time.sleep(ENDS_WITHIN)
            os._exit(1)  # it did not hear
