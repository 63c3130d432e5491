"""The text of a rule says what the rule computes."""

from __future__ import annotations

import math

import pytest

import exprgrad
from exprgrad.numbers.arithmetic import from_python, to_python
from exprgrad.ops import REGISTRY
from exprgrad.ops.registry import MINUS_ONE, ONE, Evaluated, Op
from exprgrad.views.rules import rule

LETTERS = ("u", "v", "w")
OPS = [op for op in REGISTRY.functions() if len(op.operand_names) <= len(LETTERS)]


@pytest.mark.parametrize("op", OPS, ids=lambda op: f"{op.name}-{len(op.operand_names)}")
def test_rules(op: Op) -> None:
    letters = LETTERS[: len(op.operand_names)]
    point = [low + (0.37 + 0.1 * i) * (high - low) for i, (low, high) in enumerate(op.domain)]
    operands = [from_python(x) for x in point]
    partials = op.partials_at(op.compute(operands), operands)
    for i, partial in enumerate(partials):
        left, _, right = rule(op, i, letters).partition(" = ")
        assert left.endswith(f"/d{letters[i]}")
        if right:
            function = exprgrad.compile(f"r = {right}", max_order=0)
            named = dict(zip(letters, point, strict=True))
            shown = function(**{name: named[name] for name in function.inputs})["r"]
            value = 0.0 if partial is None else partial.sign if partial in (ONE, MINUS_ONE) else None
            if value is None:
                found = partial.value if isinstance(partial, Evaluated) else partial(op.compute(operands), *operands)
                value = to_python(found)
            # A textbook's formula is rounded at each step.
            close = math.isclose(shown, value, rel_tol=1e-9) if op.textbook else shown == value
            assert close or (shown != shown and value != value)


def test_the_text() -> None:
    assert rule(REGISTRY.by_name["sin"][0], 0, ("u",)) == "d sin(u)/du = cos(u)"
    assert rule(REGISTRY.by_name["log"][0], 0, ("u",)) == "d log(u)/du = 1/u"
    assert rule(REGISTRY.by_name["sub"][0], 1, ("u", "v")) == "d(u - v)/dv = -1"


def test_a_formula_of_the_textbook_is_shown_as_it_is() -> None:
    for op in REGISTRY.functions():
        for position, text in enumerate(op.textbook):
            if text is not None:
                assert rule(op, position, op.operand_names).endswith(f" = {text}")
