"""The faults, at random moments, while there is work."""

import random
import time
from collections import Counter

from redis import Redis

from bench.faults import counting
from bench.faults.workers import Crew
from bench.faults.worlds import World
from config.cache import redis_py_url
from config.settings import REDIS_URL

CHILD, WORKER, FLUSH = "child_kills", "worker_kills", "flushes"
PAUSES = (0.05, 1.5)  # seconds between two faults
LEFT = 0.2  # of the work: with less, there comes another wave


def strike(
    world: World, crew: Crew, children: int, workers: int, flushes: int, seed: int
) -> dict[str, int]:
    """How many of each there were."""
    chance = random.Random(seed)  # noqa: S311
    faults = [CHILD] * children + [WORKER] * workers + [FLUSH] * flushes
    chance.shuffle(faults)
    done = Counter[str]()
    while faults:
        time.sleep(chance.uniform(*PAUSES))
        crew.tend()
        if counting.open_work(world) < LEFT * world.branches * world.months:
            world.add_wave()
        if hit(crew, faults[-1], chance):
            done[faults.pop()] += 1
    return {CHILD: done[CHILD], WORKER: done[WORKER], FLUSH: done[FLUSH]}


def hit(crew: Crew, fault: str, chance: random.Random) -> bool:
    if fault == CHILD:
        return crew.kill_child(chance.randrange(100))
    if fault == WORKER:
        return crew.kill_worker(chance.randrange(100))
    flush()
    return True


def flush() -> None:
    Redis.from_url(redis_py_url(REDIS_URL)).flushall()
