"""Derivatives of high order by one number: what they are, and that they do not double from order to order."""

from __future__ import annotations

import math

import pytest

import exprgrad
import exprgrad.static as tf
from exprgrad.autodiff.chain import Chain
from exprgrad.autodiff.reachability import upstream

MODES = ["static", "dynamic"]


def test_the_nodes_of_an_order_are_merged() -> None:
    """Of a product of two functions, order n is a sum of n + 1 products, made of 2n + 2 functions."""
    x = tf.placeholder(tf.float64, shape=())
    y = tf.sin(x) * tf.exp(x) / (1 + x * x)
    chain, sizes = Chain(x), []
    for _ in range(10):
        y = chain.following(y)
        sizes.append(len(upstream([y])))
    assert sizes[9] < 1.6 * sizes[8], sizes


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(
    ("text", "derivatives"),
    [
        ("exp(2*x)*y", [3 * 2**n * math.exp(1) for n in range(9)]),
        ("sin(x)*x", [(0.5 * math.sin(0.5 + n * math.pi / 2) - n * math.cos(0.5 + n * math.pi / 2)) for n in range(9)]),
        (
            "x^6*y + x",
            [3 * math.perm(6, n) * 0.5 ** (6 - n) + (0.5, 1, *[0] * 7)[n] if n <= 6 else 0.0 for n in range(9)],
        ),
        (
            "u = x*x; v = u*u; c = v*x + u + y",
            [0.5**5 + 0.25 + 3, 5 * 0.5**4 + 1, 20 * 0.125 + 2, 15, 60, 120, 0, 0, 0],
        ),
        (
            "(sin(x) - exp(x))*(exp(x) - sin(x))",  # of which each factor's derivatives are the other's, with a minus
            [
                (0.5 * math.cos(1 + n * math.pi / 2) * 2**n - (n == 0) * 0.5)
                + 2 * 2 ** (n / 2) * math.exp(0.5) * math.sin(0.5 + n * math.pi / 4)
                - 2**n * math.e
                for n in range(9)
            ],
        ),
        ("1/(1 + x)", [(-1) ** n * math.factorial(n) / 1.5 ** (n + 1) for n in range(9)]),
    ],
)
def test_every_order(text: str, derivatives: list[float], mode: str) -> None:
    function = exprgrad.compile(text, mode, wrt=["x"], max_order=8)
    result = function.run({name: {"x": 0.5, "y": 3.0}[name] for name in function.inputs})
    outcome = result.outcomes[-1]
    assert [outcome.value, *(d.value for d in outcome.derivatives)] == pytest.approx(derivatives, rel=1e-12, abs=1e-12)
