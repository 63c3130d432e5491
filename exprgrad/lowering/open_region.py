"""A region while it is lowered: its parameters, and their tangents by one another.

`diff(u, x)` inside a region, where u and x came in from outside, needs the derivative of the one outer value by the
other. It is taken outside and enters as one more value: the tangent of a parameter by another. A value that a loop
carries has a tangent that is carried along with it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from exprgrad.diagnostics import Span
from exprgrad.ops.control import Scope
from exprgrad.ops.registry import Value

# A parameter: its place among the operands, or what it is the tangent of and by. Both modes add in the order of these.
ParameterKey = Any


class Tangent:
    """A tangent that enters a region: `outer` is its value outside, or that with which a loop starts; `current` the one
    with which the next iteration starts. `span` is where the text asks for it."""

    __slots__ = ("carried", "current", "key", "outer", "span")

    def __init__(self, key: tuple[ParameterKey, ParameterKey], outer: Value, carried: bool, span: Span) -> None:
        self.key = key
        self.outer = self.current = outer
        self.carried = carried
        self.span = span


class OpenRegion:
    """The parameters of a region, and the frame around it. The first `carried` of them change in each iteration.

    `tangents` are those that have been asked for so far; a loop has one list for all its iterations.
    """

    def __init__(
        self,
        frame: Any,
        scope: Scope,
        outers: Sequence[Value],
        current: Sequence[Value],
        carried: int = 0,
        tangents: list[Tangent] | None = None,
        iteration: int = 0,
    ) -> None:
        self.frame = frame
        self.scope = scope
        self.carried = carried
        self.iteration = iteration
        self.params = [type(value).parameter(value, scope) for value in current]
        self.outer: dict[ParameterKey, Value] = dict(enumerate(outers))
        self.by_key: dict[ParameterKey, Value] = dict(enumerate(self.params))
        self.keys: dict[int, ParameterKey] = {param.index: key for key, param in self.by_key.items()}
        self.missing: set[tuple[ParameterKey, ParameterKey]] = set()
        self.tangents: list[Tangent] = [] if tangents is None else tangents
        for tangent in self.tangents:
            self.enter(tangent)

    def changes(self, key: ParameterKey) -> bool:
        """Whether a parameter is carried from one iteration to the next."""
        if isinstance(key, tuple):
            return any(tangent.key == key and tangent.carried for tangent in self.tangents)
        return bool(key < self.carried)

    def add(self, key: tuple[ParameterKey, ParameterKey], outer: Value, carried: bool, span: Span) -> Value:
        """A new tangent."""
        tangent = Tangent(key, outer, carried, span)
        self.tangents.append(tangent)
        return self.enter(tangent)

    def enter(self, tangent: Tangent) -> Value:
        """The parameter for a tangent."""
        param = type(tangent.current).parameter(tangent.current, self.scope)
        self.outer[tangent.key] = tangent.outer
        self.by_key[tangent.key] = param
        self.keys[param.index] = tangent.key
        return param

    def ordered(self) -> list[Value]:
        """All parameters, those of the program first, in an order that does not depend on who asked when."""
        return [self.by_key[key] for key in sorted(self.by_key, key=_rank)]


def order(key: ParameterKey) -> int:
    """How often the parameter of that key has been differentiated: 0 for what came in by itself."""
    return len(_rank(key)) - 2


def _rank(key: ParameterKey) -> tuple[int, ...]:
    """Orders keys: places first, then tangents by what they are tangents of."""
    flat: list[int] = []
    stack = [key]
    while stack:
        item = stack.pop()
        if isinstance(item, tuple):
            stack.extend(reversed(item))
        else:
            flat.append(item)
    return (len(flat), *flat)
