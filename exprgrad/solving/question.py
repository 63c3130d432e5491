"""What is asked: which inputs are unknown, where they start, and what is differentiated by."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from exprgrad import expected
from exprgrad.diagnostics import NameProblem, UsageError, listed, meant
from exprgrad.numbers import arrays
from exprgrad.numbers.scalars import is_array
from exprgrad.ops.structural import shape_of
from exprgrad.records import NamedTuple
from exprgrad.solving.newton import Point
from exprgrad.solving.vector_function import Compiled, VectorFunction
from exprgrad.syntax.names import live_reads
from exprgrad.syntax.plan import diffs, sources
from exprgrad.syntax.tree import Derivatives, Diff

Shapes = Mapping[str, tuple[int, ...]]


class Question(NamedTuple):
    """What is asked: the unknowns and the inputs that what is found is differentiated by, with their shapes, and all
    values, those of the unknowns to start from."""

    unknowns: Shapes
    moving: Shapes
    values: Mapping[str, Any]

    @property
    def start(self) -> Point:
        """The unknowns, one after the other."""
        return self._flat(self.unknowns)

    @property
    def others(self) -> Point:
        """What is differentiated by, one after the other."""
        return self._flat(self.moving)

    def _flat(self, shapes: Shapes) -> Point:
        parts = [np.reshape(self.values[name], -1) for name in shapes]
        return tuple(np.concatenate(parts).tolist()) if parts else ()


def starts(unknowns: Mapping[Any, Any], values: Mapping[str, Any]) -> dict[str, Any]:
    """The values with those of unknowns that are given with their starts, {"x": 1}."""
    found = expected.by_name("the unknowns are", unknowns, '{"x": 1}')
    if twice := next((name for name in found if name in values), None):
        raise UsageError(f"{twice} has two values to start from", hint="leave one of them out")
    return {**values, **found}


def asked(
    owner: Compiled,
    unknowns: Sequence[str],
    values: Mapping[str, Any],
    what: str,
    columns: Sequence[str] = (),
    start: str = "give each a value, as in x=1",
) -> Question:
    """The question, checked; `what` the unknowns are to be, and how a `start` is given. Inputs that are `columns` have
    no value, and stand for many."""
    task = owner.task
    odd = {
        "a direction": task.direction is not None,
        "a jacobian": task.full_jacobian,
        "weights": bool(task.weights),
    }
    for option, is_given in odd.items():
        if is_given:
            raise UsageError(f"{option} and what is {what} exclude each other", hint="leave one of them out")
    if owner.max_order > 1:
        message = f"derivatives above the first order and what is {what} exclude each other"
        raise UsageError(message, hint="compute them in a second run, at the values that are found")
    check_unknowns(owner, unknowns, what)
    given = expected.by_name("the values are", values, "x=1")
    if missing := [name for name in unknowns if name not in given]:
        span = task.names.inputs[missing[0]]
        raise NameProblem(f"no value for {listed(missing)} to start from", span, source=owner.text, hint=start)
    owner.check_inputs({**dict.fromkeys(columns, 0.0), **given})
    doubles = {name: arrays.doubles(x) if is_array(x) else x for name, x in owner.shared(given).items()}
    shapes = {name: shape_of(x) for name, x in doubles.items()}
    for name in unknowns:
        if not np.size(doubles[name]):
            raise UsageError(f"the start of {name} has no elements", hint="start from a number, or from some")
        if not np.isfinite(doubles[name]).all():
            raise UsageError(f"the start of {name} is not finite", hint="start from a number")
    if owner.wrt_named and (named := [name for name in owner.wrt if name in columns]):
        raise UsageError(f"{listed(named)} is a column, so nothing is differentiated by it", hint="take it out of wrt=")
    # By data, which is many, only where it is named.
    moving = [x for x in owner.wrt if x in shapes and x not in unknowns and (owner.wrt_named or not shapes[x])]
    if not owner.max_order:
        moving = []
    values = given | {name: _plain(doubles[name]) for name in (*unknowns, *moving)}
    return Question({x: shapes[x] for x in unknowns}, {x: shapes[x] for x in moving}, values)


def _plain(x: Any) -> Any:
    """A number, or lists of numbers, which are computed with as rounded ones."""
    return x.tolist() if is_array(x) else x


def check_unknowns(owner: Compiled, unknowns: Sequence[str], what: str) -> None:
    """Raises unless these are inputs that may be `what`."""
    if not unknowns:
        raise UsageError(f"there is nothing to be {what}", hint='name an input, as in "x"')
    owner.task.names.check_numbers(unknowns, what)
    for name in unknowns:
        if name in owner.task.names.constants:
            raise NameProblem(f"{name} is a constant here, and not {what}", hint=f"compile(..., override=['{name}'])")
        if name not in owner.inputs:
            hint = meant(name, owner.inputs, f"the inputs are {', '.join(owner.inputs) or 'none'}")
            raise NameProblem(f"the program has no input {name} to be {what}", hint=hint)
        if unknowns.count(name) > 1:
            raise UsageError(f"{name} is to be {what} twice", hint="name it once")
        if owner.wrt_named and name in owner.wrt:
            higher = (
                ", and leave max_order= out: orders above the first are for a second run, at the values that are found"
            )
            hint = f"take it out of wrt={higher if owner.max_order > 1 else ''}"
            raise UsageError(f"{name} is {what}, so nothing is differentiated by it", hint=hint)


def check_diffs(owner: Compiled, unknowns: Sequence[str], what: str, wanted: Sequence[str]) -> None:
    """Raises where a derivative that the wanted results need would silently be 0: that of what follows from an unknown
    by an input that moves it through the unknown alone. Inside the program unknowns are inputs of their own."""
    names = owner.task.names
    for node, parameters in diffs(names, wanted) if names.diffs else ():
        reads = live_reads(node.operand, names.functions)
        if not reads.isdisjoint(parameters):  # they may be given anything
            continue
        found = sources(names, reads)
        through = [name for name in unknowns if name in found]
        for by in node.by if through else ():
            if by.name in names.inputs and by.name not in (*found, *unknowns, *parameters):
                is_one = len(through) == 1
                raise UsageError(
                    f"{listed(through)} {'is' if is_one else 'are'} {what}, and inside the program "
                    f"{'it does' if is_one else 'they do'} not depend on {by.name}",
                    node.span,
                    source=owner.text,
                    hint=f"{'its derivative' if is_one else 'their derivatives'} by {by.name} "
                    f"{'is written beside it' if is_one else 'are written beside them'}: leave {_form(node)}() out, or "
                    f"write the formula of {listed(through)}",
                )


def _form(node: Diff | Derivatives) -> str:
    return "diff" if isinstance(node, Diff) else node.function


def asked_of(owner: Compiled, unknowns: Sequence[str]) -> list[str]:
    """The results that the question is about: those that are fetched, and no unknowns; where unknowns alone are
    fetched, those of the program."""
    found = [name for name in owner.results if name not in unknowns]
    return found or [name for name in owner.task.names.results if name not in unknowns]


def shown_of(owner: Compiled, unknowns: Sequence[str], last: Sequence[str] = ()) -> tuple[str, ...]:
    """What is shown, in order: the unknowns and then the results, the `last` behind the others. Where what is fetched
    has an unknown among it, or none of the last, it is what is fetched."""
    exact = any([name in unknowns for name in owner.results]) or (last and not {*last} & {*owner.results})
    if owner.fetch_named and exact:
        return owner.results
    results = [name for name in owner.results if name not in unknowns]
    return (*unknowns, *sorted(results, key=last.__contains__))


def plain(owner: Compiled, question: Question) -> VectorFunction:
    """The function in the arithmetic that it runs in itself."""
    shapes = {**question.unknowns, **question.moving}
    rest = {name: x for name, x in question.values.items() if name not in shapes}
    return VectorFunction(owner, shapes, rest, rounded=True)
