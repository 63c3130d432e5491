"""The quick copy of the reverse sweep: on any trace it gives what `autodiff.reverse` gives, to the last bit."""

from __future__ import annotations

import random

import numpy as np
import pytest

import exprgrad.dynamic as torch
from exprgrad.autodiff import reverse, upstream
from exprgrad.faces.torch.sweep import leaf_cotangents
from exprgrad.faces.torch.tensor import Tensor
from exprgrad.numbers.arithmetic import to_python
from exprgrad.ops.control import seed

ONE = ("neg", "sin", "exp", "abs", "floor", "relu", "log", "sqrt", "tanh", "sigmoid", "square", "sign")
TWO = ("add", "sub", "mul", "div", "pow", "maximum", "minimum", "fmod", "hypot", "atan2", "copysign", "remainder")


def generated(seed_: int) -> tuple[list[Tensor], Tensor]:
    """Leaves, some of them arrays, and a tensor that is computed from some of them."""
    generator = random.Random(seed_)
    shapes: list[tuple[int, ...]] = [()] * 3 + ([(), (3,), (2, 3)] if seed_ % 3 == 0 else [])
    leaves = []
    for shape in shapes:
        numbers = [generator.choice([0.0, -1.0, 2.0, generator.uniform(-2, 2)]) for _ in range(int(np.prod(shape)))]
        leaves.append(torch.tensor(np.reshape(numbers, shape) if shape else numbers[0], requires_grad=True))
    values: list[Tensor] = list(leaves)
    for _ in range(25):
        x, y = generator.choice(values), generator.choice(values)
        kind = generator.random()
        if kind < 0.35:
            values.append(getattr(torch, generator.choice(ONE))(x))
        elif kind < 0.9:
            values.append(getattr(torch, generator.choice(TWO))(x, y))
        else:
            values.append(torch.max(torch.stack([x.sum(), y.sum(), values[0].sum()])))
    return leaves, sum((x.sum() for x in values[-5:]), torch.tensor(0.0))


@pytest.mark.parametrize("seed_", range(150))
def test_both_sweeps_are_one(seed_: int) -> None:
    leaves, output = generated(seed_)
    g = seed.compute((output.value,))
    expected = reverse([(output, g)], upstream([output], lambda x: x.requires_grad), symbolic=False)
    found = leaf_cotangents(output, g, retain=True)
    assert found is not None
    got = {leaf.index: repr(to_python(c)) for leaf, c in found if leaf.index in expected}
    assert got == {index: repr(to_python(c)) for index, c in expected.items()}
    for leaf, c in found:
        if leaf.index not in expected:  # what no cotangent reaches has 0, or nan where the output is
            assert np.all((to_python(c) == 0) | np.isnan(output.item()))
    assert {leaf.index for leaf, _ in found} <= {leaf.index for leaf in leaves}
