"""What the modules that work as PyTorch and as TensorFlow 1 do share: how they answer a call that is not in the model,
and a name that is not here."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterable, Mapping, Sequence
from importlib import import_module
from types import MappingProxyType
from typing import Any, Final

from exprgrad.diagnostics import AbsentName, ExprError, UsageError, meant
from exprgrad.ops import REGISTRY

GENERIC: Final = "write it with the operations that are here, or compute it in numpy and make the result a constant"


def checked(
    name: str, function: Callable[..., Any], aliases: Mapping[str, str] = MappingProxyType({})
) -> Callable[..., Any]:
    """A function whose arguments, where they do not fit its parameters, are a UsageError that shows these.

    `aliases` are second names of parameters."""

    @functools.wraps(function)
    def call(*operands: Any, **options: Any) -> Any:
        if options and not aliases.keys().isdisjoint(options):
            options = {aliases.get(key, key): value for key, value in options.items()}
        try:
            return function(*operands, **options)
        except TypeError as problem:
            trace = problem.__traceback__
            if isinstance(problem, ExprError) or trace is None or trace.tb_next is not None:
                raise
            what = str(problem).partition(") ")[2] or "cannot be called so"
        raise UsageError(f"{name}() {what}", hint=f"it is called {name}({_parameters(function)})")

    call.__name__ = call.__qualname__ = name
    return call


def checked_each(
    functions: Mapping[str, Callable[..., Any]], aliases: Mapping[str, str] = MappingProxyType({})
) -> dict[str, Callable[..., Any]]:
    """The same for functions by their names."""
    return {name: checked(name, function, aliases) for name, function in functions.items()}


def integer(x: Any, what: str) -> int:
    """A whole number, which a truth value is not."""
    if isinstance(x, bool) or not hasattr(x, "__index__"):
        raise UsageError(f"{what} is a whole number, found {x!r}", hint="give an int")
    return x.__index__()  # type: ignore[no-any-return]


def several(xs: Any, function: str, what: str) -> Sequence[Any]:
    """The operands of a function that takes them as a list."""
    if not isinstance(xs, list | tuple) or not xs:
        raise UsageError(f"{function} is of a list of {what} with at least one", hint=f"{function}([a, b])")
    return xs


def _parameters(function: Callable[..., Any]) -> str:
    """How a function is called: `input, dim=None, *, correction=1`."""
    plain = inspect.Parameter.empty
    signature = inspect.signature(function)
    shown = [p.replace(annotation=plain) for p in signature.parameters.values()]
    return str(signature.replace(parameters=shown, return_annotation=plain))[1:-1]


def by_name(sentences: Mapping[str, str]) -> dict[str, str]:
    """A sentence for each name, of one for several with blanks between."""
    return {name: sentence for names, sentence in sentences.items() for name in names.split()}


def no_such_name(owner: str, name: str, instead: Mapping[str, str], known: Iterable[str]) -> AttributeError:
    """The error for a name that is not here."""
    if name.startswith("_"):
        return AttributeError(f"{owner} has no attribute {name!r}")
    hint = instead[name] or GENERIC if name in instead else meant(name, known, GENERIC)
    return AbsentName(f"{owner} has no attribute {name!r}", hint=hint)


def lookups(
    owner: str,
    own: Mapping[str, Any],
    arrays: str,
    function: Callable[[str], Any],
    instead: Mapping[str, str],
    others: Iterable[str] = (),
) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """What finds a name of a module that works as its model, and what lists them all: its own, those of the module
    `arrays`, which is loaded when one is not its own, and operations by name; `others` are had elsewhere."""

    def of_arrays() -> Mapping[str, Any]:
        names: Mapping[str, Any] = import_module(arrays).NAMES
        return names

    def named(name: str) -> Any:
        if name in own:
            return own[name]
        if name in of_arrays():
            return of_arrays()[name]
        if name in REGISTRY.by_name:
            return function(name)
        raise no_such_name(f"module {owner!r}", name, instead, names())

    def names() -> list[str]:
        return sorted({*own, *others, *of_arrays(), *REGISTRY.by_name})

    return named, names


class Namespace:
    """Functions under a name of their own, as `torch.linalg`."""

    def __init__(self, name: str, functions: Mapping[str, Callable[..., Any]], instead: Mapping[str, str]) -> None:
        self.__dict__.update(checked_each(functions))
        self.__dict__["_name"] = name
        self.__dict__["_instead"] = instead

    def __getattr__(self, name: str) -> Any:
        raise no_such_name(self._name, name, self._instead, dir(self))

    def __dir__(self) -> list[str]:
        return sorted(name for name in self.__dict__ if not name.startswith("_"))


class LeftOut:
    """An attribute that objects of the model have and ours have not. (A `__getattr__` would make all others slower.)"""

    __slots__ = ("_hint", "_name")

    def __init__(self, name: str, hint: str) -> None:
        self._name = name
        self._hint = hint

    def __get__(self, instance: Any, owner: type) -> Any:
        raise AbsentName(f"{owner.__name__} has no attribute {self._name!r}", hint=self._hint)


def leave_out(kind: Any, instead: Mapping[str, str]) -> None:
    """Gives a class the names that it has not, with a sentence for each (see `by_name`). `dir` does not list them."""
    kind.__dir__ = _there
    for name, hint in by_name(instead).items():
        if not hasattr(kind, name):
            setattr(kind, name, LeftOut(name, hint or GENERIC))


def _there(x: Any) -> list[str]:
    kind = type(x)
    return [name for name in object.__dir__(x) if type(inspect.getattr_static(kind, name, None)) is not LeftOut]
