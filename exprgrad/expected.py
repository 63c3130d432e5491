"""What Python code gives a public function, checked: a wrong argument is a UsageError that says what is expected."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from exprgrad.diagnostics import UsageError
from exprgrad.syntax.parser import normalized


def shown(x: Any) -> str:
    """How a message shows what was given; what cannot be shown by the name of its type."""
    try:
        return repr(x)
    except Exception:  # it is the caller's, or a number of too many digits
        return f"a value of the type {type(x).__name__}"


def name(x: Any) -> str:
    """A name as programs know it."""
    if not isinstance(x, str):
        raise UsageError(f"a name is a text, found {shown(x)}", hint='write "a"')
    return normalized(x)


def names(what: str, x: Any) -> tuple[str, ...]:
    """Some names; a text alone is one."""
    if isinstance(x, str):
        return (normalized(x),)
    try:
        found = None if isinstance(x, bytes) else tuple(x)
    except TypeError:  # as of an array without axes
        found = None
    if found is None:
        raise UsageError(f"{what} is a list of names, found {shown(x)}", hint='write ["a", "b"]')
    return tuple([name(item) for item in found])


def by_name(what: str, x: Any, example: str) -> dict[str, Any]:
    """Values by the names that programs know."""
    if not isinstance(x, Mapping) or not all(isinstance(key, str) for key in x):
        raise UsageError(f"{what} a mapping from names to numbers, found {shown(x)}", hint=example)
    found = {normalized(key): value for key, value in x.items()}
    if len(found) < len(x):
        raise UsageError(f"{what} names that are one when written alike, found {shown(x)}", hint="give each name once")
    return found


def flag(what: str, x: Any) -> bool:
    """True or False, also as numpy has them."""
    if type(x) is not bool and getattr(x, "dtype", None) != "bool":
        raise UsageError(f"{what} is True or False, found {shown(x)}")
    if getattr(x, "shape", ()) != ():
        raise UsageError(f"{what} is True or False, found an array")
    return bool(x)


def whole(what: str, x: Any, least: int) -> int:
    """A whole number from `least` on."""
    if not isinstance(x, int) or isinstance(x, bool) or x < least:
        raise UsageError(f"{what} is a whole number from {least} on, found {shown(x)}")
    return x


def shape(what: str, x: Any, example: str) -> tuple[int, ...]:
    """The shape of an array."""
    if not isinstance(x, tuple) or not all([type(size) is int and size >= 0 for size in x]):
        raise UsageError(f"{what} is a tuple of sizes", hint=example)
    return x


def choice(what: str, x: Any, choices: Iterable[str]) -> str:
    """One of some words."""
    words = tuple(choices)
    if not isinstance(x, str) or x not in words:
        hint = f"write one of {', '.join(words)}" if words else "there is none: leave it out"
        raise UsageError(f"{what} {shown(x)}", hint=hint)
    return x
