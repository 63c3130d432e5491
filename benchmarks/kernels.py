"""Rows of numbers: the value and all first derivatives in each row, against the peers' best forms.

What a peer runs is the value and the derivatives written out by SymPy with common subexpressions (the form of a careful
hand), in its own functions; torch.compile, JAX and numba fuse it into one loop. Each writes its results into memory of
its own; numexpr, numba and we reuse it from run to run, and so does the allocator of the others where it can.
"""

from __future__ import annotations

import importlib.util
import time
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple


class RowProgram(NamedTuple):
    """A program, its columns by the distribution that fills them, and what all rows share."""

    name: str
    text: str
    columns: dict[str, str]
    shared: dict[str, float]


def _polynomial() -> str:
    """200 operations, by Horner's rule, of a size that stays near 1."""
    text = "1"
    for k in range(100):
        text = f"({text})*x {'+-'[k % 2]} {1 / (k + 2):.6f}"
    return text


PROGRAMS = (
    RowProgram(
        "exp(-x^2/2)*sin(a*x + b)/sqrt(1 + y^2)",
        "c = exp(-x^2/2)*sin(a*x + b)/sqrt(1 + y^2)",
        {"x": "normal", "a": "normal", "y": "normal"},
        {"b": 0.5},
    ),
    RowProgram("Rosenbrock", "c = (1 - x)^2 + 100*(y - x^2)^2", {"x": "normal", "y": "normal"}, {}),
    RowProgram(
        "Black-Scholes and its greeks",
        "d1 = (log(s/k) + (r + v^2/2)*t)/(v*sqrt(t)); d2 = d1 - v*sqrt(t); "
        "c = s*(1 + erf(d1/1.4142135623730951))/2 - k*exp(-r*t)*(1 + erf(d2/1.4142135623730951))/2",
        {"s": "price", "k": "price", "t": "time", "v": "volatility"},
        {"r": 0.03},
    ),
    RowProgram(
        "logistic loss of three weights",
        "c = log1p(exp(-z*(w0 + w1*x + w2*y)))",
        {"x": "normal", "y": "normal", "z": "sign"},
        {"w0": 0.1, "w1": 0.7, "w2": -1.3},
    ),
    RowProgram("a polynomial of 200 operations", f"c = {_polynomial()}", {"x": "unit"}, {}),
)


def inputs(program: RowProgram, rows: int) -> dict[str, Any]:
    """The columns and what is shared."""
    import numpy as np

    rng = np.random.default_rng(7)
    kinds: dict[str, Callable[[], Any]] = {
        "normal": lambda: rng.normal(size=rows),
        "price": lambda: rng.uniform(50, 150, size=rows),
        "time": lambda: rng.uniform(0.1, 2, size=rows),
        "volatility": lambda: rng.uniform(0.1, 0.6, size=rows),
        "sign": lambda: rng.choice([-1.0, 1.0], size=rows),
        "unit": lambda: rng.uniform(-1, 1, size=rows),
    }
    return {name: kinds[kind]() for name, kind in program.columns.items()} | program.shared


def written_out(program: RowProgram) -> tuple[list[tuple[str, str]], list[str]]:
    """Assignments of common subexpressions, and the value and derivatives by them, as Python texts."""
    import sympy

    names = [*program.columns, *program.shared]
    space: dict[str, Any] = {name: sympy.Symbol(name, real=True) for name in names}
    space |= {name: getattr(sympy, name) for name in ("exp", "sin", "sqrt", "log", "erf")}
    space["log1p"] = lambda x: sympy.log(1 + x)
    for part in program.text.split("; "):
        name, text = part.split(" = ", 1)
        space[name] = sympy.sympify(text.replace("^", "**"), locals=space)
    value = space["c"]
    found, results = sympy.cse([value, *(sympy.diff(value, space[name]) for name in names)])
    return [(str(a), str(b)) for a, b in found], [str(x) for x in results]


def function(program: RowProgram, space: dict[str, Any]) -> Callable[..., Any]:
    """What SymPy wrote out, on the functions of a library."""
    assignments, results = written_out(program)
    names = [*program.columns, *program.shared]
    body = "".join(f"    {a} = {b}\n" for a, b in assignments)
    scope = dict(space)
    exec(f"def run({', '.join(names)}):\n{body}    return ({', '.join(results)},)", scope)
    run: Callable[..., Any] = scope["run"]
    return run


def _timer(run: Callable[[], Any]) -> Callable[[], float]:
    def timed() -> float:
        begin = time.perf_counter()
        found = run()
        taken = (time.perf_counter() - begin) * 1e3
        del found
        return taken

    return timed


class Side(NamedTuple):
    """A peer: its name, a round of it, and the results of one for comparison."""

    name: str
    run: Callable[[], float]
    results: Callable[[], Sequence[Any]]


def ours(program: RowProgram, values: dict[str, Any], engine: str) -> Side:
    import exprgrad

    rows = exprgrad.compile(program.text).rows(engine)
    names = [*program.columns, *program.shared]

    def results() -> list[Any]:
        found = rows(**values)
        return [found["c"], *(found.derivative("c", name) for name in names)]

    return Side(engine, _timer(lambda: rows(**values)), results)


def _torch(program: RowProgram, values: dict[str, Any], compiled: bool) -> Side:
    import torch

    space = {name: getattr(torch, name) for name in ("exp", "sin", "cos", "sqrt", "log", "erf")}
    run = function(program, {**space, "pi": 3.141592653589793, "sqrt": _either(torch.sqrt)})
    tensors = {name: torch.from_numpy(x) if hasattr(x, "shape") else x for name, x in values.items()}
    if compiled:
        run = torch.compile(run, dynamic=False)
    call = torch.no_grad()(lambda: run(**tensors))
    return Side("torch.compile" if compiled else "PyTorch eager", _timer(call), lambda: [_numpy(x) for x in call()])


def _either(root: Callable[..., Any]) -> Callable[..., Any]:
    """A root of numbers too, which SymPy writes for constants."""
    return lambda x: root(x) if hasattr(x, "shape") else x**0.5


def _numpy(x: Any) -> Any:
    import numpy as np

    return np.asarray(x)


def _jax(program: RowProgram, values: dict[str, Any]) -> Side:
    import jax

    jax.config.update("jax_enable_x64", True)
    import jax.numpy as jnp
    from jax.scipy.special import erf

    space = {name: getattr(jnp, name) for name in ("exp", "sin", "cos", "sqrt", "log")}
    run = jax.jit(function(program, {**space, "erf": erf, "pi": 3.141592653589793}))
    arrays = {name: jax.device_put(x) for name, x in values.items()}
    call = lambda: jax.block_until_ready(run(**arrays))  # noqa: E731
    return Side("JAX jit", _timer(call), lambda: [_numpy(x) for x in call()])


def _tensorflow(program: RowProgram, values: dict[str, Any]) -> Side:
    import tensorflow as tf

    v1 = tf.compat.v1
    v1.disable_eager_execution()
    space = {name: getattr(tf.math, name) for name in ("exp", "sin", "cos", "sqrt", "log", "erf")}
    graph = v1.Graph()
    with graph.as_default():
        feeds = {name: v1.placeholder(tf.float64, [None] if hasattr(x, "shape") else []) for name, x in values.items()}
        fetches = function(program, {**space, "sqrt": _either_tf(tf.sqrt), "pi": 3.141592653589793})(**feeds)
        session = v1.Session(graph=graph)
    feed = {feeds[name]: x for name, x in values.items()}
    call = lambda: session.run(fetches, feed)  # noqa: E731
    return Side("TensorFlow 1 session", _timer(call), lambda: list(call()))


def _either_tf(root: Callable[..., Any]) -> Callable[..., Any]:
    return lambda x: x**0.5 if isinstance(x, int | float) else root(x)


def _numexpr(program: RowProgram, values: dict[str, Any]) -> Side:
    import numexpr
    import numpy as np

    assignments, results = written_out(program)
    rows = max(len(x) for x in values.values() if hasattr(x, "shape"))
    # numexpr has one result an evaluation: what several need is computed once and kept.
    texts = [*assignments, *((f"r{i}", text) for i, text in enumerate(results))]
    space = dict(values)
    for name, _ in texts:
        space[name] = np.empty(rows)

    def call() -> list[Any]:
        for name, text in texts:
            numexpr.evaluate(text, local_dict=space, out=space[name])
        return [space[f"r{i}"] for i in range(len(results))]

    return Side("numexpr", _timer(call), call)


def _numba(program: RowProgram, values: dict[str, Any]) -> Side:
    import math

    import numba
    import numpy as np

    assignments, results = written_out(program)
    columns, shared = list(program.columns), list(program.shared)
    outs = [f"r{i}" for i in range(len(results))]
    body = [f"        {name} = {name}_[i]" for name in columns]
    body += [f"        {a} = {b}" for a, b in assignments]
    body += [f"        {out}[i] = {text}" for out, text in zip(outs, results, strict=True)]
    head = ", ".join([f"{name}_" for name in columns] + shared + outs)
    text = f"def run({head}):\n    for i in numba.prange(len({outs[0]})):\n" + "\n".join(body)
    scope: dict[str, Any] = {name: getattr(math, name) for name in ("exp", "sin", "cos", "sqrt", "log", "erf", "pi")}
    scope["numba"] = numba
    exec(text, scope)
    run = numba.njit(parallel=True, error_model="numpy")(scope["run"])
    made = [np.empty(len(values[columns[0]])) for _ in outs]
    arguments = [*(values[name] for name in (*columns, *shared)), *made]

    def call() -> list[Any]:
        run(*arguments)
        return made

    return Side("numba", _timer(call), call)


def _sympy(program: RowProgram, values: dict[str, Any]) -> Side:
    import numpy as np
    import sympy

    names = [*program.columns, *program.shared]
    space: dict[str, Any] = {name: sympy.Symbol(name, real=True) for name in names}
    space |= {name: getattr(sympy, name) for name in ("exp", "sin", "sqrt", "log", "erf")}
    space["log1p"] = lambda x: sympy.log(1 + x)
    for part in program.text.split("; "):
        name, text = part.split(" = ", 1)
        space[name] = sympy.sympify(text.replace("^", "**"), locals=space)
    value = space["c"]
    wanted = [value, *(sympy.diff(value, space[name]) for name in names)]
    run = sympy.lambdify([space[name] for name in names], wanted, "scipy", cse=True)
    call = lambda: run(*[values[name] for name in names])  # noqa: E731
    return Side("SymPy lambdify", _timer(call), lambda: [np.asarray(x) for x in call()])


PEERS: dict[str, tuple[str, Callable[[RowProgram, dict[str, Any]], Side]]] = {
    "torch.compile": ("torch", lambda p, v: _torch(p, v, True)),
    "numba": ("numba", _numba),
    "JAX jit": ("jax", _jax),
    "TensorFlow 1 session": ("tensorflow", _tensorflow),
    "numexpr": ("numexpr", _numexpr),
    "PyTorch eager": ("torch", lambda p, v: _torch(p, v, False)),
    "SymPy lambdify": ("sympy", _sympy),
}


def peers() -> list[str]:
    """Those that are installed."""
    return [name for name, (module, _) in PEERS.items() if importlib.util.find_spec(module)]


def check(ours: Sequence[Any], theirs: Sequence[Any], name: str) -> None:
    """Both computed the same."""
    import numpy as np

    for a, b in zip(ours, theirs, strict=True):
        assert np.allclose(a, b, rtol=1e-7, atol=1e-9), name
