"""What is written for NumPy, JAX and PyTorch beyond its numbers, which test_numbers.py holds: shapes, kinds of inputs,
and what compiles and maps it."""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterable
from typing import Any

import numpy
import pytest

import exprgrad
from tests.ops.test_hard_points import TRAPS
from tests.targets.run import Columns, Task, module, ulps
from tests.targets.test_numbers import OVERFLOWS, formulas

LIBRARIES = ("numpy", "jax", "torch")
# A branch, a condition that may be nan, what does not depend on all inputs, what the libraries lack.
PROGRAM = "u = x*y; c = erf(u) + lgamma(x) if x > 0 else max(u, x) % 2; d = 1 if y else cbrt(y); e = 7"


@pytest.fixture(params=LIBRARIES)
def library(request: pytest.FixtureRequest) -> Any:
    """A name, after what the library needs."""
    if request.param != "numpy":
        pytest.importorskip(request.param, reason=f"{request.param} is not installed")
    if request.param != "jax":
        yield request.param
        return
    import jax

    with jax.enable_x64(True):
        yield "jax"


def arrays(library: str, *xs: Any) -> list[Any]:
    """Arrays of the library."""
    if library == "torch":
        import torch

        return [torch.asarray(x) for x in xs]
    return [numpy.asarray(x) for x in xs]


def test_shapes(library: str) -> None:
    """Outputs have the shape that the inputs have together, whichever of them they read."""
    f = exprgrad.compile(PROGRAM)
    run = module(f.source(library))["f"]
    row, column = [0.5, -1.5, 2.0], [[1.0], [-2.0]]
    found = run(*arrays(library, row, column))
    for i, y in enumerate((1.0, -2.0)):
        for j, x in enumerate(row):
            wanted = f(x=x, y=y)
            for name in ("c", "d", "e"):
                assert tuple(found[name].shape) == (2, 3)
                assert float(found[name][i, j]) == pytest.approx(wanted[name], rel=1e-14)
                for by in ("x", "y"):
                    slope = float(found[f"d{name}_d{by}"][i, j])
                    assert slope == pytest.approx(wanted.derivative(name, by), rel=1e-14)


def test_numbers_and_single_precision(library: str) -> None:
    """Numbers go in as they are, and become doubles, as do arrays of single precision and of integers."""
    f = exprgrad.compile(PROGRAM)
    run = module(f.source(library))["f"]
    wanted = f(x=3.0, y=0.5)
    for x, y in ((3, 0.5), arrays(library, numpy.float32(3.0), 0.5), arrays(library, 3, numpy.float32(0.5))):
        found = run(x, y)
        assert {str(value.dtype).removeprefix("torch.") for value in found.values()} == {"float64"}
        assert float(found["c"]) == pytest.approx(wanted["c"], rel=1e-15)


def test_where_a_condition_is_nan_all_is_nan(library: str) -> None:
    run = module(exprgrad.compile(PROGRAM).source(library))["f"]
    found = run(*arrays(library, [2.0, math.nan, 2.0], [1.0, 1.0, math.nan]))
    assert numpy.isnan(numpy.asarray(found["d"])).tolist() == [False, False, True]
    assert all(math.isnan(value[2]) for value in found.values())


def test_numpy_warns_of_nothing() -> None:
    run = module(exprgrad.compile("c = log(x) + 1/x + exp(x)").source("numpy"))["f"]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert numpy.isnan(run([-1.0, 0.0, 800.0])["c"]).tolist() == [True, True, False]


def test_jax_says_that_it_needs_doubles() -> None:
    jax = pytest.importorskip("jax", reason="JAX is not installed")
    run = module(exprgrad.compile("c = x").source("jax"))["f"]
    with jax.enable_x64(False), pytest.raises(RuntimeError, match="jax_enable_x64"):
        run(1.0)


def compiled() -> list[Task]:
    """A few programs: to compile one takes longer than to run it."""
    traps = [trap for trap in TRAPS if trap.text not in OVERFLOWS]
    return [
        Task(PROGRAM, [{"x": 0.5, "y": 1.5}, {"x": -0.5, "y": 1.5}, {"x": 3.0, "y": -0.0}], max_order=2),
        Task("c = 1/sqrt(x) + csch(x) + 1/(x*y)", [{"x": x, "y": 2.0} for x in (-0.0, 0.0, 1.0)]),
        Task("y = a; for k in 0..3 { if y > 1 { y = sin(y)*a } else { y = y + a/3 } }", [{"a": a} for a in (0.5, 2.0)]),
        *(Task(trap.text, [trap.at]) for trap in traps[::12]),
        *formulas()[::40],
    ]


def check(task: Task, names: Iterable[str], found: dict[str, Any]) -> None:
    """JAX gives a dict with its keys in order."""
    rows = Columns.of(task).rows(task, [found[name] for name in names])
    for row, wanted in zip(rows, task.wanted, strict=True):
        for a, b in zip(row or [], wanted or [], strict=True):
            assert ulps(a, b) <= 4 or math.isclose(a, b, rel_tol=1e-11, abs_tol=1e-14), (task.function.text, a, b)


@pytest.mark.slow
def test_jax_compiles_and_maps_it() -> None:
    jax = pytest.importorskip("jax", reason="JAX is not installed")
    with jax.enable_x64(True):
        for task in compiled():
            run = module(task.function.source("jax"))["f"]
            inputs = list(Columns.of(task).inputs.values())
            check(task, run(*inputs), jax.jit(run)(*inputs))
            check(task, run(*inputs), jax.vmap(run)(*inputs))


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of its own, when it compiles
def test_torch_compiles_and_maps_it() -> None:
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    tasks = compiled()
    for task in tasks:
        run = module(task.function.source("torch"))["f"]
        inputs = list(map(torch.from_numpy, Columns.of(task).inputs.values()))
        # Without code for this machine, which takes seconds each.
        check(task, run(*inputs), torch.compile(run, backend="aot_eager", fullgraph=True)(*inputs))
        check(task, run(*inputs), torch.vmap(run)(*inputs))
        if task is tasks[0]:
            check(task, run(*inputs), torch.compile(run, fullgraph=True)(*inputs))


@pytest.mark.parametrize("library", LIBRARIES)
def test_names(library: str) -> None:
    """What the text needs gets an underscore behind it; so does a function of it whose name the program has."""
    text = exprgrad.compile("c = np + jnp + torch + maximum + max(erf, 0) + lambda").source(library)
    own = {"numpy": "np", "jax": "jnp", "torch": "torch"}[library]
    names = [f"{name}_" if name == own else name for name in ("np", "jnp", "torch", "maximum", "erf")]
    assert f"({', '.join(names)}, lambda_):" in text
    assert "\ndef _maximum(x, y):" in text
    with pytest.raises(exprgrad.UsageError, match=f"{own} is a word of {library}, no name for a function"):
        exprgrad.compile("c = x").source(library, name=own)
