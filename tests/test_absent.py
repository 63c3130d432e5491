"""What does not move, is not chosen or is not there is absent from a derivative, whatever it meets: a 0 that is
multiplied would be nan beside an infinity, and a structural zero has no shape of its own.

Forward mode is held against reverse mode, which meets none of it, over all operations; arrays of numpy's against lists.
"""

from __future__ import annotations

import os
import re
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

import exprgrad
from exprgrad.ops import REGISTRY, Op
from exprgrad.ops.functions import FUNCTIONS
from tests.absent_programs import FORMS, AbsentMaker, HardMaker

# EXPRGRAD_EXAMPLES=5000 python -m pytest tests/test_absent.py searches for longer.
EXAMPLES = int(os.environ.get("EXPRGRAD_EXAMPLES", "100"))
slow = settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
MODES = ("static", "dynamic")
seeds = st.integers(0, 2**32 - 1)


def along(text: str, mode: str, k: Any, t: Any) -> list[Any]:
    """The value of c and its first and second derivative along t."""
    found = exprgrad.compile(text, mode, along_direction={"k": t}, max_order=2)(k=k)
    return [np.asarray(x) for x in (found["c"], found.along_direction("c"), found.along_direction("c", 2))]


def across(text: str, k: list[float], t: list[float]) -> list[Any]:
    """The same by reverse mode: k is a line, and its parameter what is differentiated by."""
    line = exprgrad.compile(f"k = p + s*t; {text}", wrt=["s"], max_order=2, full_jacobian=True)
    found = line(p=k, t=t, s=0.0)
    return [np.asarray(x) for x in (found["c"], found.derivative("c", "s"), found.derivative("c", "s", "s"))]


def check(text: str, maker: AbsentMaker) -> None:
    """Forward mode is reverse mode in both modes, on lists and on arrays of numpy's."""
    assume(re.search(r"\bk\d*\[", text))
    k, t = maker.point(), maker.direction()
    try:
        expected = across(text, k, t)
    except exprgrad.ExprError as problem:
        assume("singular" not in problem.message)
        raise
    static, dynamic = [along(text, mode, k, t) for mode in MODES]
    for a, b in zip(static, dynamic, strict=True):
        assert a.shape == b.shape and a.tobytes() == b.tobytes()
    scale = 1 + sum(np.abs(x).max(initial=0) for x in expected)
    assert np.isfinite(scale)
    for a, b in zip(static, expected, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-9, atol=1e-9 * scale)
    for mode in MODES:
        found = along(text, mode, np.array(k), np.array(t))
        for a, b in zip(found, expected, strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-8, atol=1e-8 * scale)


def test_all_functions_have_a_form() -> None:
    assert set(FUNCTIONS) <= set(FORMS)


@pytest.mark.parametrize("name", FORMS)
@settings(slow, max_examples=EXAMPLES // 25)
@given(seed=seeds)
def test_forward_is_reverse(name: str, seed: int) -> None:
    maker = AbsentMaker(seed)
    check(maker.form(name), maker)


@pytest.mark.parametrize("op", list(REGISTRY.functions()), ids=lambda op: f"{op.name}-{len(op.operand_names)}")
@settings(slow, max_examples=max(EXAMPLES // 50, 1))
@given(seed=seeds)
def test_forward_is_reverse_of_every_operation(op: Op, seed: int) -> None:
    maker = AbsentMaker(seed)
    check(maker.call(op), maker)


@settings(slow, max_examples=EXAMPLES // 5)
@given(seed=seeds, names=st.lists(st.sampled_from(sorted(FORMS)), min_size=2, max_size=3))
def test_forward_is_reverse_of_compositions(seed: int, names: list[str]) -> None:
    """Each form takes what the one before has made, element by element."""
    maker = AbsentMaker(seed)
    parts = []
    for i, name in enumerate(names):
        text = re.sub(r"\b([ucvn])\b", rf"\g<1>{i}", maker.form(name))
        parts.append(text.replace("k[", f"k{i}["))
        parts.append(f"k{i + 1} = tanh(sum(c{i}))*[1, -1, 2, 0.5, 1, 3] + k{i}")
    check("; ".join(["k0 = k", *parts, f"c = k{len(names)}"]), maker)


@settings(slow, max_examples=EXAMPLES // 4)
@given(seed=seeds, kind=st.sampled_from(["first", "second", "jacobian"]))
def test_arrays_are_lists_element_by_element(seed: int, kind: str) -> None:
    """Where an infinite slope or a nan is beside what is used: numbers and notes."""
    maker = HardMaker(seed)
    text, values = maker.program(), maker.values()

    def outcome(mode: str, arrays: bool) -> Any:
        function = exprgrad.compile(text, mode, full_jacobian=kind == "jacobian", max_order=1 + (kind == "second"))
        given = {name: np.array(x) if arrays and isinstance(x, list) else x for name, x in values.items()}
        try:
            found = function.run({name: given[name] for name in function.inputs})
        except exprgrad.ExprError as problem:
            return str(problem), None
        numbers = [found["c"], *(derivative.value for derivative in found.outcomes[0].derivatives)]
        return found.notes, [np.asarray(x) for x in numbers]

    expected, numbers = outcome("static", False)
    for mode, arrays in (("dynamic", False), ("static", True), ("dynamic", True)):
        said, found = outcome(mode, arrays)
        assert said == expected
        for a, b in zip(found or (), numbers or (), strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-9, atol=1e-12, equal_nan=True)


@settings(slow, max_examples=EXAMPLES // 5)
@given(seed=seeds)
def test_rows_are_single_evaluations(seed: int) -> None:
    maker = HardMaker(seed)
    text = f"c = {maker.number(4, 'xy')} + 0*x"
    columns = {name: np.array(maker.random.choices(maker.VALUES, k=7)) for name in "xy"}
    function = exprgrad.compile(text)
    columns = {name: columns[name] for name in function.inputs}
    expected = function.rows("rounded")(**columns)
    for engine in ("numpy", "native"):
        found = function.rows(engine)(**columns)
        for name in ("", *columns):
            a, b = [x.derivative("c", name) if name else x["c"] for x in (found, expected)]
            np.testing.assert_allclose(a, b, rtol=1e-9, atol=1e-12, equal_nan=True, err_msg=f"{engine} {name}")
