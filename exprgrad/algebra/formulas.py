"""The formulas of a task: its graph is defined, and read instead of run."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import combinations, pairwise, product
from typing import Any, Final

from exprgrad.algebra.arrays import SOME
from exprgrad.algebra.equations import Asked, Equation, equations
from exprgrad.derivatives import Task, keys
from exprgrad.diagnostics import EvaluationError, ExprError, ShapeProblem, Span, UnsupportedError, UsageError, listed
from exprgrad.numbers.arithmetic import to_python
from exprgrad.numbers.scalars import is_array
from exprgrad.ops.functions import FUNCTIONS
from exprgrad.ops.structural import Shape
from exprgrad.static.defining import StaticTask
from exprgrad.syntax.flow import Set
from exprgrad.syntax.names import Names, named_pieces, walk
from exprgrad.syntax.plan import Assign, plan
from exprgrad.syntax.tree import Binary, Call, Derivatives, Diff, Expression, Index, Name, Number, Vector, children

# For so many inputs all combinations of vectors and matrices are tried, each in so many ways to fit sizes.
_MOST: Final = 6
_WAYS: Final = 200
# The functions of two arrays.
_OF_TWO: Final = ("dot", "outer", "cross", "solve")


def task_equations(task: Task, text: str, shapes: Mapping[str, Shape], *, inline: bool) -> list[Equation]:
    """The values and derivatives of a task, for inputs of these shapes; the others are numbers. Where no shape is given
    at all, inputs of functions of arrays are vectors, or matrices if only these fit. Raises an UnsupportedError for
    what has no formula."""
    some = _unsaid(task.names)
    if task.max_order > 1:
        first = _graph(task._replace(max_order=1), shapes, some)
        if (matrix := task.matrix(first.nodes, first.inputs)) is not None:
            name, arrays = matrix
            raise UnsupportedError(
                f"the second derivative of {name} by {listed(arrays)} is a matrix, for which there is no formula",
                task.place(name),
                hint="ask for the first order, or name the elements, as in x0*y0",
            )
    graph = _graph(task, shapes, some)
    nodes = graph.complete(keys(task))
    along = task.direction is not None
    asked = [
        Asked(node, name, () if along else task.by(multi), len(multi) if along else 0)
        for (name, multi), node in nodes.items()
    ]
    names = task.names
    # A constant that the program reads is called so here as well.
    own = {*names.order} - {*names.constants} | {*names.inputs, *names.assigned}
    # An input that is computed anew has two values: of these derivatives speak of the one that is given.
    again = any(event.name in names.inputs for event in names.events if isinstance(event, Set))
    found = equations(
        asked,
        {node.index: name for name, node in graph.inputs.items()},
        _named(names, [nodes[name, ()] for name in task.results], graph.derivative_from),
        _statements(names, task.results),
        shapes=_shapes(graph, names),
        some=some,
        decimals="." in text,
        inline=inline or again,
        differentiates=bool(names.diffs),
        names=own,
    )
    lefts = [x.left.replace("/", "_") for x in found]
    for x, left in zip(found, lefts, strict=True):
        if x.order and (lefts.count(left) > 1 or left in own):
            raise UsageError(f"two equations would be called {left}", hint="rename that variable")
    return found


def _shapes(graph: StaticTask, names: Names) -> Mapping[str, Shape] | None:
    """The shapes of the inputs; None where nothing is an array."""
    found = {name: node.shape or () for name, node in graph.inputs.items()}
    return found if any(found.values()) or _lengths(names) else None


def _lengths(names: Names) -> list[int]:
    """How long the vectors are that the program writes out."""
    values = [event.value for event in names.events if isinstance(event, Set)]
    return [len(x.elements) for value in values for x in walk(value) if isinstance(x, Vector)]


def _unsaid(names: Names) -> list[int]:
    """Sizes for axes of which nobody says them, which are no numbers of the program, nor made of them."""
    values = [event.value for event in names.events if isinstance(event, Set)]
    written = {x.value for value in values for x in walk(value) if isinstance(x, Number)}
    made = {a * b for a in written for b in written} | written | {x * x for x in written}
    return [n for n in SOME if n not in made and not any(x % n == 0 for x in written)] or [SOME[0]]


def _graph(task: Task, shapes: Mapping[str, Shape], some: Sequence[int]) -> StaticTask:
    """The graph for inputs of these shapes, or of those that fit."""
    inside = [] if shapes else _inside_arrays(task.names)
    if not inside or len(inside) > _MOST:
        return StaticTask(task, [shapes.get(name, ()) for name in task.names.inputs])
    first: ExprError | None = None
    # What begins with a capital is a matrix where it can be one.
    likely = [(2, 1, 0) if name[0].isupper() else (1, 2, 0) for name in inside]
    for ranks in sorted(
        product(*likely), key=lambda ranks: [order.index(n) for order, n in zip(likely, ranks, strict=True)]
    ):
        try:
            return _fitting(task, dict(zip(inside, ranks, strict=True)), some)
        except (EvaluationError, ShapeProblem) as problem:
            first = first or problem
    assert first is not None, "there is a way to give some names shapes"
    if any(str(n) in first.message for n in some):
        first = UnsupportedError("what this is depends on shapes that nobody has said", first.span)
    first.hint = "say which inputs are vectors and matrices by giving them values of that shape"
    raise first


def _fitting(task: Task, ranks: Mapping[str, int], some: Sequence[int]) -> StaticTask:
    """The graph for inputs with so many axes, no more of which have one size than must have. Raises the first error
    where there is no such graph."""
    given = iter([*some, *[some[-1]] * sum(ranks.values())])
    sizes = {name: [next(given) for _ in range(rank)] for name, rank in ranks.items()}
    fixed = {*_lengths(task.names)}
    first: ExprError | None = None
    # Which sizes are others, in all ways that problems with shapes suggest; those that change few of them come first.
    waiting: list[Mapping[int, int]] = [{}]
    seen: set[frozenset[tuple[int, int]]] = {frozenset()}
    for same in waiting:
        shapes = {name: tuple([same.get(n, n) for n in axes]) for name, axes in sizes.items()}
        try:
            graph = StaticTask(task, [shapes.get(name, ()) for name in task.names.inputs])
            if (unlike := _sides(graph)) is None:
                return graph
            raise ShapeProblem(f"a matrix of the shape {unlike} is not square")
        except (EvaluationError, ShapeProblem) as problem:
            first = first or problem
            for a, b in _unlike(problem.message, {*some, *fixed}):
                old, new = (b, a) if a in fixed else (a, b)
                if old in fixed or len(waiting) >= _WAYS:
                    continue
                joined = {n: new if m == old else m for n, m in same.items()} | {old: new}
                if (key := frozenset(joined.items())) not in seen:
                    seen.add(key)
                    waiting.append(joined)
    assert first is not None, "the first way is tried"
    raise first


def _sides(graph: StaticTask) -> Shape | None:
    """The shape of a matrix that is not square, of which the diagonal is taken; None where there is none."""
    seen: set[int] = set()
    stack = [*graph.nodes.values()]
    while stack:
        node = stack.pop()
        if node.index in seen:
            continue
        seen.add(node.index)
        stack += node.operands
        if node.op is not None and node.op.reference[0] == "diagonal":
            rows, columns = node.operands[0].shape or (1, 1)
            if rows != columns:
                return (rows, columns)
    return None


def _unlike(message: str, sizes: Collection[int]) -> list[tuple[int, int]]:
    """Pairs of sizes that a message about shapes names, those first that products and sums join."""
    shapes = [[int(n) for n in re.findall(r"\d+", shape)] for shape in re.findall(r"\([\d, ]+\)", message)]
    found = [(x[-1], y[0]) for x, y in pairwise(shapes)] + [(x[-1], y[-1]) for x, y in pairwise(shapes)]
    found += [*combinations([n for shape in shapes for n in shape], 2)]
    return [(a, b) for a, b in dict.fromkeys(found) if a != b and a in sizes and b in sizes]


def _inside_arrays(names: Names) -> list[str]:
    """The inputs that stand in operands of functions of arrays, or in what these read."""
    roots: list[Expression] = []
    values = {event.name: event.value for event in names.events if isinstance(event, Set)}
    for value in values.values():
        for x in walk(value):
            if (
                (isinstance(x, Call) and x.function in FUNCTIONS and len(x.arguments) == 1 + (x.function in _OF_TWO))
                or (isinstance(x, Binary) and x.symbol == "@")
                or isinstance(x, Index)
            ):
                roots += [x.operand] if isinstance(x, Index) else children(x)
    found: dict[str, None] = {}
    seen: set[str] = set()
    while roots:
        for x in _outside_lists(roots.pop()):
            if isinstance(x, Name) and x.name not in seen:
                seen.add(x.name)
                if x.name in names.inputs:
                    found[x.name] = None
                elif x.name in values:
                    roots.append(values[x.name])
    return [name for name in names.inputs if name in found]


def _outside_lists(root: Expression) -> Iterator[Expression]:
    """The sub-expressions that are no elements of a vector that is written out: these are numbers."""
    stack = [root]
    while stack:
        x = stack.pop()
        if not isinstance(x, Vector):
            yield x
            stack += children(x)


def _named(names: Names, results: Sequence[Any], derivative_from: int) -> Mapping[int, tuple[str, Any]]:
    """The nodes that names of the program stand for, by their index: those that are assigned once, by what one node
    computes, in the order of the program."""
    pieces = named_pieces(names)
    assigned = list(pieces.values())
    found: dict[Span, list[Any]] = {}
    seen: set[int] = set()
    stack = list(results)
    # A result is spoken of where it is a root that has been given a name: with others an equation for its derivative
    # would speak of itself, as dT/dp = -T/p does.
    ends = {node.index for node in results}
    given = {event.name for event in names.events if isinstance(event, Set) and event.name_span != event.value.span}
    while stack:
        node = stack.pop()
        if node.index in seen:
            continue
        seen.add(node.index)
        if node.op is not None and node.scope is None and node.span in pieces and node.index < derivative_from:
            found.setdefault(node.span, []).append(node)
        stack += node.operands
    return {
        nodes[0].index: (name, nodes[0])
        for span, name in pieces.items()
        if assigned.count(name) == 1
        and len(nodes := found.get(span, [])) == 1
        and not (nodes[0].index in ends and name in names.results and not (name in given and _is_root(nodes[0])))
    }


def _is_root(node: Any) -> bool:
    """Whether a node is a root of something that is computed."""
    if node.op.name == "hypot":
        return True
    if node.op.name == "pow":
        exponent = node.operands[1]
        if exponent.op is not None or exponent.value is None or is_array(exponent.value):
            return False
        if float(2 * to_python(exponent.value)) % 2 != 1:
            return False
    return node.op.name in ("sqrt", "pow") and node.operands[0].op is not None


def _statements(names: Names, results: Sequence[str]) -> list[Equation] | None:
    """The statements that the results need as they were written, if all are formulas without derivatives and functions
    of the program's own."""
    found = []
    for step in plan(names, results):
        if not isinstance(step, Assign) or any(
            isinstance(x, Diff | Derivatives) or (isinstance(x, Call) and x.function in names.functions)
            for x in walk(step.value)
        ):
            return None
        found.append(Equation(step.name, step.value))
    return found
