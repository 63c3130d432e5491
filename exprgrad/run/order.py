"""The order in which machine code computes: such that few values wait for the operations that read them.

Programs list all of the value before what differentiates it. What waits takes registers, and then memory; LLVM, whose
own scheduler serves that alone, would put the rows that run at once one after the other (see machine.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from heapq import heapify, heappop, heappush
from itertools import pairwise

from exprgrad.program.instructions import Instruction, Segment
from exprgrad.run.row_plan import RowPlan, Stored


def ordered(plan: RowPlan) -> RowPlan:
    """A plan whose instructions stand in such an order, each with a slot of its own, if all of them always run. Those
    that may refuse an operand keep theirs among each other: the first one's error is that of a row."""
    program = plan.program
    if not program.is_straight:
        return plan
    # The instruction that gives a slot its value, from the end of the inputs on.
    made: dict[int, int] = {}
    instructions: list[Instruction] = []
    for number, instruction in enumerate(program.instructions()):
        ins = tuple([made.get(slot, slot) for slot in instruction.ins])
        made[instruction.out] = program.size + number
        instructions.append(instruction._replace(ins=ins, out=program.size + number, last_uses=()))
    order = [instructions[number] for number in _order(instructions, program.size)]
    stored = [
        Stored(made.get(slot, slot), tuple([made.get(earlier, earlier) for earlier in before]))
        for slot, before in plan.stored
    ]
    code = Segment(0, tuple(order), ())
    return plan._replace(program=program._replace(code=(code,), size=program.size + len(order)), stored=stored)


def _order(instructions: Sequence[Instruction], first: int) -> list[int]:
    """The numbers of instructions, whose slots begin with `first`, found from the end on: of those that nothing reads
    which stands before the place in question always the one before which the fewest values wait, and of several the
    last."""
    sources = [{slot - first for slot in instruction.ins if slot >= first} for instruction in instructions]
    readers: list[list[int]] = [[] for _ in instructions]
    for number, operands in enumerate(sources):
        for source in operands:
            readers[source].append(number)
    unplaced = [len(known) for known in readers]
    refusing = [n for n, i in enumerate(instructions) if not i.chooses and i.operation.refuses]
    follows = dict(pairwise(reversed(refusing)))
    for number in follows.values():
        unplaced[number] += 1
    waits = bytearray(len(instructions))

    def begin(number: int) -> tuple[int, int]:
        """How many more values wait before it than behind it."""
        return sum([not waits[source] for source in sources[number]]), -number

    ready = [begin(number) for number, count in enumerate(unplaced) if not count]
    heapify(ready)
    found: list[int] = []
    placed = bytearray(len(instructions))
    while ready:
        number = -heappop(ready)[1]
        if placed[number]:  # it has become better since
            continue
        placed[number] = 1
        found.append(number)
        for source in sources[number]:
            if not waits[source]:
                waits[source] = 1
                for reader in readers[source]:
                    if not unplaced[reader] and not placed[reader]:
                        heappush(ready, begin(reader))
        for before in (*sources[number], *([follows[number]] if number in follows else [])):
            unplaced[before] -= 1
            if not unplaced[before]:
                heappush(ready, begin(before))
    return found[::-1]
