"""Rows of numbers: the value and all first derivatives in each row, against the peers' best forms.

What a peer runs is the value and the derivatives written out by SymPy with common subexpressions (the form of a careful
hand), in its own functions; torch.compile, JAX and numba fuse it into one loop. Each writes its results into memory of
its own; numexpr, numba and we reuse it from run to run, and so does the allocator of the others where it can.
"""

from __future__ import annotations

import ctypes
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
from peers import installed

sys.setrecursionlimit(20_000)  # SymPy walks its expressions by recursion


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


def _symbolic(program: RowProgram) -> tuple[list[Any], list[Any]]:
    """SymPy's symbols for the inputs, and its expressions of the value and the derivatives."""
    import sympy

    names = [*program.columns, *program.shared]
    space: dict[str, Any] = {name: sympy.Symbol(name, real=True) for name in names}
    space |= {name: getattr(sympy, name) for name in ("exp", "sin", "sqrt", "log", "erf")}
    space["log1p"] = lambda x: sympy.log(1 + x)
    for part in program.text.split("; "):
        name, text = part.split(" = ", 1)
        space[name] = sympy.sympify(text.replace("^", "**"), locals=space)
    symbols = [space[name] for name in names]
    return symbols, [space["c"], *(sympy.diff(space["c"], symbol) for symbol in symbols)]


def written_out(program: RowProgram) -> tuple[list[tuple[str, str]], list[str]]:
    """Assignments of common subexpressions, and the value and derivatives by them, as Python texts."""
    import sympy

    found, results = sympy.cse(_symbolic(program)[1])
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


def ours(program: RowProgram, values: dict[str, Any], engine: str, calls: int = 1) -> Side:
    """One of our engines; a round is so many calls, its time that of one."""
    import exprgrad

    rows = exprgrad.compile(program.text).rows(engine)
    names = [*program.columns, *program.shared]

    def results() -> list[Any]:
        found = rows(**values)
        return [found["c"], *(found.derivative("c", name) for name in names)]

    def run() -> float:
        return _timer(lambda: [rows(**values) for _ in range(calls)] and None)() / calls

    return Side(engine, run, results)


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
    return lambda x: x**0.5 if isinstance(x, int | float) else root(x)


def _numpy(x: Any) -> Any:

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
        fetches = function(program, {**space, "sqrt": _either(tf.sqrt), "pi": 3.141592653589793})(**feeds)
        session = v1.Session(graph=graph)
    feed = {feeds[name]: x for name, x in values.items()}
    call = lambda: session.run(fetches, feed)  # noqa: E731
    return Side("TensorFlow 1 session", _timer(call), lambda: list(call()))


def _numexpr(program: RowProgram, values: dict[str, Any]) -> Side:
    import numexpr

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
    import sympy

    run = sympy.lambdify(*_symbolic(program), "scipy", cse=True)
    call = lambda: run(*[values[name] for name in (*program.columns, *program.shared)])  # noqa: E731
    return Side("SymPy lambdify", _timer(call), lambda: [np.asarray(x) for x in call()])


def _heyoka(program: RowProgram, values: dict[str, Any]) -> Side:
    """In its best setting: what all rows share is part of the code, which may be rounded otherwise."""
    import heyoka

    names = list(program.columns)
    variables = {name: heyoka.expression(name) for name in names}
    space = {name: getattr(heyoka, name) for name in ("exp", "sin", "cos", "sqrt", "log", "erf")}
    run = function(program, {**space, "pi": 3.141592653589793, "sqrt": _either(heyoka.sqrt)})
    results = [
        x if isinstance(x, heyoka.expression) else heyoka.expression(float(x))
        for x in run(**variables, **program.shared)
    ]
    code = heyoka.cfunc(results, vars=list(variables.values()), fast_math=True)
    columns = np.ascontiguousarray([values[name] for name in names])
    made = np.empty((len(results), columns.shape[1]))
    call = lambda: code(columns, outputs=made)  # noqa: E731
    return Side("heyoka", _timer(call), lambda: list(call()))


SYMPY = "SymPy lambdify"
_PEERS: dict[str, tuple[str, Callable[[RowProgram, dict[str, Any]], Side]]] = {
    "torch.compile": ("torch", lambda p, v: _torch(p, v, True)),
    "heyoka": ("heyoka", _heyoka),
    "numba": ("numba", _numba),
    "JAX jit": ("jax", _jax),
    "TensorFlow 1 session": ("tensorflow", _tensorflow),
    "numexpr": ("numexpr", _numexpr),
    "PyTorch eager": ("torch", lambda p, v: _torch(p, v, False)),
    SYMPY: ("sympy", _sympy),
}


def peers(program: RowProgram, values: dict[str, Any], found: Sequence[Any]) -> list[Side]:
    """Those that are installed and can run a program; what they compute is compared."""
    sides = []
    for name, (module, make) in _PEERS.items():
        if not installed(module):
            continue
        try:
            side = make(program, values)
            theirs = side.results()
        except Exception as problem:
            print(f"{name} cannot run {program.name}: {type(problem).__name__}", file=sys.stderr)
            continue
        for a, b in zip(found, theirs, strict=True):
            assert np.allclose(a, b, rtol=1e-7, atol=1e-9), name
        sides.append(side)
    return sides


def bar(program: RowProgram, peer: str) -> str:
    """What was asked beside a peer."""
    if peer == _MOVING:
        return "at most 1.3"
    if peer == "heyoka":
        return "at most 0.9"
    if program is PROGRAMS[0] and peer == "torch.compile":
        return "at most 0.85"
    return "at most 0.17" if program is PROGRAMS[0] and peer not in ("numba", SYMPY) else "at most 1"


def rounded_bar(program: RowProgram, peer: str) -> str:
    """What was asked of the rounded engine, beside ours in doubles, and beside peers that round as they like."""
    if peer == "native":
        asked = ("2.0", "", "2.5", "2.5", "1.0")[PROGRAMS.index(program)]
        return f"at most {asked}" if asked else ""
    if program is not PROGRAMS[0] or peer in (SYMPY, _MOVING, "heyoka"):
        return ""
    return "at most 1.0" if peer == "torch.compile" else "at most 0.5"


def rested(run: Callable[[], float]) -> Callable[[], float]:
    """A round that begins when the threads of the one before have gone to sleep: some spin for a while."""

    def after_a_pause() -> float:
        time.sleep(0.3)
        return run()

    return after_a_pause


_MOVING = "moving the same bytes past the cache"


def moving(values: dict[str, Any], outputs: int) -> Side:
    """Reads the columns and writes their sum into each output, on as many threads, by the same kind of stores."""
    from exprgrad.run.codegen import NAME, Code
    from exprgrad.run.machine import machine
    from exprgrad.run.memory import aligned
    from exprgrad.run.native import Loaded
    from exprgrad.run.threads import processors, spread
    from exprgrad.run.writer import RUNNING

    columns = [x for x in values.values() if hasattr(x, "shape")]
    width = machine().width
    rows = len(columns[0]) // width * width
    kind = f"<{width} x double>"
    body, total = "", ""
    for i in range(len(columns)):
        body += f"  %c{i}p = getelementptr ptr, ptr %in, i64 {i}\n  %c{i}b = load ptr, ptr %c{i}p\n"
        body += f"  %c{i}a = getelementptr double, ptr %c{i}b, i64 %i\n  %c{i} = load {kind}, ptr %c{i}a, align 8\n"
        if total:
            body += f"  %s{i} = fadd {kind} {total}, %c{i}\n"
        total = f"%s{i}" if total else f"%c{i}"
    for i in range(outputs):
        body += f"  %o{i}p = getelementptr ptr, ptr %out, i64 {i}\n  %o{i}b = load ptr, ptr %o{i}p\n"
        body += f"  %o{i}a = getelementptr double, ptr %o{i}b, i64 %i\n"
        body += f"  store {kind} {total}, ptr %o{i}a, align {8 * width}, !nontemporal !0\n"
    text = f"""
define i64 @{NAME}(i64 %start, i64 %end, ptr noalias %in, ptr %u, ptr noalias %out, ptr %k, ptr %at) #0 {{
entry:
  br label %row
row:
  %i = phi i64 [ %start, %entry ], [ %next, %row ]
{body}
  %next = add nuw nsw i64 %i, {width}
  %more = icmp ult i64 %next, %end
  br i1 %more, label %row, label %done
done:
  ret i64 0
}}
attributes #0 = {{ nounwind "min-legal-vector-width"="512" "prefer-vector-width"="512" }}
!0 = !{{i32 1}}
"""
    code = Loaded(Code(text, kernels=[], problems=[], thorough=True), width)
    made = [aligned(len(columns[0])) for _ in range(outputs)]
    threads = processors()
    size = -(-rows // (threads * 512)) * 512

    def move(start: int) -> None:
        code.run(start, min(start + size, rows), columns, None, made, (ctypes.c_uint64 * (RUNNING + 1))())

    def call() -> None:
        spread(move, range(0, rows, size), threads)

    return Side(_MOVING, _timer(call), lambda: made)


def compilation(program: RowProgram, checks: str = "None") -> float:
    """From a compiled program to machine code that nobody has compiled before, in ms, in a new process; `checks` is
    that of `Native`, as a text."""
    text = (
        "import time, exprgrad, numpy as np\n"
        "from exprgrad.run.native import Native\nfrom exprgrad.batch.planning import planned\n"
        "from exprgrad.run.machine import machine\nfrom exprgrad.numbers.lanes.decisions import Checks\n"
        f"f = exprgrad.compile({program.text!r}); machine(); exprgrad.compile('a').native()(a=[1.0])\n"
        "begin = time.perf_counter()\n"
        f"columns = [name in {[*program.columns]!r} for name in f.inputs]\n"
        f"code = Native(planned(f.task, rounded={checks != 'None'}), columns, checks={checks}); code.compile(False)\n"
        "print((time.perf_counter() - begin) * 1e3)"
    )
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "XDG_CACHE_HOME": folder}
        done = subprocess.run([sys.executable, "-c", text], check=True, capture_output=True, env=environment)
    return float(done.stdout)


def loop_sides(steps: int) -> list[tuple[str, Callable[[], float]]]:
    """A loop and its derivatives: ours, and JAX's scan if it is there."""
    import exprgrad

    rows = exprgrad.compile(f"y = x0; for k in 0..{steps} {{ y = sin(y)*x + y }}; c = y").native()
    rows(x=2.5, x0=0.3)
    sides = [("native", _timer(lambda: rows(x=2.5, x0=0.3)))]
    if installed("jax"):
        import jax

        jax.config.update("jax_enable_x64", True)
        import jax.numpy as jnp

        def last(x: Any, x0: Any) -> Any:
            return jax.lax.scan(lambda y, _: (jnp.sin(y) * x + y, None), x0, None, length=steps)[0]

        both = jax.jit(jax.value_and_grad(last, (0, 1)))
        call = lambda: jax.block_until_ready(both(2.5, 0.3))  # noqa: E731
        value, (by_x, _) = call()
        found = rows(x=2.5, x0=0.3)
        assert abs(found["c"] - value) < 1e-9 and abs(found.derivative("c", "x") - by_x) < 1e-9
        sides.append(("JAX, jitted scan", _timer(call)))
    return sides
