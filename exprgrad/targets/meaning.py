"""What the values of a program mean as expressions, and which of them are needed at all."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Final

from exprgrad.diagnostics import UnsupportedError
from exprgrad.numbers.arithmetic import to_python
from exprgrad.numbers.scalars import NOTHING
from exprgrad.ops.registry import Op
from exprgrad.records import NamedTuple
from exprgrad.targets.expressions import PRIMITIVES, SYMBOLS, Expression, Symbols, as_number, leaves, nodes
from exprgrad.targets.kernels import KERNELS
from exprgrad.targets.structure import (
    ABSENT,
    CARRIED,
    CHOSEN,
    COMPUTED,
    COPIED,
    COUNTER,
    ELEMENT,
    STACK,
    THERE,
    Loop,
    Structure,
    Value,
    sources,
)

# So many primitives may stand in a line; an operation that comes to more, or that chooses, is a function of its own.
MOST: Final = 6


def kernel(op: Op) -> Callable[..., Any] | None:
    """What makes an expression of an operation, None where there is nothing."""
    family, attributes = op.reference
    made = KERNELS[family](*attributes) if family in KERNELS else None
    own = None if made is None else partial(made, SYMBOLS)
    if op.arrays is not None:
        return op.arrays(Symbols(own))
    if own is not None:
        return own
    return getattr(SYMBOLS, op.name) if op.name in PRIMITIVES else None


def maker(value: Value, op: Op) -> Callable[..., Any]:
    """What makes the expression of the operation that a value is, or the number, if that is known."""
    run = kernel(op)
    if run is None:
        what = op.name if op.public else op.doc
        raise UnsupportedError(f"{what} has no form outside of exprgrad", value.span, hint=_HINT)

    def make(*operands: Any) -> Any:
        try:
            return run(*operands)
        except UnsupportedError as problem:
            problem.span = value.span
            raise
        except ZeroDivisionError:  # of numbers, which Python refuses
            return to_python(op.compute(operands))

    return make


class CalledOperation(NamedTuple):
    """An operation that is called, where it is on constants with these: `key` tells it from others, `operands` are the
    constants, and for the others leaves that are `of` its `parameters`; `comment` is what it is."""

    op: Op
    key: tuple[Any, ...]
    parameters: Sequence[str]
    operands: Sequence[Any]
    comment: str

    def expression(self) -> Any:
        """What it gives."""
        run = kernel(self.op)
        assert run is not None, "what is called has a kernel"
        return run(*self.operands)


def called_operation(call: Expression) -> CalledOperation:
    """The operation that an expression calls."""
    op: Op = call.call
    names = [*op.operand_names, *(f"x{i}" for i in range(len(op.operand_names), len(call.operands)))]
    given = dict(zip(names, call.operands, strict=False))
    fixed = {name: x for name, x in given.items() if not isinstance(x, Expression)}
    operands = [fixed[name] if name in fixed else Expression("leaf", of=name) for name in given]
    key = (op.reference, *[float(fixed[name]).hex() if name in fixed else None for name in given])
    where = f", where {' and '.join([f'{name} = {x!r}' for name, x in fixed.items()])}" if fixed else ""
    return CalledOperation(op, key, [name for name in given if name not in fixed], operands, f"{op.doc}{where}")


def only_for_derivatives(
    structure: Structure, value: Value, operands: Sequence[Value], of: Callable[[Value], Value] = lambda x: x
) -> bool:
    """Whether all outputs that depend on a value are derivatives of its operands, those that may be nan; `of` says
    which value another one is."""
    own = {of(x).index for x in (operands[1:] or operands)}
    return all(
        own <= {of(structure.outputs[k].value).index for k in output.before}
        for i, output in enumerate(structure.outputs)
        if value.feeds >> i & 1
    )


class Meanings:
    """The expressions of a structure's values. A value that is another one, or a constant, is resolved to it."""

    def __init__(self, structure: Structure) -> None:
        self.structure = structure
        self.expressions: dict[int, Expression] = {}
        self._resolved: dict[int, Value] = {}
        self._masks: dict[int, bool] = {}
        # What loops have added up, by the index: each is absent if its loop has not run.
        self.added: dict[int, Loop] = {}
        self._find_added()
        for value in list(structure.values):
            self._resolve(value)
        self.live = self._find_live()

    def of(self, value: Value) -> Value:
        """The value that another one is."""
        return self._resolved.get(value.index, value)

    def is_mask(self, value: Value) -> bool:
        """Whether a value is a truth value."""
        value = self.of(value)
        while value.kind in (ELEMENT, STACK):
            value = self.of(value.operands[0])
        if value.kind != CHOSEN:
            return value.index in self.expressions and self.expressions[value.index].mask
        if value.index not in self._masks:
            sides = [self.of(x) for x in value.operands[1:]]
            self._masks[value.index] = any(map(self.is_mask, sides)) and all(
                x.number in (0.0, 1.0) or self.is_mask(x) for x in sides
            )
        return self._masks[value.index]

    def leaf(self, value: Value) -> Any:
        """A value in an expression: a constant is a float."""
        value = self.of(value)
        if value.number is not None:
            return value.number
        return Expression("leaf", mask=self.is_mask(value), of=value)

    def condition(self, value: Value) -> Any:
        """A value as a condition; one that is nan is refused."""
        holds = self.known(value)
        if holds is not None:
            return holds
        leaf = self.leaf(value)
        return leaf if isinstance(leaf, Expression) and leaf.mask else Expression("holds", (leaf,))

    def known(self, condition: Value) -> bool | None:
        """Whether a condition holds, None where that is not known before it runs, or where it is nan."""
        number = self.of(condition).number
        return None if number is None or math.isnan(number) else number != 0.0

    def _find_added(self) -> None:
        """Finds what loops add up from nothing, and which only sums and outputs read: that can begin as a zero that
        changes no sum."""
        readers: dict[int, list[Value]] = {}
        for value in self.structure.values:
            for x in value.operands:
                readers.setdefault(x.index, []).append(value)
        for carried in [value for value in self.structure.values if value.kind == CARRIED]:
            start, following = carried.operands
            loop = carried.loop
            if start.state != ABSENT or not _adds(following, carried) or loop is None or loop.total is None:
                continue
            ends = [x for x in readers[carried.index] if x.kind == COPIED]
            if {following.index, *[x.index for x in ends]} == {x.index for x in readers[carried.index]} and all(
                _adds(x, end) for end in ends for x in readers.get(end.index, ())
            ):
                carried.operands[0] = self.structure.constant(NOTHING)
                carried.state = THERE
                self.added |= {end.index: loop for end in ends}

    # -- values -----------------------------------------------------------------------------------------

    def _resolve(self, value: Value) -> None:
        found: Any = None
        if value.state == ABSENT:
            found = self.structure.absent
        elif value.kind == COPIED or (value.kind == CARRIED and value.operands[1] is value):
            found = self.of(value.operands[0])
        elif value.kind == COUNTER:
            assert value.loop is not None
            found = None if value.loop.total is None else self.of(value.loop.total)
        elif value.kind == CHOSEN and (holds := self.known(value.operands[0])) is not None:
            found = self.of(value.operands[1 if holds else 2])
        elif value.kind == COMPUTED:
            found = self._computed(value)
            if isinstance(found, Expression) and found.name == "absent":
                found = self.structure.absent
            elif isinstance(found, Expression):
                if not found.is_leaf:
                    self.expressions[value.index] = found
                    if not self._may_be_absent(found):
                        value.state = THERE
                    return
                found = found.of
            else:
                found = self.structure.constant(float(found))
        elif value.kind == CHOSEN and all(self.of(x).state == THERE for x in value.operands[1:]):
            value.state = THERE
        if found is not None and found is not value:
            self._resolved[value.index] = found

    def _may_be_absent(self, expression: Any) -> bool:
        """Whether what an expression gives may be a structural zero, as what it is made of is known by now."""
        stack = [expression]
        while stack:
            x = stack.pop()
            if not isinstance(x, Expression):
                continue
            if x.name == "absent" or (x.is_leaf and x.of.state & ABSENT):
                return True
            if x.name == "where":
                stack += x.operands[1:]
        return False

    def _computed(self, value: Value) -> Any:
        assert value.instruction is not None
        op = value.instruction.operation
        operands = [self.of(x) for x in value.operands]
        # The last statements see to what is nan where a result is, and what is differentiated reads like a textbook.
        if op.unless_nan is not None and only_for_derivatives(self.structure, value, operands, self.of):
            return op.unless_nan
        leaves = [None if x.state == ABSENT else self.leaf(x) for x in operands]
        gone = [
            Expression("is_absent", (leaf,)) if x.state & ABSENT and leaf is not None else None
            for x, leaf in zip(operands, leaves, strict=True)
        ]
        # What the branches choose whose conditions are known may be absent after all.
        if op.zero is not None and (all if op.zero == "sum" else any)(leaf is None for leaf in leaves):
            return Expression("absent")
        made = maker(value, op)

        def make(*operands: Any) -> Any:
            found = made(*operands)
            return found if is_short(found) else Expression(op.name, [*map(as_number, operands)], call=op)

        if op.zero == "sum":
            return _sum(make, op.signs, leaves, gone)
        if op.zero is None:
            present = [
                0.0 if leaf is None else leaf if absent is None else SYMBOLS.where(absent, 0.0, leaf)
                for leaf, absent in zip(leaves, gone, strict=True)
            ]
            return make(*present)
        nowhere: Any = SYMBOLS.equal(leaves[-1], 0.0) if op.zero == "share" else False
        for absent in gone:
            if absent is not None:
                nowhere = SYMBOLS.logical_or(nowhere, absent)
        return SYMBOLS.where(nowhere, Expression("absent"), make(*leaves)) if nowhere is not False else make(*leaves)

    # -- what is needed -----------------------------------------------------------------------------------

    def reads(self, value: Value) -> list[Value]:
        """The values that one is made of, as often as it names them."""
        expression = self.expressions.get(value.index)
        if expression is None:
            return [self.of(x) for x in sources(value)]
        found: list[Value] = leaves(expression)
        return found

    def _find_live(self) -> set[int]:
        found: set[int] = set()
        stack = [self.of(output.value) for output in self.structure.outputs]
        while stack:
            value = stack.pop()
            if value.index in found:
                continue
            found.add(value.index)
            stack += self.reads(value)
            block = value.block
            while block.parent is not None:
                if block.condition is not None:
                    stack.append(self.of(block.condition))
                elif block.loop is not None:
                    stack.append(self.of(block.loop.decides))
                block = block.parent
        return found


_HINT: Final = "leave it out, or write it in operations that are elementary"


def _adds(value: Value, operand: Value) -> bool:
    """Whether a value is the sum of an operand and of something that is there."""
    if value.kind != COMPUTED or value.instruction is None or value.instruction.operation.zero != "sum":
        return False
    others = [x for x in value.operands if x is not operand]
    return min(value.instruction.operation.signs) > 0 and len(others) == 1 and others[0].state == THERE


def _sum(make: Callable[..., Any], signs: Sequence[int], leaves: Sequence[Any], gone: Sequence[Any]) -> Any:
    """A sum or difference of which an operand may be absent."""
    (x, y), (no_x, no_y) = leaves, gone
    if x is None or y is None:
        return x if y is None else y if signs[1] > 0 else SYMBOLS.negative(y)
    found = make(x, y)
    if no_x is not None:
        found = SYMBOLS.where(no_x, y if signs[1] > 0 else SYMBOLS.negative(y), found)
    return found if no_y is None else SYMBOLS.where(no_y, x, found)


def is_short(expression: Any) -> bool:
    """Whether an operation's expression stands in a line well."""
    made = nodes(expression)
    return len(made) <= MOST and not any(x.name == "where" or x.call is not None for x in made)
