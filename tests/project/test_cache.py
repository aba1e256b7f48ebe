"""The cache may be away: nothing is remembered, and nothing fails."""

import pytest

from config.cache import ForgivingRedis, redis_py_url


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ("redis://cache:6379/0", "redis://cache:6379/0"),
        ("redis+socket:///run/v.sock?virtual_host=3", "unix:///run/v.sock?db=3"),
        ("redis+socket://%2Frun%2Fa%20b%2Fv.sock?virtual_host=1", "unix:///run/a b/v.sock?db=1"),
    ],
)
def test_the_queues_address_in_the_words_of_redis_py(given, wanted):
    assert redis_py_url(given) == wanted


def test_a_cache_that_is_away_answers_as_an_empty_one():
    cache = ForgivingRedis("unix:///nowhere/redis.sock?db=0", {})

    cache.set("a", 1)

    assert cache.get("a", "nothing") == "nothing"
    assert cache.add("a", 1) is True
    assert cache.get_many(["a"]) == {}
    assert cache.delete("a") is False
