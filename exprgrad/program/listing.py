"""A program as text: a line for each instruction, slots as `%3`, branches and loops indented."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from exprgrad.numbers.arithmetic import ZERO, is_array, to_python
from exprgrad.program.instructions import ENTER, TEST, Instruction, LoopFrame, Segment

if TYPE_CHECKING:
    from exprgrad.program.program import Output, Program


def listing(program: Program) -> str:
    """The lines of a program."""
    first = len(program.constants)
    lines = [f"%{i} = {_constant(value)}" for i, value in enumerate(program.constants)]
    lines += [f"%{first + i} = input{_named(x.name)}{_shape(x.shape)}" for i, x in enumerate(program.inputs)]
    depth = 0
    for step in program.code:
        if isinstance(step, Segment):
            indent = "  " * depth
            if step.scope:
                lines.append(f"{indent}{_condition(program, step.scope)}:")
                indent += "  "
            lines += [indent + _instruction(i) for i in step.instructions]
            continue
        frame = program.loops[step.loop]
        if step.kind == ENTER:
            lines.append("  " * depth + _begin(program, step.loop, frame))
            depth += 1
        elif step.kind == TEST:
            lines.append("  " * depth + f"while %{frame.condition}")
        else:
            lines.append("  " * depth + _end(frame))
            depth -= 1
    return "\n".join([*lines, f"output {', '.join(map(_output, program.outputs))}"])


def _constant(value: Any) -> str:
    if value is ZERO:
        return "absent"
    return f"array of shape {value.shape}" if is_array(value) else str(to_python(value))


def _named(name: str) -> str:
    return f" {name}" if name else ""


def _shape(shape: Sequence[int] | None) -> str:
    return "" if shape == () else " of any shape" if shape is None else f" of shape {tuple(shape)}"


def _condition(program: Program, scope: int) -> str:
    """When a scope is active, from the outermost condition inwards."""
    found = []
    while scope:
        guard = program.guards[scope]
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


def _begin(program: Program, number: int, frame: LoopFrame) -> str:
    condition = f"{_condition(program, frame.scope)}: " if frame.scope else ""
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
