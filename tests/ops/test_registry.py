"""The names by which programs refer to operations."""

from __future__ import annotations

import pickle

import pytest

import exprgrad.ops.all  # noqa: F401 - it defines all operations
from exprgrad.diagnostics import ExprError
from exprgrad.ops.control import as_gradient, unreached
from exprgrad.ops.elementary import hypot_family, log_family
from exprgrad.ops.piecewise import at_kinks, relu
from exprgrad.ops.reductions import norm, sum_
from exprgrad.ops.registry import REGISTRY, Op, named
from exprgrad.ops.shapes import get_item, reshape, sum_to

MEMBERS = [
    log_family(0, 0),
    hypot_family(1, 0, 1),
    sum_(None),
    norm(1),
    reshape((2, 3)),
    get_item((0, (None, None, -1), None)),
    at_kinks(((relu.reference, 1),)),
]


@pytest.mark.parametrize("op", [*REGISTRY.all(), *MEMBERS, sum_to, as_gradient, unreached], ids=repr)
def test_a_reference_names_one_operation_and_is_plain_data(op: Op) -> None:
    assert named(*op.reference) is op
    assert pickle.loads(pickle.dumps(op.reference)) == op.reference
    assert pickle.loads(pickle.dumps(op)) is op


def test_a_name_of_no_operation() -> None:
    with pytest.raises(ExprError, match="there is no operation addd"):
        named("addd")
