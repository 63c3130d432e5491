"""Programs on numpy's arrays through the Python API, against HIPS autograd and PyTorch."""

from __future__ import annotations

import gc
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

EXAMPLES = Path(__file__).parent.parent / "examples"


class ArrayProgram(NamedTuple):
    """A program: its text, the same in the terms of a numpy-like module, and its inputs by the number of elements."""

    name: str
    text: str
    there: Callable[..., Any]
    inputs: Callable[[Any, int], dict[str, Any]]


def _waves(np: Any, x: Any, y: Any) -> Any:
    return np.sum(np.exp(-(x**2) / 2) * np.sin(1.5 * x + 0.5) / np.sqrt(1 + y**2))


def _rosenbrock(np: Any, x: Any) -> Any:
    return np.sum((1 - x[:-1]) ** 2 + 100 * (x[1:] - x[:-1] ** 2) ** 2)


def _logistic(np: Any, x: Any, t: Any, w: Any) -> Any:
    return np.mean(np.log1p(np.exp(-t * np.dot(x, w)))) + 0.01 * np.sum(w * w)


def _softmax(np: Any, x: Any, y: Any) -> Any:
    z = x - y
    most = np.max(z)
    return most + np.log(np.sum(np.exp(z - most)))


PROGRAMS = (
    ArrayProgram(
        "sum(exp(-x^2/2)*sin(1.5x + 0.5)/sqrt(1 + y^2))",
        "c = sum(exp(-(x^2)/2)*sin(1.5*x + 0.5)/sqrt(1 + y^2))",
        _waves,
        lambda rng, n: {"x": rng.normal(size=n), "y": rng.normal(size=n)},
    ),
    ArrayProgram(
        "Rosenbrock's sum",
        "c = sum((1 - x[:-1])^2 + 100*(x[1:] - x[:-1]^2)^2)",
        _rosenbrock,
        lambda rng, n: {"x": rng.normal(size=n + 1)},
    ),
    ArrayProgram(
        "logistic loss, rows of 10",
        "c = mean(log1p(exp(-t*(x @ w)))) + 0.01*sum(w*w)",
        _logistic,
        lambda rng, n: {
            "x": rng.normal(size=(max(n // 10, 1), 10)),
            "t": rng.choice([-1.0, 1.0], size=max(n // 10, 1)),
            "w": rng.normal(size=10),
        },
    ),
    ArrayProgram(
        "logsumexp(x - y)",
        "c = logsumexp(x - y)",
        _softmax,
        lambda rng, n: {"x": rng.normal(size=n), "y": rng.normal(size=n)},
    ),
)
SIZES = (1, 100, 10_000, 1_000_000, 10_000_000)


def _ours(program: ArrayProgram, inputs: dict[str, Any]) -> Callable[[], Any]:
    import exprgrad

    f = exprgrad.compile(program.text)
    return lambda: f(**inputs)


def _hips(program: ArrayProgram, inputs: dict[str, Any]) -> Callable[[], Any]:
    import autograd.numpy as np
    from autograd import value_and_grad

    f = value_and_grad(lambda values: program.there(np, *values))
    values = tuple(inputs.values())
    return lambda: f(values)


def timer(run: Callable[[], Any], calls: int) -> Callable[[], float]:
    """The time of one call, in ms."""

    def timed() -> float:
        gc.collect()
        start = time.perf_counter()
        for _ in range(calls):
            run()
        return (time.perf_counter() - start) / calls * 1e3

    return timed


def check(program: ArrayProgram) -> None:
    """Both sides compute the same."""
    import numpy as np

    inputs = program.inputs(np.random.default_rng(1), 100)
    ours = _ours(program, inputs)()
    value, gradients = _hips(program, inputs)()
    assert abs(ours["c"] - value) < 1e-12 * abs(value)
    for name, theirs in zip(inputs, gradients, strict=True):
        assert np.allclose(ours.derivative("c", name), theirs, rtol=1e-10), (program.name, name)


def sides(program: ArrayProgram, n: int, peer: bool) -> list[Callable[[], float]]:
    """What times exprgrad, and beside it HIPS autograd, on n elements."""
    import numpy as np

    inputs = program.inputs(np.random.default_rng(1), n)
    calls = max(1, 200_000 // (n + 1000))
    found = [timer(side(program, inputs), calls) for side in ((_ours, _hips) if peer else (_ours,))]
    for run in found:
        run()
    return found


def peak(side: str, number: int, n: int) -> float:
    """How far a process's memory grows while it computes value and gradient, in MB."""
    here = str(Path(__file__).parent)
    code = f"import sys; sys.path.insert(0, {here!r}); import arrays; arrays.grown({side!r}, {number}, {n})"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    return float(done.stdout)


def grown(side: str, number: int, n: int) -> None:
    """Prints it."""
    import numpy as np

    def most() -> float:
        status = Path("/proc/self/status").read_text()
        return float(status.split("VmHWM:")[1].split()[0]) / 1024

    program = PROGRAMS[number]
    build = _ours if side == "ours" else _hips
    rng = np.random.default_rng(1)
    build(program, program.inputs(rng, 10))()  # what is loaded, is
    run = build(program, program.inputs(rng, n))
    before = most()
    run()
    print(most() - before)


def sparse_sides(smaller: int) -> list[tuple[str, Callable[[], float], Callable[[], float]]]:
    """What it measures, and what times a sparse derivative and one gradient of the same program, of sizes that are
    divided by a number."""
    import numpy as np

    import exprgrad

    rng = np.random.default_rng(1)
    terms = 2000 // smaller
    x = {"x": rng.normal(size=terms + 1)}
    text = PROGRAMS[1].text
    n, m, p = (max(1, count // smaller) for count in (49, 7776, 31843))
    cameras = rng.normal(size=(n, 11)) * ([0.3] * 3 + [1.0] * 3 + [100.0, 5.0, 5.0, 0.01, 0.001])
    cameras[:, 5] -= 20
    seen = np.stack([np.arange(p) % n, np.arange(p) % m], axis=1).astype(float)
    scene = {
        "cameras": cameras,
        "points": rng.normal(size=(m, 3)),
        "weights": rng.uniform(size=p),
        "seen": seen,
        "measured": rng.normal(size=(p, 2)),
    }
    bundle = (EXAMPLES / "ba.txt").read_text()
    wrt = ("cameras", "points", "weights")
    sides = [
        (f"Hessian of Rosenbrock's sum of {terms:,} terms", text, x, {"max_order": 2}, {}),
        (
            f"Jacobian of bundle adjustment, {n:,} cameras, {m:,} points, {p:,} observations",
            bundle,
            scene,
            {},
            {"wrt": wrt},
        ),
    ]
    found = []
    for what, program, values, order, more in sides:
        whole = exprgrad.compile(program, sparse=True, **order, **more)
        slope = exprgrad.compile(program, **more)
        runs = [lambda f=f, values=values: f.run(values, notes=False) for f in (whole, slope)]
        for run in runs:
            run()
        found.append((what, timer(runs[0], 3), timer(runs[1], 3)))
    return found


# -- ADBench's Gaussian mixtures ------------------------------------------------------------------


def mixture(d: int, k: int, n: int) -> dict[str, Any]:
    """Random inputs of that size."""
    import numpy as np

    rng = np.random.default_rng(1)
    return {
        "alphas": rng.normal(size=k),
        "means": rng.uniform(size=(k, d)),
        "icf": rng.normal(size=(k, d * (d + 1) // 2)) / np.sqrt(d),
        "x": rng.normal(size=(n, d)),
        "gamma": 1.0,
        "m": 0.0,
    }


def ours_on(values: dict[str, Any]) -> Callable[[], tuple[Any, Sequence[Any]]]:
    """Value and gradient by exprgrad."""
    import exprgrad

    wrt = ("alphas", "means", "icf")
    f = exprgrad.compile((EXAMPLES / "gmm.txt").read_text(), wrt=wrt)

    def run() -> tuple[Any, Sequence[Any]]:
        found = f.run(values, notes=False)
        return found["objective"], [found.derivative("objective", name) for name in wrt]

    return run


def torch_on(values: dict[str, Any], one_product: bool) -> Callable[[], tuple[Any, Sequence[Any]]]:
    """Value and gradient by PyTorch: as ADBench writes it, with what lies below the diagonals placed at once rather
    than column by column, or with one product of matrices for all components, as examples/gmm.txt has it."""
    import math

    import torch

    alphas, means, icf = (torch.from_numpy(values[name]).requires_grad_() for name in ("alphas", "means", "icf"))
    x = torch.from_numpy(values["x"])
    gamma, m = values["gamma"], values["m"]
    n, d = x.shape
    k = means.shape[0]
    columns, rows = torch.triu_indices(d, d, 1)
    places = rows * d + columns
    count = d + m + 1
    gammas = float(torch.special.multigammaln(torch.tensor(count / 2, dtype=torch.float64), d))
    constant = k * (count * d * (math.log(gamma) - math.log(2) / 2) - gammas)

    def objective() -> torch.Tensor:
        q = icf[:, :d]
        below = torch.zeros(k, d * d, dtype=torch.float64).index_copy(1, places, icf[:, d:]).reshape(k, d, d)
        if one_product:
            whole = below + torch.diag_embed(torch.exp(q))
            shift = (whole * means[:, None, :]).sum(2)
            z = (whole.permute(1, 0, 2).reshape(-1, d) @ x.T).reshape(d, k, n) - shift.T[:, :, None]
            terms = (alphas + q.sum(1))[:, None] - (z * z).sum(0) / 2
            slse = torch.logsumexp(terms, 0).sum()
        else:
            centred = x[:, None, :] - means
            z = torch.exp(q) * centred + torch.einsum("ijk,mik->mij", below, centred)
            slse = torch.logsumexp(alphas + q.sum(1) - (z**2).sum(2) / 2, 1).sum()
        likelihood = slse - n * torch.logsumexp(alphas, 0) - n * d * math.log(2 * math.pi) / 2
        squares = (torch.exp(q) ** 2).sum() + (icf[:, d:] ** 2).sum()
        return likelihood + gamma**2 / 2 * squares - m * q.sum() - constant

    def run() -> tuple[Any, Sequence[Any]]:
        value = objective()
        return value.item(), torch.autograd.grad(value, (alphas, means, icf))

    return run
