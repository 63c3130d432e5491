"""The text of a rule says what the rule computes."""

from __future__ import annotations

import math
import re

import numpy as np
import pytest

import exprgrad
from exprgrad.numbers.arithmetic import from_python, to_python
from exprgrad.ops import REGISTRY
from exprgrad.ops import linear_algebra as L
from exprgrad.ops import reductions as R
from exprgrad.ops.registry import MINUS_ONE, ONE, Evaluated, Op
from exprgrad.ops.structural import Structural
from exprgrad.views.rules import rule, structural_rule

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


X = [[0.5, 2.0, -1.5], [1.0, 3.0, 0.25], [4.0, -2.0, 1.5]]


@pytest.mark.parametrize(
    "op",
    [reduction(None) for reduction in (R.sum_, R.mean, R.deviations, R.softmax, R.product, R.norm, R.variance)]
    + [reduction(None) for reduction in (R.deviation, R.logsumexp)]
    + [L.det, L.cross],
    ids=lambda op: op.name,
)
def test_rules_of_operations_on_arrays(op: Structural) -> None:
    """What a rule says, in the language, is what the sweep adds. `n` is the number of elements."""
    names = ("u", "v")[: len(op.operand_names)]
    operands = [np.array(X)] if len(names) == 1 else [np.array(row) for row in X[:2]]
    out = op.compute(operands)
    g = np.array(X[2]) if op is L.cross else np.array(X).T if np.shape(out) else 0.7
    cotangents = op.vjp(g, out, operands)
    for i, letter in enumerate(names):
        whole, text = structural_rule(op, i, names).split(f": {letter} += ")
        assert whole == op.written(names)
        formula = re.sub(" (to each|of n).*", "", text)
        function = exprgrad.compile(f"r = 0*{letter} + {formula}", max_order=0)
        given = {**dict(zip(names, operands, strict=True)), "g": g, "n": 9.0}
        shown = function(**{name: given[name] for name in function.inputs})["r"]
        assert np.asarray(shown) == pytest.approx(np.asarray(to_python(cotangents[i])), rel=1e-9)


@pytest.mark.parametrize(("left", "right"), [((), ()), ((2,), ()), ((), (4,)), ((2,), (4,))])
def test_the_rule_of_products_fits_all_of_them(left: tuple[int, ...], right: tuple[int, ...]) -> None:
    """g v^T and u^T g, where a vector on the left is a row and one on the right a column."""
    random = np.random.default_rng(1)
    u, v, g = (random.random(shape) for shape in ((*left, 3), (3, *right), (*left, *right)))
    row, column = u.reshape(-1, 3), v.reshape(3, -1)
    square = np.reshape(g, (row.shape[0], column.shape[1]))
    by_u, by_v = (np.asarray(to_python(x)) for x in L.matmul.vjp(g if g.shape else float(g), None, [u, v]))
    assert by_u.reshape(row.shape) == pytest.approx(square @ column.T)
    assert by_v.reshape(column.shape) == pytest.approx(row.T @ square)
    rules = [structural_rule(L.matmul, i, ("u", "v")) for i in (0, 1)]
    assert rules == ["u @ v: u += g v^T", "u @ v: v += u^T g"]


def test_the_text() -> None:
    assert rule(REGISTRY.by_name["sin"][0], 0, ("u",)) == "d sin(u)/du = cos(u)"
    assert rule(REGISTRY.by_name["log"][0], 0, ("u",)) == "d log(u)/du = 1/u"
    assert rule(REGISTRY.by_name["sub"][0], 1, ("u", "v")) == "d(u - v)/dv = -1"


def test_a_formula_of_the_textbook_is_shown_as_it_is() -> None:
    for op in REGISTRY.functions():
        for position, text in enumerate(op.textbook):
            if text is not None:
                assert rule(op, position, op.operand_names).endswith(f" = {text}")
