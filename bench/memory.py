"""How much memory this process has had."""

import resource
import sys


def most_resident() -> int:
    """The most that it ever had, in bytes."""
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else most * 1024


def peak_mb() -> float:
    return most_resident() / 2**20
