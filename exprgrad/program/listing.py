"""A program as text: a line for each instruction, slots as `%3`, branches and loops indented."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from exprgrad.numbers.arithmetic import to_python
from exprgrad.numbers.scalars import ZERO, is_array
from exprgrad.program.instructions import (
    ENTER,
    TEST,
    Guard,
    Input,
    Instruction,
    LoopFrame,
    Output,
    Section,
    Segment,
)


def listing(
    inputs: Sequence[Input],
    constants: Sequence[Any],
    code: Sequence[Section],
    guards: Sequence[Guard],
    loops: Sequence[LoopFrame],
    outputs: Sequence[Output],
) -> str:
    """The lines of the parts of a program."""
    lines = [f"%{i} = {_constant(value)}" for i, value in enumerate(constants)]
    lines += [f"%{i} = input{_named(x.name)}{_shape(x.shape)}" for i, x in enumerate(inputs, len(constants))]
    depth = 0
    for step in code:
        if isinstance(step, Segment):
            indent = "  " * depth
            if step.scope:
                lines.append(f"{indent}{_condition(guards, step.scope)}:")
                indent += "  "
            lines += [indent + _instruction(i) for i in step.instructions]
            continue
        frame = loops[step.loop]
        if step.kind == ENTER:
            lines.append("  " * depth + _begin(guards, step.loop, frame))
            depth += 1
        elif step.kind == TEST:
            lines.append("  " * depth + f"while %{frame.condition}")
        else:
            lines.append("  " * depth + _end(frame))
            depth -= 1
    return "\n".join([*lines, f"output {', '.join(map(_output, outputs))}"])


def _constant(value: Any) -> str:
    if value is ZERO:
        return "absent"
    return f"array of shape {value.shape}" if is_array(value) else str(to_python(value))


def _named(name: str) -> str:
    return f" {name}" if name else ""


def _shape(shape: Sequence[int] | None) -> str:
    return "" if shape == () else " of any shape" if shape is None else f" of shape {tuple(shape)}"


def _condition(guards: Sequence[Guard], scope: int) -> str:
    """When a scope is active, from the outermost condition inwards."""
    found = []
    while scope:
        guard = guards[scope]
        found.append(f"{'' if guard.polarity else 'not '}%{guard.slot}")
        scope = guard.parent
    return f"if {' and '.join(reversed(found))}"


def _instruction(instruction: Instruction) -> str:
    name = instruction.op if instruction.chooses else instruction.operation.name
    attributes = ", ".join(map(str, instruction.attributes)) if instruction.op == name else ""
    operands = " ".join([f"%{i}" for i in instruction.ins])
    return f"%{instruction.out} = {name}{f'[{attributes}]' if attributes else ''} {operands}{_shape(instruction.shape)}"


def _moves(moves: Sequence[tuple[int, int]]) -> str:
    return ", ".join([f"%{out} = %{a}" for out, a in moves])


def _begin(guards: Sequence[Guard], number: int, frame: LoopFrame) -> str:
    condition = f"{_condition(guards, frame.scope)}: " if frame.scope else ""
    times = f" %{frame.total} times" if frame.total >= 0 else ""
    order = ", backwards" if frame.backwards else ""
    start = f" from {_moves(frame.starts)}" if frame.starts else ""
    elements = "".join([f"; %{slot} pops %{stack}" for slot, stack, _ in frame.elements])
    return f"{condition}loop {number}{times}{order}, counted in %{frame.counter}{start}{elements}"


def _end(frame: LoopFrame) -> str:
    pushes = "".join([f"; %{stack} pushes %{slot}" for slot, stack in frame.pushes])
    return f"again{' with ' if frame.moves else ''}{_moves(frame.moves)}{pushes}"


def _output(output: Output) -> str:
    if not output.name:
        return f"%{output.slot}"
    result, *by = output.name
    order = f"^{len(by)}" if len(by) > 1 else ""
    what = f"d{order}{result}/{''.join([f'd{name}' for name in by])}" if by else result
    return f"{what} = %{output.slot}"
