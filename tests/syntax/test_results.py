"""Which names of a program are its results."""

from __future__ import annotations

import pytest

import exprgrad

STEP = "x = x - r*(x - 2)"
PROGRAMS = {
    "u = a*b; v = sin(u); w = u + 1": "v w",
    # What counts for the loop, or for what the loop computes, is none.
    f"x = b; k = 0; while k < 3 {{ {STEP}; k = k + 1 }}; loss = x^2": "loss",
    f"x = b; k = 0; while k < 3 {{ {STEP}; k = k + 1 }}": "x",
    f"x = b; k = 9; while k > 0 {{ {STEP}; k = k/2 - 1 }}": "x",
    "k = 0; s = 0; while s < 9 { s = s + k*a; k = k + 1 }": "s",
    "n = 27; k = 0; while n != 1 { n = n/2 if n % 2 == 0 else 3*n + 1; k = k + 1 }": "k",
    "x = b; for i in 0..3 { k = 0; while k < 2 { x = x + k; k = k + 1 } }": "x",
    # What is made of others, what nothing else reads, and what is asked for, is.
    "x = b; k = n; while k > 0 { x = x*a; k = k - 1 }": "x k",
    f"x = b; k = 0; while abs(x - 2) > 1e-9 {{ {STEP}; k = k + 1 }}": "x k",
    f"x = b; k = 0; while k < 3 {{ {STEP}; k = k + 1 }}; k": "x k",
    "k = 0; if a > 0 { k = k + 1 }; c = a*k": "c",
    # And what is alone.
    "x = 1; while x < 100 { x = x*2 }": "x",
    "k = 0; while k < n { k = k + 1 }": "k",
}


@pytest.mark.parametrize("program", PROGRAMS)
def test_results(program: str) -> None:
    assert " ".join(exprgrad.compile(program).results) == PROGRAMS[program]


def test_a_name_that_is_computed_behind_its_reader_is_told() -> None:
    with pytest.raises(exprgrad.NameProblem, match="no value for u") as problem:
        exprgrad.compile("c = u; u = 2*a")(a=3)
    assert problem.value.hint == "u is computed behind this: move that statement up; call it with u=..."
