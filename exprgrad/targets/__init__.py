"""What writes a program down for elsewhere: a printer, and for each language a table of what it spells otherwise."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Final

from exprgrad import expected
from exprgrad.lazy import later
from exprgrad.records import NamedTuple

if TYPE_CHECKING:
    from exprgrad.targets.target import Target


later(__name__, "printer", "python", "writing")


class Language(NamedTuple):
    """Where a target is: its module and class, and the endings of files in its language."""

    module: str
    target: str
    endings: tuple[str, ...]


TARGETS: Final[Mapping[str, Language]] = {
    "python": Language("python", "Python", (".py",)),
    "c": Language("c", "C", (".c",)),
    "javascript": Language("javascript", "JavaScript", (".js", ".mjs")),
}


def target_named(name: str) -> Target:
    """A new target, by its name. Raises a UsageError for a name that there is not."""
    expected.choice("unknown target", name, TARGETS)
    language = TARGETS[name]
    made: Target = getattr(import_module(f"exprgrad.targets.{language.module}"), language.target)()
    return made
