"""The steps of a run as lines for a reader: what each operation computed, and what it added to which derivative."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain, count, islice
from typing import Any, Final

from exprgrad.diagnostics import cut
from exprgrad.dynamic.record import Added, Backward, Closed, Opened, Pulled, Ran, Record
from exprgrad.ops.control import as_gradient
from exprgrad.ops.structural import Structural
from exprgrad.records import NamedTuple
from exprgrad.views.numbers import NumberFormat, shortest, written
from exprgrad.views.rules import MOST_OPERANDS, rule, structural_rule

# An array is cut to so many characters.
LONGEST: Final = 40
# Of the iterations of a loop that are printed so many at its begin and one at its end; what is left out is said.
FIRST: Final = 2
# No line is indented more often: a recursion would fill the page with spaces.
DEEPEST: Final = 12
LETTERS: Final = ("u", "v", "w", "p", "q", "r", "s", "t")


class Row(NamedTuple):
    """A line: cells that stand below each other, the first one indented; and what it tells of. That is a step of the
    record, and of one of the backward pass what it adds; of iterations that are left out it is the first of them."""

    indent: int
    cells: tuple[str, ...]
    of: Ran | Pulled | Opened | None = None
    added: Added | None = None


class Steps:
    """The steps of a run; `record` holds them as data, `str` writes them. Beside a kink the sum of what they add may be
    no derivative: `settled` has those of each result."""

    def __init__(self, record: Record, settled: Mapping[str, Mapping[str, Any]]) -> None:
        self.record = record
        self.settled = settled

    def __str__(self) -> str:
        return self.text().rstrip("\n")

    def text(self, number: NumberFormat = shortest) -> str:
        """The forward pass, then the backward pass of each result, which ends with its derivatives."""
        view = Telling(self.record, number)
        lines = ["Forward:", *_aligned(view.forward())]
        for backward in self.record.backward:
            lines += [f"Backward from {backward.result}:", *_aligned(view.backward(backward))]
            settled = self.settled.get(backward.result, {})
            lines += [f"  {view.derivative(backward, by, settled)}" for by in backward.derivatives]
        return "".join(f"{line}\n" for line in [*lines, *explained(self.record)])


class Telling:
    """A record in words."""

    def __init__(self, record: Record, number: NumberFormat) -> None:
        self._record = record
        self._number = number
        # The operands of a rule have letters that mean nothing else in the program.
        letters = chain(LETTERS, (f"{letter}{i}" for i in count(1) for letter in LETTERS))
        free = (letter for letter in letters if letter not in record.names)
        self._letters = tuple(islice(free, MOST_OPERANDS))

    def value(self, x: Any) -> str:
        """A number, or an array."""
        return cut(written(x, self._number), LONGEST)

    def forward(self) -> Iterator[Row]:
        """A row for each operation, and for each block that begins."""
        for depth, step in _folded(self._record.forward):
            if isinstance(step, Ran):
                # What diff() gives is no operation to a reader.
                done = "" if step.op is as_gradient else f"{step.op.written([self.value(x) for x in step.operands])} = "
                yield Row(depth, (f"{_place(step.name, step.text)}: {done}{self.value(step.value)}",), step)
            else:
                yield Row(depth, (_title(step),), step)

    def backward(self, backward: Backward) -> Iterator[Row]:
        """A row for the seed, and for all that an operation adds to something."""
        seed = backward.seed
        yield Row(0, (backward.result, "", f"{seed.to} += {self.value(seed.amount)}"), None, seed)
        for depth, step in _folded(backward.steps, backwards=True):
            if not isinstance(step, Pulled):
                yield Row(depth, (_title(step),), step)
                continue
            place = f"{step.text}, in all" if step.op is None else _place(step.name, step.text)
            for added in step.added:
                yield Row(depth, (place, self._rule(step, added), self._added(step, added)), step, added)

    def derivative(self, backward: Backward, by: str, settled: Mapping[str, Any]) -> str:
        """What a result's derivative by an input is: what was added, unless that is `settled` otherwise."""
        added = self.value(backward.derivatives[by])
        found = self.value(settled[by]) if by in settled else added
        kink = "" if found == added else f", from the sides of a kink; its conventions add up to {added}"
        return f"Derivative of {backward.result} with respect to {by} = {found}{kink}"

    def _rule(self, step: Pulled, added: Added) -> str:
        op = step.op
        if op is None or step.operands > MOST_OPERANDS:
            return ""
        letters = self._letters[: step.operands]
        if isinstance(op, Structural):
            return structural_rule(op, added.position, letters)
        return "" if added.partial is None else rule(op, added.position, letters)

    def _added(self, step: Pulled, added: Added) -> str:
        if added.amount is None:
            return f"nothing for {added.to}"
        product = "" if added.partial is None else f"{self.value(step.cotangent)} * {self.value(added.partial)} = "
        total = "" if added.total is None else f", so {self.value(added.total)}"
        return f"{added.to} += {product}{self.value(added.amount)}{total}"


def explained(record: Record) -> Iterator[str]:
    """What the operations are that the program cannot write, since only derivatives have them, and what the rules of
    those on arrays call g."""
    steps = [*chain(record.forward, *[backward.steps for backward in record.backward])]
    ops = {step.op.name: step.op for step in steps if isinstance(step, Ran | Pulled) and step.op is not None}
    pulled = [step.op for step in steps if isinstance(step, Pulled)]
    if any([isinstance(op, Structural) and (op.textbook or op.moves or op.adds) for op in pulled]):
        yield "g in a rule is the derivative with respect to what stands before it."
    for name, op in sorted(ops.items()):
        if not (op.public or (isinstance(op, Structural) and op.textbook)):
            yield f"{name}({', '.join(op.operand_names)}) is {op.doc}."


def _folded(steps: Sequence[Any], *, backwards: bool = False) -> Iterator[tuple[int, Any]]:
    """The steps, each with the depth at which it stands; of many iterations one with such a text stands for most."""
    depth = 0
    hidden: int | None = None
    said = False
    for step in steps:
        if isinstance(step, Closed):
            depth -= 1
            if depth == hidden:
                hidden = None
            continue
        if hidden is None:
            if isinstance(step, Opened) and (left_out := _left_out(step, backwards)):
                if not said:
                    yield depth, step._replace(text=left_out, number=0, of=0)
                hidden, said = depth, True
            else:
                yield depth, step
                said = False
        if isinstance(step, Opened):
            depth += 1


def _left_out(iteration: Opened, backwards: bool) -> str:
    """What stands for an iteration and those beside it, if it is not to be printed."""
    last = iteration.of - 1
    place = iteration.of + 1 - iteration.number if backwards else iteration.number
    if not FIRST < place <= last or last == FIRST + 1:
        return ""
    ends = (iteration.of - FIRST, 2) if backwards else (FIRST + 1, last)
    return f"... {last - FIRST} iterations, {ends[0]} to {ends[1]} ..."


def _title(block: Opened) -> str:
    if block.number:
        return f"iteration {block.number} of {block.of}"
    if block.side is None:
        return block.text
    return f"{block.text}: {'then' if block.side else 'else'} side"


def _place(name: str | None, text: str) -> str:
    return text if name is None or name == text else f"{name} = {text}"


def _aligned(rows: Iterator[Row]) -> Iterator[str]:
    """The rows as lines, cells below each other; an operation is written once for all that it adds to."""
    lines = []
    before: object = None
    for row in rows:
        first = "" if isinstance(row.of, Pulled) and row.of is before else row.cells[0]
        lines.append(("  " * (min(row.indent, DEEPEST) + 1) + first, *row.cells[1:]))
        before = row.of
    columns = [[len(cells[i]) for cells in lines if len(cells) > i + 1] for i in range(2)]
    widths = [max(column, default=0) for column in columns]
    for cells in lines:
        padded = [cell.ljust(width) for cell, width in zip(cells[:-1], widths, strict=False)]
        yield "  ".join([*padded, cells[-1]])
