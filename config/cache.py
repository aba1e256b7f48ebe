"""The cache, in Redis: rate limits and nothing that could not be lost.

Where Redis is away, nothing is remembered and nothing fails: people sign in without limits for that
while, and the log says so.
"""

import logging
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from django.core.cache.backends.redis import RedisCache
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)


def redis_py_url(url: str) -> str:
    """`redis+socket://` is a dialect of the queue's library; redis-py says `unix://`."""
    if not url.startswith("redis+socket://"):
        return url
    parts = urlsplit(url)
    number = parse_qs(parts.query).get("virtual_host", ["0"])[0]
    return f"unix://{unquote(parts.netloc + parts.path)}?db={number}"


def forgiving(name: str, fallback: Callable[..., Any]) -> Callable[..., Any]:
    def method(self: RedisCache, *args: Any, **kwargs: Any) -> Any:
        try:
            return getattr(super(ForgivingRedis, self), name)(*args, **kwargs)
        except RedisError as error:
            logger.warning("the cache is out of reach: %s", type(error).__name__)
            return fallback(*args, **kwargs)

    return method


class ForgivingRedis(RedisCache):
    """Django's Redis cache that answers as an empty one would while Redis is away."""

    add = forgiving("add", lambda *_, **__: True)
    get = forgiving("get", lambda _key, default=None, **__: default)
    set = forgiving("set", lambda *_, **__: None)
    incr = forgiving("incr", lambda _key, delta=1, **__: delta)
    touch = forgiving("touch", lambda *_, **__: False)
    delete = forgiving("delete", lambda *_, **__: False)
    has_key = forgiving("has_key", lambda *_, **__: False)
    get_many = forgiving("get_many", lambda *_, **__: {})
    set_many = forgiving("set_many", lambda *_, **__: [])
    delete_many = forgiving("delete_many", lambda *_, **__: None)
