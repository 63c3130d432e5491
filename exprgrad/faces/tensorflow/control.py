"""`cond` and `while_loop`, TensorFlow 1's way: Python functions that build the sides of a branch or the body of a loop.

They are called while the graph is defined. What they use of the graph around enters the region as a parameter.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any, Final

from exprgrad.diagnostics import GraphError, KindProblem
from exprgrad.faces.tensorflow.node import Node, as_node, constant
from exprgrad.faces.tensorflow.regions import Building, here, inside, opened
from exprgrad.ops.arithmetic import add, mul
from exprgrad.ops.budget import Allowance, StepLimits
from exprgrad.ops.comparison import less, truth
from exprgrad.ops.control import Loop, Region, branch, loop


def cond(
    pred: Any, true_fn: Callable[[], Any], false_fn: Callable[[], Any], strict: bool = False, name: str | None = None
) -> Any:
    """What `true_fn()` gives where `pred` is true when the graph runs, else what `false_fn()` gives.

    Both are called now, to define the graph; only one side is computed. They return a node or number, or a list or
    tuple of as many; one of a single node gives the node. (TensorFlow's `cond` computes both sides of `gradients` where
    the condition is a fed value; here a side that is not taken contributes nothing to any derivative.)
    """
    for name_, function in (("true_fn", true_fn), ("false_fn", false_fn)):
        _check_callable(name_, function)
    condition = _node(pred, "the condition")
    sides: list[tuple[Building, Any, list[Node]]] = []
    for polarity, function in ((True, true_fn), (False, false_fn)):
        building = opened(condition, polarity)
        with inside(building):
            made = function()
            sides.append((building, made, _flat(made, "a side of cond gives")))
    if len({len(results) for _, _, results in sides}) != 1:
        counts = " and ".join(str(len(results)) for _, _, results in sides)
        raise GraphError(f"the two sides of cond give {counts} values", hint="both must give as many")
    entering = {x.index: x for building, _, _ in sides for x, _ in building.params.values()}
    outer = [entering[index] for index in sorted(entering)]
    regions = [
        Region(building.scope, [building.parameter(x) for x in outer], results) for building, _, results in sides
    ]
    return _like(sides[0][1], branch(condition, outer, regions), name)


def while_loop(
    cond: Callable[..., Any],
    body: Callable[..., Any],
    loop_vars: Any,
    shape_invariants: Any = None,
    parallel_iterations: int = 10,
    back_prop: bool = True,
    swap_memory: bool = False,
    name: str | None = None,
    maximum_iterations: Any = None,
) -> Any:
    """Runs `loop_vars = body(*loop_vars)` as long as `cond(*loop_vars)` is true, and gives the last ones.

    Both functions are called now, to define the graph (again if an iteration changes the shape of a variable, as where
    what starts as a number becomes an array); how often the loop runs is decided when the graph runs. Its derivative is
    a loop again, so that `gradients` of `gradients` works. After `maximum_iterations`, a number or a node, it ends;
    without, nothing ends it but `cond`. `loop_vars` is a node or number, or a list or tuple of them; one of a single
    variable gives the node. The other options change no number; without `back_prop`, which is a GraphError, TensorFlow
    1 has no derivative.
    """
    if not back_prop:
        raise GraphError("a loop without back_prop", hint="tf.stop_gradient(result) has no derivative")
    for name_, function in (("cond", cond), ("body", body)):
        _check_callable(name_, function)
    start = _flat(loop_vars, "a loop variable is")
    if not start:
        raise GraphError("a loop needs a variable", hint="while_loop(cond, body, [x])")
    variables = len(start)
    if maximum_iterations is not None:
        most = _node(maximum_iterations, "maximum_iterations")
        start.append(_node(constant(0.0, graph=start[0].graph), "the counter"))
    changing: set[int] = set()  # the variables whose shape an iteration changes
    while True:
        building = opened()
        with inside(building):
            params = [Node.parameter(x, building.scope) for x in start]
            for i in changing:
                params[i].shape = None
            condition = _node(cond(*params[:variables]), "the condition of a loop")
            results = _flat(body(*params[:variables]), "the body of a loop gives")
            if len(results) != variables:
                raise GraphError(f"the body of the loop gives {len(results)} values for {variables} variables")
            if maximum_iterations is not None:
                counter = params[-1]
                condition = mul(truth(condition), less(counter, here(most)))
                results.append(add(counter, 1.0))
        known = [i for i, param in enumerate(params) if param.shape is not None]
        if not (changed := {i for i in known if results[i].shape != params[i].shape}):
            break
        changing |= changed
    outer = [x for x, _ in building.params.values()]
    region = Region(building.scope, [*params, *(param for _, param in building.params.values())], results)
    op = Loop([region], len(start), condition=condition, allowance=_FREE)
    return _like(loop_vars, loop(op, [*start, *outer])[:variables], name)


# What ends the loop is its condition alone.
_FREE: Final = Allowance(StepLimits(sys.maxsize, sys.maxsize), 1, None, ())


def _check_callable(name: str, given: Any) -> None:
    if not callable(given):
        what = "node" if isinstance(given, Node) else type(given).__name__
        raise KindProblem(f"{name} is a function, found a {what}", hint=f"{name}=lambda: x + 1.0")


def _flat(given: Any, what: str) -> list[Node]:
    """Nodes or numbers, one or a list or tuple of them, as nodes of the region that is being built."""
    return [_node(x, what) for x in (given if isinstance(given, list | tuple) else [given])]


def _node(x: Any, what: str) -> Node:
    if isinstance(x, list | tuple | dict):
        raise GraphError(
            f"{what} a node or a number, found a {type(x).__name__}",
            hint="structures are flat: a list or tuple of nodes",
        )
    return as_node(x)


def _like(given: Any, found: list[Node], name: str | None) -> Any:
    """The results in the form of what was given."""
    found[0].name = name if len(found) == 1 else found[0].name
    return found[0] if len(found) == 1 else tuple(found) if isinstance(given, tuple) else found
