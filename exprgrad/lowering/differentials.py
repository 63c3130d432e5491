"""Derivatives inside the program: diff(), gradient(), jacobian() and hessian()."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import TYPE_CHECKING

from exprgrad.autodiff import SWEPT_ORDERS, between, chain, reverse
from exprgrad.diagnostics import EvaluationError, Span, UnsupportedError
from exprgrad.lowering.frames import Derivative, Evaluation, Frame, Restart
from exprgrad.lowering.lanes import zeros
from exprgrad.lowering.locate import apply_at
from exprgrad.lowering.open_region import OpenRegion
from exprgrad.numbers import limits
from exprgrad.ops import linear_algebra
from exprgrad.ops import shapes as S
from exprgrad.ops.arithmetic import add, mul
from exprgrad.ops.control import as_gradient, seed, unreached
from exprgrad.ops.registry import Value
from exprgrad.ops.structural import shape_of
from exprgrad.syntax.tree import Derivatives, Diff

if TYPE_CHECKING:
    from exprgrad.lowering.lowering import Lowering


def diff(lowering: Lowering, node: Diff, frame: Frame) -> Evaluation:
    value = yield node.operand, frame
    before: list[Value] = []
    for name in node.by:
        if before and before[0].shape == () and value.shape not in ((), None):
            raise EvaluationError(
                "the second derivative of a number by an array is a matrix",
                node.span,
                hint="write hessian(u, x); diff(sum(diff(u, x)), x) is that of the sum",
            )
        before.append(value)
        x = lowering.name(name, frame)
        by, order, so_far = lowering.chains.get(value.index, (x.index, 0, None))
        if by != x.index:
            order, so_far = 0, None
        if order < SWEPT_ORDERS or frame.region is not None or not value.shape == x.shape == ():
            found = yield Derivative(value, x, node.span), frame
        else:
            so_far = so_far or chain.Chain(x)
            found = so_far.following(value, lambda *visit: lowering.visited.append(visit), node.span)
        if found is None:
            return apply_at(unreached, node.span, x, *before)
        value = found
        lowering.chains[value.index] = x.index, order + 1, so_far
    if not node.by:
        return value
    found = apply_at(as_gradient, node.span, value, x, *before)
    lowering.chains[found.index] = lowering.chains[value.index]
    return found


def derivatives(lowering: Lowering, node: Derivatives, frame: Frame) -> Evaluation:
    """gradient(), jacobian() and hessian()."""
    value = yield node.operand, frame
    xs = [lowering.name(name, frame) for name in node.by]
    if node.function != "jacobian" and value.shape != ():
        raise EvaluationError(
            f"{node.function} is of one number, found shape {shape_of(value)}",
            node.operand.span,
            hint="jacobian(u, x) has the derivatives of each element; sum(u) is one number",
        )
    found = yield from _by_elements(lowering, value, xs, node, frame)
    if node.function == "hessian":
        found = yield from _by_elements(lowering, found, xs, node, frame)
    return found


def _by_elements(lowering: Lowering, value: Value, xs: Sequence[Value], node: Derivatives, frame: Frame) -> Evaluation:
    """The derivatives of each element of a value by each of some others, in the shape of the value and then of the
    other; where these are listed, by all their elements one after the other."""
    shape, span = shape_of(value), node.span
    for x in xs:
        limits.within((*shape, *shape_of(x)), span=span)
    elements = [value]
    if shape:
        flat = apply_at(S.reshape((-1,)), span, value)
        elements = [apply_at(S.get_item((i,)), span, flat) for i in range(shape_of(flat)[0])]
    columns = []
    for x in xs:
        of_x = shape_of(x)
        rows = []
        for element in elements:
            found = yield Derivative(element, x, span), frame
            rows.append(
                apply_at(unreached, span, x, element)
                if found is None
                else apply_at(as_gradient, span, found, x, element)
            )
        if not rows:
            column = lowering.builder.constant(zeros((*shape, *of_x)), frame.scope, span)
        elif shape:
            column = apply_at(S.reshape((*shape, *of_x)), span, apply_at(S.vector, span, *rows))
        else:
            column = rows[0]
        columns.append(apply_at(S.reshape((*shape, prod(of_x))), span, column) if node.listed else column)
    return apply_at(S.concat(len(shape)), span, *columns) if node.listed else columns[0]


def derivative(lowering: Lowering, asked: Derivative, frame: Frame) -> Evaluation:
    """By a value that came into the region from outside: the sum over all that came in, of the derivative by it
    times its tangent."""
    region = frame.region
    if region is None or asked.by.index not in region.keys:
        return _swept(lowering, asked, [asked.by], frame).get(asked.by.index)
    params = region.ordered()
    found = _swept(lowering, asked, params, frame)
    total: Value | None = None
    for param in params:
        term = found.get(param.index)
        if term is None:
            continue
        if param is not asked.by:
            tangent = yield from _tangent(lowering, param, asked, region)
            if tangent is None:
                continue
            term = _moved(term, tangent, param, asked)
        total = term if total is None else apply_at(add, asked.span, total, term)
    return total


def _swept(lowering: Lowering, asked: Derivative, wanted: Sequence[Value], frame: Frame) -> dict[int, Value]:
    nodes = between([asked.of], wanted)
    if asked.of.index not in nodes:
        return {}
    start = apply_at(seed, asked.span, asked.of)
    indexes = {x.index for x in wanted}
    return reverse(
        [(asked.of, start)],
        nodes,
        symbolic=True,
        wanted=indexes,
        visit=lambda *visit: lowering.visited.append(visit),
        scope=frame.scope,
        span=asked.span,
        bounded=True,
    )


def _tangent(lowering: Lowering, param: Value, asked: Derivative, region: OpenRegion) -> Evaluation:
    """The tangent of a parameter of a region by another; None where it is zero."""
    key = region.keys[param.index], region.keys[asked.by.index]
    if key in region.by_key:
        return region.by_key[key]
    # At the start of an iteration what the loop carries is independent of each other, and nothing else follows it.
    if key in region.missing or region.changes(key[1]):
        return None
    of, by = (region.outer[k] for k in key)
    outer = yield from tangent_of(lowering, of, by, asked.span, region.frame)
    carried = region.changes(key[0])
    if carried and outer is None:
        outer = no_tangent(of, by, asked.span, region.frame)
    if outer is None:
        region.missing.add(key)
        return None
    param = region.add(key, outer, carried, asked.span)
    if region.iteration:
        raise Restart(region.tangents)
    return param


def tangent_of(lowering: Lowering, of: Value, by: Value, span: Span, frame: Frame) -> Evaluation:
    """The derivative of one value by another, None where it does not depend on it; where one of them is an array, the
    matrix of the derivatives of each element by each."""
    if frame.region is None and lowering.outside is not None:
        return lowering.outside.tangent(of, by, span)
    if of.shape == by.shape == ():
        return (yield Derivative(of, by, span), frame)
    if of.shape is None or by.shape is None:
        raise UnsupportedError(
            "diff() in a branch or a loop by what was computed outside of it needs shapes that are known",
            span,
            hint="give what a loop carries its final shape before the loop",
        )
    limits.within((prod(of.shape), prod(by.shape)), span=span)
    flat = apply_at(S.reshape((-1,)), span, of)
    rows = []
    for i in range(prod(of.shape)):
        rows.append((yield Derivative(apply_at(S.get_item((i,)), span, flat), by, span), frame))
    if all(row is None for row in rows):
        return None
    flat_rows = [apply_at(S.reshape((-1,)), span, S.in_shape(row, by)) for row in rows]
    return apply_at(S.vector, span, *flat_rows)


def no_tangent(of: Value, by: Value, span: Span, frame: Frame) -> Value:
    """The same of what does not depend on it: structural zeros."""
    if of.shape == by.shape == ():
        return by.absent(frame.scope)
    return linear_algebra.outer(*[apply_at(S.reshape((-1,)), span, apply_at(S.unmoved, span, x)) for x in (of, by)])


def _moved(term: Value, tangent: Value, param: Value, asked: Derivative) -> Value:
    """What a cotangent of a parameter adds to the derivative, given the tangent of the parameter."""
    if param.shape == asked.by.shape == ():
        return apply_at(mul, asked.span, term, tangent)
    found = apply_at(linear_algebra.matmul, asked.span, apply_at(S.reshape((-1,)), asked.span, term), tangent)
    return apply_at(S.reshape(shape_of(asked.by)), asked.span, found)
