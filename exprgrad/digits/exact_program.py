"""A program of which nothing is rounded before it runs: literals are the decimals that they are, and pi is π.

What a double does not hold exactly becomes an input of the graph, and nothing is folded.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from functools import partial
from typing import Any, Final

from exprgrad.derivatives import OutputKey, Task, keys
from exprgrad.diagnostics import Span, UnsupportedError
from exprgrad.notes import Conventions, conventions
from exprgrad.numbers.enclosures import ENCLOSURES, Enclosure, constant, rounded_middle
from exprgrad.numbers.fractions import exactly
from exprgrad.numbers.rounded import MPFR
from exprgrad.numbers.scalars import ZERO
from exprgrad.ops.budget import Budget
from exprgrad.ops.control import Scope
from exprgrad.ops.registry import Value
from exprgrad.program.compilation import assemble
from exprgrad.program.passes import Roles, needed
from exprgrad.run.interpreter import Interpreter
from exprgrad.static.defining import Defining, StaticTask
from exprgrad.static.graph import Node
from exprgrad.syntax.names import CONSTANTS
from exprgrad.syntax.tree import NOWHERE

# What the constants of the language are that no double is.
_IRRATIONAL: Final = {CONSTANTS[name]: partial(constant, name) for name in ("pi", "tau")}
# So many bits tell what is at a hard point from what is near to it.
_BITS: Final = 1024
# What rules of derivatives bring that no double is, by the doubles next to them.
_OF_RULES: Final = {of(1.0): partial(constant, of.__name__) for of in (math.degrees, math.radians)}

# So many digits a decimal may have before or behind the point.
_LONGEST: Final = 100_000


def check_size(x: Decimal, span: Span | None = None) -> None:
    """Raises an UnsupportedError for a decimal whose digits would be too many to compute with."""
    if x and abs(x.adjusted()) > _LONGEST:
        raise UnsupportedError(
            f"a number with more than {_LONGEST:,} digits is not proven", span, hint="write it as a power, as 10^x"
        )


class _Exactly(Defining):
    """The builder of the graph. `inexact` are the nodes that stand for what is no double, with what gives it."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._known: dict[object, Node] = {}
        self.inexact: list[tuple[Node, Callable[[], Enclosure]]] = []

    def constant(self, value: Any, scope: Scope | None, span: Span) -> Value:
        if not isinstance(value, float):
            return super().constant(value, scope, span)
        if span == NOWHERE:
            return (
                self._input(value, _IRRATIONAL[value]) if value in _IRRATIONAL else super().constant(value, scope, span)
            )
        written = self._text[span.start : span.end]
        if not written[:1].isdigit() and not written.startswith("."):
            return super().constant(value, scope, span)
        decimal = Decimal(written)
        check_size(decimal, span)
        if decimal == Decimal(value):
            return super().constant(value, scope, span)
        fraction = exactly(decimal)
        return self._input(decimal, lambda: fraction)

    def _input(self, key: object, gives: Callable[[], Enclosure]) -> Node:
        node = self._known.get(key)
        if node is None:
            node = self._known[key] = Node(shape=())
            self.inexact.append((node, gives))
        return node


class ExactProgram:
    """The values and derivatives of a task whose inputs are numbers, in enclosures."""

    def __init__(self, task: Task, text: str) -> None:
        self._task = task
        builder = _Exactly(text)
        made = StaticTask(task, [()] * len(task.names.inputs), builder=builder)
        self.keys: Sequence[OutputKey] = keys(task)
        nodes = made.complete(self.keys)
        inexact = [*builder.inexact, *_of_rules(nodes.values(), [node for node, _ in builder.inexact])]
        self._inexact = [gives for _, gives in inexact]
        feeds = [*made.inputs.values(), *[node for node, _ in inexact]]
        # What tells whether a derivative rests on a convention.
        self._visited = made.visited
        visits = [v for found in made.visited.values() for v in found]
        self._watched = list(dict.fromkeys([x for v in visits for x in (v.node, *v.node.operands, v.cotangent)]))
        program = assemble([*nodes.values(), *self._watched], feeds, folds=False)
        if not program.is_scalar:
            raise UnsupportedError(
                "proven digits are of numbers, and this program has arrays", hint="name the elements"
            )
        self.constants = program.constants[1:]  # behind the structural zero
        self._interpreter = Interpreter(program, len(self._watched))

    def run(self, values: Sequence[Enclosure]) -> list[Enclosure]:
        """The outputs in the order of the keys, for a value of each input, in balls of the working precision, and
        behind them what `conventions` takes."""
        literals = [gives() for gives in self._inexact]
        return self._interpreter.run_in(ENCLOSURES, [*values, *literals], Budget())

    def place(self, result: str) -> Span:
        """Where a result stands in the text."""
        return self._task.place(result)

    def conventions(self, found: Sequence[Enclosure], values: Mapping[OutputKey, float]) -> Conventions:
        """The conventions that derivatives rest on, for what a run has given, and the outputs as doubles."""
        seen = dict(zip(self._watched, found[len(self.keys) :], strict=True))
        return conventions(self._visited, values, lambda node: _as_rounded(seen[node]))


def _as_rounded(x: Any) -> Any:
    """An enclosure as a number of many bits, or what the iterations of a loop gave."""
    if isinstance(x, list):
        return [_as_rounded(item) for item in x]
    return x if x is ZERO else rounded_middle(x, _BITS)


def _of_rules(fetches: Iterable[Node], fed: Sequence[Node]) -> Iterator[tuple[Node, Callable[[], Enclosure]]]:
    """The constants of rules that are no doubles, which become inputs, too."""
    for node in needed([*fetches], {x.index for x in fed}, Roles()):
        if node.op is None and type(node.value) in (float, MPFR) and (gives := _OF_RULES.get(float(node.value))):
            node.value = None
            yield node, gives
