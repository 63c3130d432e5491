"""The order in which machine code computes."""

from __future__ import annotations

import pytest

import exprgrad
from exprgrad.batch.planning import planned
from exprgrad.diagnostics import UnsupportedError
from exprgrad.program.instructions import Instruction
from exprgrad.run.order import ordered
from exprgrad.run.row_plan import RowPlan
from tests.programs import Maker


def most_waiting(plan: RowPlan) -> int:
    """How many values wait at once at the most for what reads them."""
    first = len(plan.program.constants) + len(plan.program.inputs)
    kept = {slot for slot, _ in plan.stored}
    instructions = list(plan.program.instructions())
    last: dict[int, int] = {}
    for place, instruction in enumerate(instructions):
        last.update(dict.fromkeys(instruction.ins, place))
    waiting: set[int] = set()
    most = 0
    for place, instruction in enumerate(instructions):
        waiting -= {slot for slot in instruction.ins if last[slot] == place and slot not in kept}
        if instruction.out >= first:
            waiting.add(instruction.out)
        most = max(most, len(waiting))
    return most


def by_value(plan: RowPlan) -> list[tuple[object, ...]]:
    """Each stored value as the tree of operations that compute it."""
    known: dict[int, tuple[object, ...]] = {}
    made: set[int] = set()

    def of(slot: int) -> tuple[object, ...]:
        return known.get(slot, (slot,))

    def tree(instruction: Instruction) -> tuple[object, ...]:
        return (instruction.op, instruction.attributes, *map(of, instruction.ins))

    for instruction in plan.program.instructions():
        found = tree(instruction)
        known[instruction.out] = (hash(found), instruction.op)
        made.add(instruction.out)
    return [(of(slot), *map(of, before)) for slot, before in plan.stored]


def test_a_derivative_does_not_wait_for_all_of_the_value() -> None:
    """Forward mode of a polynomial: each step of the value, and its tangent next to it."""
    text = "1"
    for k in range(50):
        text = f"({text})*x + {k}"
    plan = planned(exprgrad.compile(f"c = {text}").task)
    assert most_waiting(ordered(plan)) <= 4


@pytest.mark.parametrize("seed", range(40))
def test_the_same_is_computed(seed: int) -> None:
    f = exprgrad.compile(Maker(seed).program(), max_order=seed % 2)
    for rounded in (False, True):
        try:
            plan = planned(f.task, rounded=rounded)
        except UnsupportedError:
            pytest.skip("what rows cannot run")
        assert by_value(ordered(plan)) == by_value(plan)


def test_the_first_error_stays_the_first() -> None:
    """Where two conditions are nan the row's error is that of the one that stands first."""
    plan = planned(exprgrad.compile("c = (not x) + (not y)*z + exp(x*y)", max_order=1).task)
    refusing = [i.ins for i in ordered(plan).program.instructions() if not i.chooses and i.operation.refuses]
    assert len(refusing) == 2
    assert refusing == sorted(refusing)
