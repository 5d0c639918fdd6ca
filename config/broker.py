"""Redis asked directly, for a moment: whoever asks does not wait for one that hangs."""

import redis

PATIENCE = {"socket_timeout": 1, "socket_connect_timeout": 1}


def client(url: str) -> redis.Redis:
    """A client of the broker at a URL as Celery takes it; a socket is named in another way there."""
    return redis.Redis.from_url(url.replace("redis+socket://", "unix://").replace("virtual_host=", "db="), **PATIENCE)
