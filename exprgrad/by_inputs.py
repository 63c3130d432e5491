"""Derivatives of a result by the names of inputs: dicts that say what there is where something else is asked for."""

from __future__ import annotations

from typing import Any, NoReturn

from exprgrad import expected
from exprgrad.diagnostics import ResultProblem, listed


class ByInput(dict[str, Any]):
    """First derivatives by input."""

    def __missing__(self, name: object) -> NoReturn:
        raise _missing("derivative", name, list(self))


class ByPair(dict[tuple[str, str], Any]):
    """Second derivatives by pairs of inputs; `x["a"]["b"]` is `x["a", "b"]`."""

    def __missing__(self, name: Any) -> ByInput:
        found = ByInput({b: value for (a, b), value in self.items() if a == name})
        if not found:
            raise _missing("second derivative", name, list(dict.fromkeys([a for a, _ in self])))
        return found


def _missing(what: str, name: object, names: list[str]) -> ResultProblem:
    by = ", ".join(map(str, name)) if isinstance(name, tuple) else expected.shown(name)
    return ResultProblem(f"there is no {what} by {by}", hint=f"there are those by {listed(names)}")
