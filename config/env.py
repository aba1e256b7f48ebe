"""Settings from the environment: each variable is read once, here, with its type."""

import os
from collections.abc import Mapping


class MissingSetting(Exception):
    """A variable that has no safe default is absent; the message names it."""


class Env:
    """A typed view of environment variables."""

    def __init__(self, values: Mapping[str, str]) -> None:
        self.values = values

    def text(self, name: str, default: str | None = None) -> str:
        value = self.values.get(name) or default
        if value is None:
            raise MissingSetting(f"{name} is not set; .env.example lists every variable.")
        return value

    def optional(self, name: str) -> str | None:
        return self.values.get(name) or None

    def flag(self, name: str, *, default: bool = False) -> bool:
        value = self.values.get(name, "")
        return value.lower() in {"1", "true", "yes", "on"} if value else default

    def number(self, name: str, default: int) -> int:
        value = self.values.get(name)
        return int(value) if value else default

    def words(self, name: str, default: str = "") -> list[str]:
        """A comma-separated list, blanks dropped."""
        return [word.strip() for word in self.text(name, default).split(",") if word.strip()]


env = Env(os.environ)
