"""The reverse sweep of `backward` when nothing but numbers is asked for: `autodiff.reverse` with its bookkeeping on
the tensors.

A long trace of scalars spends its time in the bookkeeping, not in the arithmetic. Here a cotangent waits on its
tensor instead of in a dict, and the step of an elementwise operation on up to two doubles is written out, which
together takes half of the time. It is the only second copy of the sweep: tests/faces/torch/test_sweep.py holds that
both give the same, to the last bit, on any trace. Since the cotangents lie on the tensors, one sweep at a time can
run: a second one, of another thread or from within, is left to `autodiff.reverse`. So is one that comes upon a mark
(see `marks`), which lies where a cotangent would: it is neither collected nor looked for, and found where a cotangent
is to be added to it.
"""

from __future__ import annotations

from collections.abc import Sequence
from operator import attrgetter
from types import FunctionType
from typing import Any, Final

from exprgrad.autodiff import pull_step
from exprgrad.faces.torch.changes import check
from exprgrad.faces.torch.marks import FREED, Mark, on_tensors
from exprgrad.faces.torch.modes import DOUBLE
from exprgrad.numbers.rounded import FLOAT64
from exprgrad.numbers.scalars import ZERO
from exprgrad.ops.arithmetic import add, mul, portion
from exprgrad.ops.control import unreached
from exprgrad.ops.registry import MINUS_ONE, ONE, Share, Value

_by_index: Final = attrgetter("index")


class _Marked(Exception):
    """The sweep has come upon a tensor with a mark."""


def leaf_cotangents(output: Any, g: Value, retain: bool) -> list[tuple[Any, Value]] | None:
    """The leaves that require a gradient, with their cotangents, when `output` has cotangent g. One that none reaches,
    as through floor, has 0.

    All that is passed and no leaf is marked as freed, unless `retain`. None, and nothing done, if the sweep is to be
    left to `autodiff.reverse`.
    """
    if not on_tensors.acquire(blocking=False):
        return None
    order: list[Any] = []
    try:
        if output.cotangent is not None:
            return None
        _collect(output, order)
        order.sort(key=_by_index, reverse=True)
        check(reversed(order), order[0].index)
        output.cotangent = g
        return _sweep(order, None if retain else FREED, output.value)
    except BaseException as problem:
        for node in order:
            node.cotangent = None
        if type(problem) is _Marked:
            return None
        raise
    finally:
        on_tensors.release()


def _collect(output: Any, order: list[Any]) -> None:
    """The tensors that the output is computed from and that require a gradient, each marked by a cotangent ZERO.

    A tensor is in `order` before it is marked, so that an interrupt leaves no mark behind.
    """
    push = order.append
    push(output)
    output.cotangent = ZERO
    for node in order:  # it grows as it is walked
        x = node.left
        if x is None:
            for x in node.operands:
                if x.requires_grad and x.cotangent is None:
                    push(x)
                    x.cotangent = ZERO
            continue
        if x.requires_grad and x.cotangent is None:
            push(x)
            x.cotangent = ZERO
        x = node.right
        if x is not None and x.requires_grad and x.cotangent is None:
            push(x)
            x.cotangent = ZERO


def _sweep(order: Sequence[Any], passed: Mark | None, result: Any) -> list[tuple[Any, Value]]:
    found = []
    times, plus, minus = FLOAT64.mul, FLOAT64.add, FLOAT64.neg
    mpfr, function, one = DOUBLE, FunctionType, ONE
    for node in order:
        g = node.cotangent
        if g is ZERO:
            node.cotangent = None
            if node.op is None:
                found.append((node, unreached.compute((node.value, result))))
            continue
        op = node.op
        if op is None:
            node.cotangent = None
            found.append((node, g))
            continue
        node.cotangent = passed
        x = node.left
        partials = op.partials
        if x is None or type(g) is not mpfr or type(partials) is not tuple:
            for x, c in pull_step(node, g, [x.requires_grad for x in node.operands]):
                before = x.cotangent
                x.cotangent = c if before is ZERO else _add(before, c)
            continue
        y = node.right
        rule = partials[0]
        if rule is not None and x.requires_grad:
            if rule is one:
                c = g
            elif type(rule) is function:
                c = rule(node.value, x.value) if y is None else rule(node.value, x.value, y.value)
                c = times(g, c) if type(c) is mpfr else mul(g, c)
            elif rule is MINUS_ONE:
                c = minus(g)
            else:
                assert type(rule) is Share
                c = rule.rule(node.value, x.value) if y is None else rule.rule(node.value, x.value, y.value)
                c = portion(g, c)
            before = x.cotangent
            if before is ZERO:
                x.cotangent = c
            else:
                x.cotangent = plus(before, c) if type(before) is type(c) is mpfr else _add(before, c)
        if y is None:
            continue
        rule = partials[1]
        if rule is not None and y.requires_grad:
            if rule is one:
                c = g
            elif type(rule) is function:
                c = rule(node.value, x.value, y.value)
                c = times(g, c) if type(c) is mpfr else mul(g, c)
            elif rule is MINUS_ONE:
                c = minus(g)
            else:
                assert type(rule) is Share
                c = rule.rule(node.value, x.value, y.value)
                c = portion(g, c)
            before = y.cotangent
            if before is ZERO:
                y.cotangent = c
            else:
                y.cotangent = plus(before, c) if type(before) is type(c) is mpfr else _add(before, c)
    return found


def _add(before: Value, c: Value) -> Value:
    if type(before) is Mark:
        raise _Marked
    return add(before, c)
