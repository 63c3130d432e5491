"""A kink inside of a loop or a branch is the kink that it is outside: programs against themselves, written out."""

from __future__ import annotations

import pytest

import exprgrad

MODES = ["static", "dynamic"]
# Operations of `i*b` and more, each at its kink in the first iteration alone, where i is 0 and nothing moves.
TIED = [
    "relu(i*b)",
    "relu(-i*b)",
    "max(i*b, 0)",
    "max(0, i*b)",
    "min(i*b, 0)",
    "min(i*b, i*b*b)",
    "clip(i*b, 0, 10)",
    "abs(i*b)",
    "hypot(i*b, i)",
    "(i*b) % 3",
    "floor(i*b)",
    "copysign(b, i*b)",
    "max(i*b, 0)*b + i*b^2",
]


def told(text: str, mode: str, b: float) -> list[float]:
    result = exprgrad.compile(text, mode, max_order=2)(b=b)
    return [result.outcomes[0].value, *[derivative.value for derivative in result.outcomes[0].derivatives]]


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("term", TIED)
@pytest.mark.parametrize("b", [2.0, -2.0, 0.25])
def test_a_loop_is_its_iterations(term: str, mode: str, b: float) -> None:
    unrolled = "; ".join(f"s = s + {term.replace('i*b', f'{i}*b').replace(', i)', f', {i})')}" for i in range(3))
    loop = f"s = 0*b; for i in 0..3 {{ s = s + {term} }}"
    assert told(loop, mode, b) == pytest.approx(told(f"s = 0*b; {unrolled}", mode, b), rel=1e-14, nan_ok=True)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(
    ("body", "value", "slope", "second"),
    [
        # h is 0, then 1, w + 1 and w^2 + w + 1.
        ("h = relu(b*h) + 1", 7.0, 5.0, 2.0),
        ("h = max(b*h, 0) + 1", 7.0, 5.0, 2.0),
        ("h = clip(h*b, 0, 100) + 1", 7.0, 5.0, 2.0),
    ],
)
@pytest.mark.parametrize(
    "loop", ["h = 0; for i in 0..3 {{ {} }}", "h = 0; i = 0; while i < 3 {{ {}; i = i + 1 }}; c = h + 0*i"]
)
def test_a_recurrence_that_begins_at_a_kink(
    loop: str, body: str, value: float, slope: float, second: float, mode: str
) -> None:
    assert told(loop.format(body), mode, 2.0) == [value, slope, second]
    along = exprgrad.compile(loop.format(body), mode, along_direction={"b": 1})(b=2.0)
    assert along.outcomes[0].derivatives[0].value == slope


@pytest.mark.parametrize("mode", MODES)
def test_a_recurrence_of_arrays_that_begins_at_a_kink(mode: str) -> None:
    text = "h = [0, 0]; for i in 0..3 { h = relu(W@h) + 1 }; c = sum(h)"
    result = exprgrad.compile(text, mode)(W=[[1, 2], [3, 4]])
    assert result.outcomes[0].derivatives[0].value.tolist() == [[8.0, 12.0], [10.0, 14.0]]
    text = "u = zeros(2); for i in 0..3 { u = u + relu(i*x) }"
    jacobian = exprgrad.compile(text, mode, full_jacobian=True)(x=[1, 2]).outcomes[0].derivatives[0].value
    assert jacobian.tolist() == [[3.0, 0.0], [0.0, 3.0]]


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("expression", ["min(min(b, 0), b^2)", "abs(b)", "relu(b)*b", "max(b^2, b)", "abs(b)*b + b^3"])
@pytest.mark.parametrize("branch", ["2 if b > 1 else {}", "if b > 1 {{ u = 2 }} else {{ u = {} }}; c = u"])
def test_a_side_of_a_branch_is_what_it_holds(branch: str, expression: str, mode: str) -> None:
    assert told(branch.format(expression), mode, 0.0) == told(expression, mode, 0.0)
