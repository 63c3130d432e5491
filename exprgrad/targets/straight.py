"""A program as a straight list of named expressions, for languages that have no statements.

It is run on what is known: a loop is unrolled, and whether it goes on has to be known each time; of a branch whose
condition is known a side alone is left. Of any other both sides are computed, and where it ends one of two is chosen.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final

from exprgrad.diagnostics import EvaluationError, UnsupportedError
from exprgrad.numbers.arithmetic import to_python
from exprgrad.numbers.scalars import NOTHING
from exprgrad.ops.registry import Op
from exprgrad.records import NamedTuple
from exprgrad.targets.expressions import CHECKED, PRIMITIVES, SYMBOLS, Expression, as_number, nodes, truth
from exprgrad.targets.meaning import is_short, maker, only_for_derivatives
from exprgrad.targets.naming import Names
from exprgrad.targets.structure import CHOSEN, COMPUTED, COPIED, Block, Loop, Sides, Structure, Value
from exprgrad.targets.writing import Writing
from exprgrad.text_tests import as_test

# So many expressions may an unrolled program have.
MOST: Final = 20_000
# An expression in which so many stand in each other is cut.
_DEEPEST: Final = 50


class Assignment(NamedTuple):
    """A name for an expression, and the piece of the source that it comes from, "" where only derivatives need it."""

    name: str
    expression: Expression
    source: str


class Straight(NamedTuple):
    """What a program computes: of each input the name that it has here, assignments in order, and of each output an
    expression, or a number.

    Leaves of expressions are `of` a name, that of an input or of an earlier assignment, and no expression stands twice
    in what is written: what is read more than once has a name. `refused` is a truth value: whether the program has no
    value at these inputs, since a condition is nan; False where there is none that could be.
    """

    inputs: dict[str, str]
    assignments: list[Assignment]
    outputs: dict[str, Any]
    refused: Any


class _Known(NamedTuple):
    """What is known of a value: a number or an expression, and whether it is the structural zero, or a truth value that
    says so. As a number that zero is the one that changes no sum."""

    number: Any
    absent: Any = False


_GONE: Final = _Known(NOTHING, True)


def straight(
    task: Writing,
    reserved: Collection[str] = (),
    fold: Callable[[str], str] = str,
    composed: Mapping[str, Callable[..., Any]] = MappingProxyType({}),
    deepest: int = _DEEPEST,
    largest: int = MOST,
    calls: bool = False,
    vague: bool = False,
) -> Straight:
    """A task without statements. `reserved` are names that nothing may have; those that `fold` alike are the same one.
    `composed` has for the primitives that the language lacks what makes them of others, or of its own functions, which
    are expressions of other names. So many expressions stand in each other at the most (`deepest`), and so many
    together with the numbers in them (`largest`). With `calls` an operation that is no short expression is called. With
    `vague` all outputs are nan where the program is refused, which it is nowhere then.

    Raises an UnsupportedError for a loop that runs as often as its numbers say."""
    task.check()
    return _Straightening(task, composed, calls).named(_names(reserved, fold), deepest, largest, vague)


def listed(root: Any, reserved: Collection[str], largest: int) -> tuple[list[Assignment], Any]:
    """An expression of leaves that are `of` names: names for what is read more than once or would be too large, and
    what is left."""
    listing = _Listing(_names(reserved), {}, {}, {}, MOST, largest)
    (found,) = listing.of([root])
    return listing.assignments, found


def _names(reserved: Collection[str], fold: Callable[[str], str] = str) -> Names:
    folded = set(map(fold, reserved))
    return Names(lambda name: fold(name) in folded, reserved, fold)


class _Straightening:
    """One run of a program on what is known. Equal expressions are one."""

    def __init__(self, task: Writing, composed: Mapping[str, Callable[..., Any]], calls: bool) -> None:
        self._task = task
        self._composed = composed
        self._calls = calls
        self._structure = Structure(task.program, task.outputs)
        self._merged: dict[tuple[Any, ...], Expression] = {}
        self._merged_ones: set[int] = set()
        # What values are, by their index; of stacks a list of what was pushed.
        self._known: dict[int, Any] = {}
        # The conditions of the sides that are open.
        self._path: list[Any] = []
        # When the program is refused, by the masks.
        self._refusals: dict[int, Expression] = {}
        # The piece of the source that an expression is, with its name.
        self._sources: dict[int, tuple[str, str]] = {}
        self._values = sum(1 << i for i, output in enumerate(self._structure.outputs) if not output.before)
        self._inputs = [Expression("leaf", of=value) for value in self._structure.inputs]
        for value in self._structure.values:
            if value.kind == "constant":
                self._known[value.index] = _GONE if value.number is None else _Known(value.number)
        for value, leaf in zip(self._structure.inputs, self._inputs, strict=True):
            self._known[value.index] = _Known(leaf)
        self._run()

    # -- the run -----------------------------------------------------------------------------------------------

    def _run(self) -> None:
        """Runs the statements; the stack holds what is still to be run, the next on top."""
        stack: list[Any] = [self._structure.root]
        while stack:
            item = stack.pop()
            if isinstance(item, Iterator):
                if (following := next(item, None)) is not None:
                    stack += [item, following]
            elif isinstance(item, Block):
                stack.extend(reversed(item.statements))
            elif isinstance(item, Value):
                self._known[item.index] = self._value(item)
            elif isinstance(item, Sides):
                stack.append(self._sides(item))
            else:
                assert isinstance(item, Loop)
                stack.append(self._loop(item))

    def _sides(self, sides: Sides) -> Iterator[Block]:
        condition = self._condition(sides.condition)
        for side, holds in ((sides.then, condition), (sides.otherwise, SYMBOLS.logical_not(condition))):
            if holds is not False:
                self._path.append(holds)
                yield side
                self._path.pop()

    def _loop(self, loop: Loop) -> Iterator[Block]:
        known = self._known
        for carried in loop.carried:
            known[carried.index] = known[carried.operands[0].index]
        for stack in loop.stacks:
            known[stack.index] = []
        total = None if loop.total is None else int(self._count(loop, known[loop.total.index].number))
        count = 0
        while count != total:
            place = count if total is None or not loop.backwards else total - 1 - count
            for element in loop.elements:
                pushed = known[element.operands[0].index]
                known[element.index] = pushed[-1 - place if element.turned != loop.backwards else place]
            yield loop.head
            if loop.condition is not None and not self._count(loop, self._condition(loop.condition)):
                break
            yield loop.body
            count += 1
            if len(self._merged) > MOST:
                raise UnsupportedError(
                    f"without its loops this program has more than {MOST} operations",
                    loop.frame.span,
                    hint="let the loop run less often, or write the program down in a language that has loops",
                )
            for stack in loop.stacks:
                known[stack.index].append(known.get(stack.operands[0].index, _GONE))
            following = [known[carried.operands[1].index] for carried in loop.carried]
            for carried, value in zip(loop.carried, following, strict=True):
                known[carried.index] = value
        known[loop.counter.index] = _Known(float(count))

    def _count(self, loop: Loop, decides: Any) -> Any:
        """What decides how often a loop runs, which has to be known."""
        if isinstance(decides, Expression):
            raise UnsupportedError(
                "how often this loop runs depends on the inputs, which a language without loops cannot follow",
                loop.frame.condition_span or loop.frame.span,
                hint="let it run a number of times that is written there, as in for i in 0..10",
            )
        return decides

    def _condition(self, value: Value) -> Any:
        """A value as a condition, by which the program is refused where it is nan."""
        number = self._known[value.index].number
        if not isinstance(number, Expression) or not number.mask:
            self._refuse(SYMBOLS.isnan(number))
        return self._merge(truth(number))

    def _refuse(self, mask: Any) -> None:
        for condition in self._path:
            mask = SYMBOLS.logical_and(condition, mask)
        mask = self._merge(mask)
        if mask is True:
            raise UnsupportedError("a condition is nan whatever the inputs are", hint="write it with numbers")
        if mask is not False:
            self._refusals[mask.index] = mask

    # -- values --------------------------------------------------------------------------------------------------

    def _value(self, value: Value) -> _Known:
        known = self._known
        if value.kind == COPIED:
            found: _Known = known[value.operands[0].index]
            return found
        if value.kind == CHOSEN:
            condition = self._condition(value.operands[0])
            # A side that is not taken has not run.
            sides = [known.get(x.index, _GONE) for x in value.operands[1:]]
            return self._where(condition, *sides)
        assert value.kind == COMPUTED and value.instruction is not None
        op = value.instruction.operation
        if op.unless_nan is not None and only_for_derivatives(self._structure, value, value.operands):
            return _Known(op.unless_nan)
        found = self._applied(value, op, [known[x.index] for x in value.operands])
        if isinstance(found.number, Expression) and not found.number.is_leaf and value.span is not None:
            is_value = value.feeds & self._values
            name = self._task.names.get(value.span, "") if is_value else ""
            if name or found.number.index not in self._sources:
                self._sources[found.number.index] = name, self._task.piece(value.span) if is_value else ""
        return found

    def _where(self, condition: Any, then: _Known, otherwise: _Known) -> _Known:
        absent = SYMBOLS.logical_or(
            SYMBOLS.logical_and(condition, then.absent),
            SYMBOLS.logical_and(SYMBOLS.logical_not(condition), otherwise.absent),
        )
        if then.absent is otherwise.absent:
            absent = then.absent
        return _Known(self._merge(_where(condition, then.number, otherwise.number)), self._merge(absent))

    def _applied(self, value: Value, op: Op, operands: Sequence[_Known]) -> _Known:
        """An operation on operands of which some may be the structural zero (see `Op.zero`)."""
        make = maker(value, op)

        def made(*numbers: Any) -> Any:
            if any(isinstance(x, Expression) for x in numbers):
                return self._merge(self._calling(op, make)(*numbers))
            try:
                return float(to_python(op.compute(numbers)))
            except EvaluationError:  # a condition that is nan is refused where it is reached
                return self._merge(make(*numbers))

        numbers = [x.number for x in operands]
        if op.zero is None:
            return _Known(made(*map(self._present, operands)))
        if op.zero == "sum":
            (x, no_x), (y, no_y) = operands
            if no_y is True:
                return operands[0]
            if no_x is True:
                return _Known(self._merge(y if op.signs[1] > 0 else SYMBOLS.negative(y)), no_y)
            # What x is where it is absent changes no sum, nor does y where it is added.
            number = made(x, y) if op.signs[1] > 0 else _where(no_y, x, made(x, y))
            return _Known(self._merge(number), self._merge(SYMBOLS.logical_and(no_x, no_y)))
        absent: Any = False
        if op.zero == "share":
            last = numbers[-1]
            absent = SYMBOLS.equal(last, 0.0) if isinstance(last, Expression) else last == 0.0
        for x in operands:
            absent = SYMBOLS.logical_or(absent, x.absent)
        if absent is True:
            return _GONE
        absent = self._merge(absent)
        return _Known(self._merge(_where(absent, NOTHING, made(*numbers))), absent)

    def _calling(self, op: Op, make: Callable[..., Any]) -> Callable[..., Any]:
        """What makes the expression of an operation, which may be a call of it."""

        def called(*operands: Any) -> Any:
            found = make(*[Expression("leaf", of=op.name) if isinstance(x, Expression) else x for x in operands])
            if is_short(found):
                return make(*operands)
            return Expression(op.name, [*map(as_number, operands)], mask=found.mask, call=op)

        return called if self._calls else make

    def _present(self, x: _Known) -> Any:
        """A number, 0 where it is absent."""
        return self._merge(_where(x.absent, 0.0, x.number))

    # -- equal expressions ----------------------------------------------------------------------------------------

    def _merge(self, root: Any) -> Any:
        """An expression whose parts are those that there are already, where they are equal. What refuses nan is left
        out, and refuses the program."""
        if not isinstance(root, Expression):
            return root
        found: dict[int, Any] = {}
        for node in nodes(root, self._merged_ones):
            operands = [found.get(x.index, x) if isinstance(x, Expression) else x for x in node.operands]
            if node.name in ("refuse_nan", "holds"):
                self._refuse(SYMBOLS.isnan(operands[0]))
                found[node.index] = operands[0] if node.name == "refuse_nan" else self._merge(truth(operands[0]))
                continue
            if node.name in self._composed:
                found[node.index] = self._merge(self._composed[node.name](*operands))
                continue
            key = (node.name, node.call and node.call.reference, *[_key(x) for x in operands])
            if key not in self._merged:
                self._merged[key] = made = Expression(node.name, operands, mask=node.mask, call=node.call)
                self._merged_ones.add(made.index)
            found[node.index] = self._merged[key]
        return found.get(root.index, root)

    # -- the list -------------------------------------------------------------------------------------------------

    def _outputs(self, refused: Any) -> dict[str, Any]:
        """The numbers of the outputs, which are nan where the program is `refused`. A derivative is nan where that
        which it is one of is."""
        found: list[Any] = []
        for output in self._structure.outputs:
            number = self._present(self._known[output.value.index])
            if isinstance(number, Expression) and number.mask:
                number = Expression("number", (number,))
            mask = SYMBOLS.isnan(found[output.before[-1]]) if output.before else refused
            number = SYMBOLS.where(mask, float("nan"), number)
            found.append(self._merge(number))
        return {output.name: number for output, number in zip(self._structure.outputs, found, strict=True)}

    def named(self, names: Names, deepest: int, largest: int, vague: bool) -> Straight:
        """The list: what is read more than once has a name, so has what the source names, and what lies too deep."""
        refused: Any = False
        for mask in self._refusals.values():
            refused = SYMBOLS.logical_or(refused, mask)
        outputs = self._outputs(refused if vague else False)
        refused = False if vague else refused
        given = [x.name for x in self._task.program.inputs]
        inputs = {name: names.unique(name if (test := as_test(name)) is None else test.word) for name in given}
        # What is an output, under the name of the first one that it is.
        own: dict[int, str] = {}
        for name, x in outputs.items():
            if isinstance(x, Expression):
                own.setdefault(x.index, names.unique(name))
        written = {x.index: Expression("leaf", of=name) for x, name in zip(self._inputs, inputs.values(), strict=True)}
        listing = _Listing(names, own, self._sources, written, deepest, largest)
        found = listing.of([*outputs.values(), self._merge(refused)])
        return Straight(inputs, listing.assignments, dict(zip(outputs, found, strict=False)), found[-1])


class _Listing:
    """Puts expressions on a list, with names from those of `own`, the names in `sources`, or others; `written` are the
    leaves that others stand for."""

    def __init__(
        self,
        names: Names,
        own: Mapping[int, str],
        sources: Mapping[int, tuple[str, str]],
        written: dict[int, Expression],
        deepest: int,
        largest: int,
    ) -> None:
        self._names = names
        self._own = own
        self._sources = sources
        self._written = written
        self._deepest = deepest
        self._largest = largest
        self.assignments: list[Assignment] = []

    def of(self, roots: Sequence[Any]) -> list[Any]:
        """What is left of expressions when what they read has names."""
        order: dict[int, Expression] = {}
        reads: dict[int, int] = {}
        for root in roots:
            for node in nodes(root, order):
                order[node.index] = node
                for x in node.operands:
                    if isinstance(x, Expression):
                        reads[x.index] = reads.get(x.index, 0) + 1
            if isinstance(root, Expression):
                reads[root.index] = reads.get(root.index, 0) + 1
        ends = {x.index for x in roots if isinstance(x, Expression)}
        # How deep and how large expressions are.
        sizes: dict[int, tuple[int, int]] = {}
        for node in order.values():
            made = Expression(node.name, [self._leaf(x) for x in node.operands], mask=node.mask, call=node.call)
            inner = [sizes.get(x.index, (0, 0)) for x in node.operands if isinstance(x, Expression)]
            depth, size = 1 + max([d for d, _ in inner], default=0), 1 + sum(n for _, n in inner)
            size += len(node.operands) - len(inner)
            name, source = self._sources.get(node.index, ("", ""))
            is_long = (depth >= self._deepest or size >= self._largest) and node.name in PRIMITIVES
            is_long = is_long and node.index not in ends
            if (reads[node.index] > 1 and not _is_checked(node)) or name or is_long:
                name = self._own.get(node.index) or (self._names.unique(name) if name else self._names.temporary())
                self.assignments.append(Assignment(name, made, source))
                made, depth, size = Expression("leaf", mask=node.mask, of=name), 0, 0
            self._written[node.index] = made
            sizes[node.index] = depth, size
        return [self._leaf(x) for x in roots]

    def _leaf(self, x: Any) -> Any:
        return self._written.get(x.index, x) if isinstance(x, Expression) else x


def _key(x: Any) -> Any:
    """What an operand is told by: numbers by their bits."""
    return ("of", x.index) if isinstance(x, Expression) else x if isinstance(x, bool) else x.hex()


def _where(mask: Any, x: Any, y: Any) -> Any:
    """One of two numbers; of one that is chosen by the same condition again a side is left."""
    while isinstance(mask, Expression) and mask.name == "logical_not":
        mask, x, y = mask.operands[0], y, x
    x, y = _side(mask, x, 1), _side(mask, y, 2)
    return x if _key(x) == _key(y) else SYMBOLS.where(mask, x, y)


def _side(mask: Any, x: Any, place: int) -> Any:
    same = isinstance(x, Expression) and x.name == "where" and x.operands[0] is mask
    return x.operands[place] if same and not _is_checked(x.operands[place]) else x


def _is_checked(x: Any) -> bool:
    return isinstance(x, Expression) and x.name.endswith(CHECKED)
