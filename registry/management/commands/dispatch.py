"""Rings the workers for waiting jobs, sweeps up after those that died, and asks for each night's work."""

import time

import redis
import structlog
from celery import current_app
from django.core.management.base import BaseCommand
from django.db import DatabaseError, connection
from django.utils import timezone
from kombu.exceptions import OperationalError

from registry import jobs
from registry.nightly import Clock

log = structlog.get_logger("promontory.dispatcher")
PAUSE_SECONDS = 0.2
# A waiting job is rung for again and again; a message that nobody took in this time is not worth taking.
RUNG_FOR_SECONDS = 30
# A broker that hangs must not hang the dispatcher: what was not rung now is rung again in five seconds.
IMPATIENT = {"socket_timeout": 2, "socket_connect_timeout": 2}


def publish(kind: str, job_id: str) -> None:
    """Ring once, without retry."""
    try:
        current_app.send_task(kind, args=[job_id], retry=False, expires=RUNG_FOR_SECONDS)
    except (OperationalError, redis.RedisError, OSError) as error:
        log.warning("the broker did not answer", job=job_id, error=type(error).__name__)


class Command(BaseCommand):
    help = "Publish the ids of waiting jobs to the workers. Runs until stopped; any number may run."

    def handle(self, **options):
        current_app.conf.broker_transport_options = current_app.conf.broker_transport_options | IMPATIENT
        clock = Clock(timezone.now)
        while True:
            try:
                clock.tick()
                jobs.sweep()
                jobs.ring(publish)
            except DatabaseError as error:
                log.warning("the database did not answer", error=type(error).__name__)
                connection.close()
            time.sleep(PAUSE_SECONDS)
