"""Derivatives inside the program: diff(), gradient(), jacobian() and hessian()."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import TYPE_CHECKING

from exprgrad.autodiff import SWEPT_ORDERS, between, chain, forward, reverse, sparsity
from exprgrad.diagnostics import EvaluationError, Note, Span, UnsupportedError, listed
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
from exprgrad.syntax.tree import Derivatives, Diff, Name

if TYPE_CHECKING:
    from exprgrad.lowering.lowering import Lowering


def diff(lowering: Lowering, node: Diff, frame: Frame) -> Evaluation:
    """diff(): by a number in the shape of the value, by an array of a number in that of the array. Of an array by an
    array it is that of each element by its own."""
    value = yield node.operand, frame
    before: list[Value] = []
    for name in node.by:
        x = lowering.name(name, frame)
        before.append(value)
        by, order, so_far = lowering.chains.get(value.index, (x.index, 0, None))
        if by != x.index:
            order, so_far = 0, None
        if value.shape != () and x.shape != ():
            yield from _check_by_own(lowering, node, before, x, frame)
        if order < SWEPT_ORDERS or frame.region is not None or not value.shape == x.shape == ():
            found = yield Derivative(value, x, node.span), frame
        else:
            so_far = so_far or chain.Chain(x)
            found = so_far.following(value, lambda *visit: lowering.visited.append(visit), node.span)
        if found is None:
            _tell_independent(lowering, node, value, [name], frame)
            return apply_at(unreached, node.span, _like(value, x), *before)
        value = found
        lowering.chains[value.index] = x.index, order + 1, so_far
    if not node.by:
        return value
    found = apply_at(as_gradient, node.span, value, _like(before[-1], x), *before)
    lowering.chains[found.index] = lowering.chains[value.index]
    return found


def _tell_independent(
    lowering: Lowering, node: Diff | Derivatives, value: Value, by: Sequence[Name], frame: Frame
) -> None:
    """Notes where a value depends on none of the names that it is differentiated by. In a function, a branch or a loop
    it may depend on them another time."""
    if (
        frame.region is not None
        or lowering.depth
        or value.index in between([value], [lowering.name(name, frame) for name in by])
    ):
        return
    what = node.operand.name if isinstance(node.operand, Name) else "this"
    names = listed([name.name for name in by], "or")
    late = [name.name for name in by if name.name in lowering.names.assigned]
    hint = f"only what is computed from {late[0]} behind its last assignment does" if late else None
    lowering.notes.append(Note(f"{what} does not depend on {names}: its derivative is 0", node.operand.span, hint))


def _like(value: Value, x: Value) -> Value:
    """What has the shape of the derivative of one by the other."""
    return x if x.shape != () or value.shape == () else value


def _check_by_own(lowering: Lowering, node: Diff, values: Sequence[Value], x: Value, frame: Frame) -> Evaluation:
    """Raises an EvaluationError unless each element of the last value, an array, is known to depend on none of another
    array but the one at its own place. The values before it are what it is a derivative of."""
    if values[0].shape == ():
        raise EvaluationError(
            "the second derivative of a number by an array is a matrix",
            node.span,
            hint="write hessian(u, x); diff(sum(diff(u, x)), x) is that of the sum",
        )
    value, region = values[-1], frame.region
    alone = sparsity.by_own(value, x)
    if alone and region is not None and x.index in region.keys:
        for param in region.ordered():
            if param is not x and value.index in between([value], [param]):
                moved = yield from _tangent(lowering, param, Derivative(value, x, node.span), region)
                alone = alone and moved is None
    if not alone:
        raise EvaluationError(
            "the derivative of an array by an array is that of each element by each",
            node.span,
            hint="write jacobian(u, x); diff(sum(u), x) is that of the sum",
        )


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
    _tell_independent(lowering, node, value, node.by, frame)
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
    elements: list[Value] | None = None
    columns = []
    for x in xs:
        of_x = shape_of(x)
        if of_x == ():
            found = yield Derivative(value, x, span), frame
            column = _derivative(found, _like(value, x), value, span)
        else:
            if elements is None:
                elements = _elements(value, span)
            rows = []
            for element in elements:
                found = yield Derivative(element, x, span), frame
                rows.append(_derivative(found, x, element, span))
            if not rows:
                column = lowering.builder.constant(zeros((*shape, *of_x)), frame.scope, span)
            elif shape:
                column = apply_at(S.reshape((*shape, *of_x)), span, apply_at(S.vector, span, *rows))
            else:
                column = rows[0]
        columns.append(apply_at(S.reshape((*shape, prod(of_x))), span, column) if node.listed else column)
    return apply_at(S.concat(len(shape)), span, *columns) if node.listed else columns[0]


def _elements(value: Value, span: Span) -> list[Value]:
    if value.shape == ():
        return [value]
    flat = apply_at(S.reshape((-1,)), span, value)
    return [apply_at(S.get_item((i,)), span, flat) for i in range(shape_of(flat)[0])]


def _derivative(found: Value | None, like: Value, of: Value, span: Span) -> Value:
    """What was found as a value like any other, in a shape."""
    return apply_at(unreached, span, like, of) if found is None else apply_at(as_gradient, span, found, like, of)


def derivative(lowering: Lowering, asked: Derivative, frame: Frame) -> Evaluation:
    """By a value that came into the region from outside: the sum over all that came in, of the derivative by it
    times its tangent. Of an array by a number all of it moves forwards at once."""
    region = frame.region
    forwards = asked.by.shape == () and asked.of.shape != ()
    if region is None or asked.by.index not in region.keys:
        if forwards:
            return _pushed(lowering, asked, [(asked.by, apply_at(seed, asked.span, asked.by))], frame)
        return _swept(lowering, asked, [asked.by], frame).get(asked.by.index)
    params = region.ordered()
    found = between([asked.of], params) if forwards else _swept(lowering, asked, params, frame)
    moving: list[tuple[Value, Value]] = []
    total: Value | None = None
    for param in params:
        if param.index not in found:
            continue
        if param is asked.by:
            term = apply_at(seed, asked.span, param) if forwards else found[param.index]
        else:
            term = yield from _tangent(lowering, param, asked, region)
            if term is None:
                continue
            if not forwards:
                term = _moved(found[param.index], term, param, asked)
        if forwards:
            moving.append((param, term))
        else:
            total = term if total is None else apply_at(add, asked.span, total, term)
    return _pushed(lowering, asked, moving, frame) if forwards else total


def _pushed(lowering: Lowering, asked: Derivative, moving: Sequence[tuple[Value, Value]], frame: Frame) -> Value | None:
    """What the tangents of some values make of the one that is asked for; None where it depends on none of them."""
    nodes = between([asked.of], [x for x, _ in moving])
    found = forward(
        [(x, t) for x, t in moving if x.index in nodes],
        nodes,
        symbolic=True,
        visit=lambda *visit: lowering.visited.append(visit),
        scope=frame.scope,
        span=asked.span,
        bounded=True,
    ).get(asked.of.index)
    return None if found is None else apply_at(mul, asked.span, apply_at(seed, asked.span, asked.of), found)


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
    """The derivative of one value by another, None where it does not depend on it: by a number in the shape of the
    value, by an array the matrix of the derivatives of each element by each."""
    if frame.region is None and lowering.outside is not None:
        return lowering.outside.tangent(of, by, span)
    if by.shape == ():
        return (yield Derivative(of, by, span), frame)
    if of.shape is None or by.shape is None:
        raise UnsupportedError(
            "diff() in a branch or a loop by what was computed outside of it needs shapes that are known",
            span,
            hint="give what a loop carries its final shape before the loop",
        )
    limits.within((prod(of.shape), prod(by.shape)), span=span)
    rows = []
    for element in _elements(of, span):
        rows.append((yield Derivative(element, by, span), frame))
    if all(row is None for row in rows):
        return None
    flat_rows = [apply_at(S.reshape((-1,)), span, S.in_shape(row, by)) for row in rows]
    return apply_at(S.vector, span, *flat_rows)


def no_tangent(of: Value, by: Value, span: Span, frame: Frame) -> Value:
    """The same of what does not depend on it: structural zeros."""
    if of.shape == by.shape == ():
        return by.absent(frame.scope)
    if by.shape == ():
        return apply_at(S.unmoved, span, of)
    return linear_algebra.outer(*[apply_at(S.reshape((-1,)), span, apply_at(S.unmoved, span, x)) for x in (of, by)])


def _moved(term: Value, tangent: Value, param: Value, asked: Derivative) -> Value:
    """What a cotangent of a parameter adds to the derivative, given the tangent of the parameter."""
    if param.shape == asked.by.shape == ():
        return apply_at(mul, asked.span, term, tangent)
    if asked.by.shape == ():
        tangent = apply_at(S.reshape((-1,)), asked.span, tangent)
    found = apply_at(linear_algebra.matmul, asked.span, apply_at(S.reshape((-1,)), asked.span, term), tangent)
    return apply_at(S.reshape(shape_of(asked.by)), asked.span, found)
