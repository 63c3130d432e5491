"""`gradients`, `hessians` and `stop_gradient`, with the arguments that they have in TensorFlow 1."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from math import prod
from typing import Any

from exprgrad.autodiff import pull_back, start, upstream
from exprgrad.diagnostics import GraphError, KindProblem, ShapeProblem
from exprgrad.faces.tensorflow.node import Node, as_node, constant
from exprgrad.faces.tensorflow.regions import Building, current, here, inside
from exprgrad.numbers import limits
from exprgrad.ops import arithmetic as A
from exprgrad.ops.arrangement import as_hessian, stack, unit
from exprgrad.ops.control import Scope, as_gradient, unreached


class UnconnectedGradients(Enum):
    """What `gradients` gives for an x that the results do not depend on."""

    NONE = "none"
    ZERO = "zero"


def stop_gradient(input: Any, name: str | None = None) -> Node:
    """The value of a node as a constant of every derivative."""
    node: Node = A.stop_gradient(as_node(input))
    node.name = name
    return node


def gradients(
    ys: Node | Sequence[Node],
    xs: Node | Sequence[Node],
    grad_ys: Any = None,
    name: str | None = None,
    colocate_gradients_with_ops: bool = False,
    gate_gradients: Any = False,
    aggregation_method: Any = None,
    stop_gradients: Node | Sequence[Node] | None = None,
    unconnected_gradients: UnconnectedGradients | str = UnconnectedGradients.ZERO,
) -> list[Node]:
    """Adds nodes for the derivative of the sum of `ys` by each of `xs`, and returns them.

    Where `ys` have several elements it is the derivative of their sum. Where a result is nan all its derivatives are.
    Nothing runs; the graph may be in use. `grad_ys` are the cotangents to start with instead of ones.
    `stop_gradients` are taken as constants: what they are computed from is reached only by other ways, they themselves
    may be among `xs`. The derivative by an x that `ys` do not depend on is 0, or None with
    `unconnected_gradients=UnconnectedGradients.NONE`, TensorFlow's default. In a function of `cond` or `while_loop`
    the nodes lie in its region. The options before `stop_gradients` change no number.

    >>> import exprgrad.static as tf
    >>> a = tf.placeholder(tf.float64)
    >>> b = 2 * a
    >>> with tf.Session() as sess:
    ...     sess.run([tf.gradients(a + b, [a, b]), tf.gradients(a + b, [a, b], stop_gradients=[b])], {a: 1})
    [[3.0, 1.0], [1.0, 1.0]]
    """
    outputs = _nodes(ys)
    wanted = _nodes(xs)
    if not outputs:
        raise GraphError("there is no result to differentiate", hint="gradients(c, [a, b])")
    cotangents = [None] * len(outputs)
    if grad_ys is not None:
        cotangents = list(grad_ys) if isinstance(grad_ys, list | tuple) else [grad_ys]
    if len(cotangents) != len(outputs):
        raise GraphError(f"{len(outputs)} results need {len(outputs)} cotangents, found {len(cotangents)}")
    try:
        unconnected = UnconnectedGradients(unconnected_gradients)
    except ValueError:
        raise GraphError(
            f"unknown unconnected_gradients {unconnected_gradients!r}", hint='use UnconnectedGradients.NONE or "zero"'
        ) from None
    found = _derivatives(outputs, wanted, cotangents, () if stop_gradients is None else _nodes(stop_gradients))
    seen = [here(y) for y in outputs]

    def derivative(x: Node, g: Node | None) -> Any:
        if g is not None:
            return as_gradient(g, here(x))
        return None if unconnected is UnconnectedGradients.NONE else unreached(here(x), *seen)

    return [derivative(x, g) for x, g in zip(wanted, found, strict=True)]


def _derivatives(
    ys: Sequence[Node], xs: Sequence[Node], cotangents: Sequence[Any], stopped: Sequence[Node]
) -> list[Node | None]:
    """The derivatives of `ys` by `xs` where the graph is being built; None where none arrives."""
    region = current()
    beyond = [] if region is None else [x for x in stopped if x.scope is not region.scope]
    if region is not None and not any(isinstance(x, Node) and x.scope is region.scope for x in (*ys, *cotangents)):
        # Nothing of it belongs to the region that is being built: it is taken outside and enters. It does not depend on
        # what does belong to the region.
        outside = [x for x in xs if x.scope is not region.scope]
        with inside(region.outer):
            taken = dict(zip([x.index for x in outside], _derivatives(ys, outside, cotangents, beyond), strict=True))
        return [None if (g := taken.get(x.index)) is None else here(g) for x in xs]
    outputs = [here(y) for y in ys]
    seeds = [(y, start(_cotangent(g, y), y)) for y, g in zip(outputs, cotangents, strict=True)]
    ends = [here(x) for x in stopped]
    if region is None or all(x.scope is region.scope for x in xs):
        return _pulled(seeds, [here(x) for x in xs], ends, None if region is None else region.scope)
    wanted = [here(x) for x in xs]
    entered = list(region.params.values())
    params = [param for _, param in entered]
    found = _pulled(seeds, [*wanted, *params], ends, region.scope)
    by_param = zip(entered, found[len(wanted) :], strict=True)
    parts = [(outer, param, g) for (outer, param), g in by_param if g is not None]
    return [
        g if x.scope is region.scope else _through(x, inner, parts, beyond, region)
        for x, inner, g in zip(xs, wanted, found, strict=False)
    ]


def _through(
    x: Node, inner: Node, parts: Sequence[tuple[Node, Node, Node]], stopped: Sequence[Node], region: Building
) -> Node | None:
    """The derivative by an x outside of a region: what arrives at each value that entered the region, times the
    derivative of that by x, which is taken outside."""
    total: Node | None = None
    for outer, param, g in parts:
        term = g
        if param is not inner:
            if outer in stopped:
                continue
            with inside(region.outer):
                (slope,) = _derivatives([outer], [x], [None], stopped)
            if slope is None:
                continue
            if not outer.shape == x.shape == ():
                raise GraphError(
                    "a derivative inside of cond or while_loop by an array outside of it",
                    x.span,
                    hint="build what is differentiated inside the function, or make the array a loop variable",
                )
            term = A.mul(g, here(slope))
        total = term if total is None else A.add(total, term)
    return total


def hessians(ys: Node | Sequence[Node], xs: Node | Sequence[Node], name: str | None = None) -> list[Node]:
    """Adds nodes for the second derivatives of the sum of `ys` by each of `xs`, and returns them.

    Each has the shape of its x twice: `[i, j]` is the derivative by `x[i]` and `x[j]`. Every row is a sweep of its own,
    so the shape of an x with several elements must be declared: `placeholder(tf.float64, shape=[3])`.

    >>> import exprgrad.static as tf
    >>> x = tf.placeholder(tf.float64, shape=[2])
    >>> with tf.Session() as sess:
    ...     sess.run(tf.hessians(x**3, x), {x: [1, 2]})
    [array([[ 6.,  0.],
           [ 0., 12.]])]
    """
    return [_hessian(ys, x) for x in _nodes(xs)]


def _hessian(ys: Node | Sequence[Node], x: Node) -> Node:
    (slope,) = gradients(ys, x)
    shape = x.declared or x.shape
    if shape is None or None in shape:
        hessian: Node = as_hessian(*gradients(slope, x), x)
        return hessian
    sizes = tuple([size for size in shape if size is not None])
    limits.within(sizes + sizes)
    rows = [gradients(slope, x, grad_ys=unit(slope, sizes, i))[0] for i in range(prod(sizes))]
    if not sizes:
        return rows[0]
    stacked: Node = stack(sizes)(*rows)
    return stacked


def _nodes(given: Any) -> list[Node]:
    """One node or several, as a list."""
    nodes = list(given) if isinstance(given, list | tuple) else [given]
    for node in nodes:
        if not isinstance(node, Node):
            raise KindProblem(f"expected a node, found {type(node).__name__}", hint="gradients(c, [a, b])")
    return nodes


def _cotangent(g: Any, y: Node) -> Any:
    """What the caller gives as a cotangent, as a node of the region that is being built; None where he gives none."""
    if g is None:
        return None
    node = g if isinstance(g, Node) else constant(g, graph=y.graph)
    if None not in (node.shape, y.shape) and node.shape not in ((), y.shape):
        raise ShapeProblem(
            f"a cotangent of shape {node.shape} for a value of shape {y.shape}",
            hint="grad_ys has one in the shape of each result, or a number",
        )
    return here(node)


def _pulled(
    seeds: Sequence[tuple[Node, Any]], wanted: Sequence[Node], stopped: Sequence[Node], scope: Scope | None
) -> list[Any]:
    """The cotangents of the wanted nodes, none of which has passed a stopped one."""
    nodes = _around([y for y, _ in seeds], wanted, stopped) if stopped else None
    return pull_back(seeds, wanted, nodes=nodes, scope=scope)


def _around(outputs: Sequence[Node], wanted: Sequence[Node], stopped: Sequence[Node]) -> dict[int, Any]:
    """The nodes on the ways from the wanted ones to the outputs that pass through no stopped one. A wanted one that is
    stopped is a leaf to the sweep."""
    ends = {x.index for x in stopped}
    reached = {x.index for x in wanted}
    nodes = upstream(outputs, lambda x: x.index not in ends)
    on_the_way: dict[int, Any] = {x.index: Node.parameter(x, x.scope) for x in wanted if x.index in ends}
    for index in sorted(nodes):
        if index in reached or any([x.index in on_the_way for x in nodes[index].operands]):
            on_the_way[index] = nodes[index]
    return on_the_way
