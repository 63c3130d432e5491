"""exprgrad and its peers, side by side in one run: `python benchmarks/run.py`.

Each figure is the median of several rounds in which exprgrad and the peer take turns, so that a machine that
speeds up or slows down does so for both. Peers that are not installed are left out (`pip install .[benchmark]`
brings them), and a line on standard error says so. Nothing here is a test: a test must not depend on the clock.
"""

from __future__ import annotations

import argparse
import gc
import importlib
import math
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from importlib.metadata import version

from peers import installed

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
Round = Callable[[], float]


def paired(*sides: Round, rounds: int) -> list[list[float]]:
    """The times of each side, taken in turns."""
    times: list[list[float]] = [[] for _ in sides]
    for _ in range(rounds):
        for side, found in zip(sides, times, strict=True):
            found.append(side())
    return times


def median_ratio(ours: list[float], theirs: list[float]) -> float:
    return statistics.median(a / b for a, b in zip(ours, theirs, strict=True))


def report(what: str, ours: float, peer: str, theirs: float | None, unit: str, ratio: float | None, bar: str) -> None:
    peer_figure = "" if theirs is None else f"{peer} {theirs:.2f} {unit}"
    shown = "" if ratio is None else f"{ratio:.2f}"
    print(f"| {what} | {ours:.2f} {unit} | {peer_figure} | {shown} | {bar} |", flush=True)


def alone(what: str, ours: Round, unit: str, rounds: int) -> None:
    """Reports a figure that no peer stands beside."""
    report(what, statistics.median(ours() for _ in range(rounds)), "", None, unit, None, "")


def process(arguments: list[str], **environment: str) -> Round:
    """The wall time of a whole process, in ms."""

    def run() -> float:
        start = time.perf_counter()
        subprocess.run(arguments, check=True, stdout=subprocess.DEVNULL, env={**os.environ, **environment})
        return (time.perf_counter() - start) * 1e3

    return run


def from_wheel(folder: str) -> list[str]:
    """The command as users have it, from a wheel that is installed in a folder, where Python is to look first: a
    checkout compiles the grammar at every start."""
    install = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-build-isolation"]
    subprocess.run([*install, "--target", folder, ROOT], check=True)
    return [sys.executable, os.path.join(folder, "bin", "exprgrad")]


def start_up(rounds: int, smaller: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        command = [*from_wheel(folder), "a*b", "--a", "15", "--b", "20"]
        peer = [sys.executable, "-c", "import numpy, lark, click"]
        for mode in ("static", "dynamic"):
            ours, theirs = paired(
                process([*command, "--mode", mode], PYTHONPATH=folder),
                process(peer, PYTHONPATH=folder),
                rounds=5 * rounds,
            )
            report(
                f'whole process, `exprgrad "a*b" --a 15 --b 20 --mode {mode}`',
                statistics.median(ours),
                "`import numpy, lark, click`",
                statistics.median(theirs),
                "ms",
                median_ratio(ours, theirs),
                "at most 0.40",
            )


def long_programs(rounds: int, smaller: int) -> None:
    import exprgrad

    n, variables = 100_000 // smaller, 10_000 // smaller
    programs = {
        f"sum of {n:,} terms": ("+".join(["a*b"] * n), {"a": 15, "b": 20}, 4 * n - 1),
        f"{n:,} nested parentheses": ("(" * n + "a" + ")" * n, {"a": 15}, 2 * n + 1),
        f"{variables:,} variables": (
            "+".join(f"x{i}*x{i}" for i in range(variables)),
            {f"x{i}": 0.5 for i in range(variables)},
            4 * variables - 1,
        ),
    }
    for what, (text, values, tokens) in programs.items():
        for mode in ("static", "dynamic"):

            def run(text: str = text, mode: str = mode, values: dict[str, float] = values) -> float:
                start = time.perf_counter()
                exprgrad.compile(text, mode).run(values)
                return time.perf_counter() - start

            seconds = statistics.median(run() for _ in range(rounds))
            report(
                f"{what}, parse, value and gradient, {mode}",
                seconds / tokens * 1e6,
                "",
                None,
                "µs/token",
                None,
                "at most 60",
            )


def dynamic(rounds: int, smaller: int) -> None:
    import exprgrad.dynamic as ours

    peers = [peer for peer in ("torch", "autograd") if installed(peer)]
    for peer in peers:
        importlib.import_module(peer)
    # The garbage collector would walk the peers' half a million module objects whenever our trace grows.
    gc.collect()
    gc.freeze()
    steps = 20_000 // smaller

    def loop(library: object, start: object, x: object) -> float:
        sin = library.sin  # type: ignore[attr-defined]
        begin = time.perf_counter()
        y = start
        for _ in range(steps):
            y = sin(y) * x + y  # type: ignore[operator]
        y.backward()  # type: ignore[attr-defined]
        return (time.perf_counter() - begin) / (3 * steps) * 1e6

    def mine(x: float, y: float) -> Round:
        return lambda: loop(ours, ours.tensor(y, requires_grad=True), ours.tensor(x, requires_grad=True))

    for x, y in ((0.5, 0.3), (2.5, 0.3)):
        what = f"dynamic, y = sin(y)*x + y {steps:,} times from x = {x}, y = {y}, forward and backward"
        if "torch" in peers:
            import torch

            for dtype in (torch.float32, torch.float64):

                def torch_round(dtype: torch.dtype = dtype, x: float = x, y: float = y) -> float:
                    return loop(
                        torch,
                        torch.tensor(y, dtype=dtype, requires_grad=True),
                        torch.tensor(x, dtype=dtype, requires_grad=True),
                    )

                a, b = paired(mine(x, y), torch_round, rounds=rounds)
                name = f"PyTorch {str(dtype).removeprefix('torch.')}"
                report(
                    what,
                    statistics.median(a),
                    name,
                    statistics.median(b),
                    "µs/op",
                    median_ratio(a, b),
                    "at most 0.33",
                )
        else:
            report(
                what,
                statistics.median(mine(x, y)() for _ in range(rounds)),
                "",
                None,
                "µs/op",
                None,
                "at most 0.33",
            )
        if "autograd" in peers:
            import autograd
            import autograd.numpy as np

            def function(y: float, x: float) -> float:
                for _ in range(steps):
                    y = np.sin(y) * x + y
                return y

            gradient = autograd.value_and_grad(function, (0, 1))

            def autograd_round(x: float = x, y: float = y) -> float:
                begin = time.perf_counter()
                gradient(y, x)
                return (time.perf_counter() - begin) / (3 * steps) * 1e6

            a, b = paired(mine(x, y), autograd_round, rounds=max(1, rounds // 3))
            report(
                what,
                statistics.median(a),
                "HIPS autograd",
                statistics.median(b),
                "µs/op",
                median_ratio(a, b),
                "",
            )


def gradient_of_a_sum(rounds: int, smaller: int) -> None:
    import exprgrad

    names = [f"x{i}" for i in range(10_000 // smaller)]
    text = "c = " + "+".join(names)
    values = dict.fromkeys(names, 0.5)

    def timed(call: Callable[[], object]) -> Round:
        def run() -> float:
            start = time.perf_counter()
            call()
            return (time.perf_counter() - start) * 1e3

        return run

    for mode in ("static", "dynamic"):
        for what, make in {
            "run alone": lambda order: timed(
                lambda f=exprgrad.compile(text, mode, max_order=order): f.run(values)  # type: ignore[misc]
            ),
            "parse and all": lambda order: timed(lambda: exprgrad.compile(text, mode, max_order=order).run(values)),
        }.items():
            whole, value = paired(make(1), make(0), rounds=rounds)
            report(
                f"value and gradient of a sum over {len(names):,} variables, {mode}, {what}",
                statistics.median(whole),
                "value alone",
                statistics.median(value),
                "ms",
                median_ratio(whole, value),
                "at most 5",
            )


def one_call(rounds: int, smaller: int) -> None:
    """A call of a compiled function from Python, beside the peers' one by one."""
    import calls
    import numpy as np

    x = np.linspace(0.5, 1.5, 10)
    count = max(1, 2000 // smaller)
    for what, call, peers, bar in (
        (
            "a call of c = a*b, value and gradient, static",
            calls.ours("c = a*b", a=15.0, b=20.0),
            calls.product_peers(),
            "at most 0.8 of CasADi",
        ),
        (
            "a call of Rosenbrock's sum of 10 elements, value and gradient, static",
            calls.ours(calls.ROSENBROCK, x=x),
            calls.rosenbrock_peers(x),
            "",
        ),
    ):
        ours = calls.timed(call, count)
        if not peers:
            alone(what, ours, "µs", rounds)
        for name, peer in peers.items():
            mine, theirs = paired(ours, calls.timed(peer, count), rounds=rounds)
            ratio = median_ratio(mine, theirs)
            report(what, statistics.median(mine), name, statistics.median(theirs), "µs", ratio, bar)


def loops(rounds: int, smaller: int) -> None:
    """Loops of the language: what the derivative costs beside the value, memory, and the same loop in PyTorch."""
    import exprgrad

    head, body = "y = x0; for k in 0..{n}", "{ y = sin(y)*x + y }; c = y"
    choosing = "{ if y > 1 { y = sin(y)*x + y } else { y = y*x + y } }; c = y"
    values = {"x": 2.5, "x0": 0.3}

    def timed(n: int, mode: str, order: int, body: str = body) -> Round:
        function = exprgrad.compile(f"{head.format(n=n)} {body}", mode, max_order=order)

        def run() -> float:
            start = time.perf_counter()
            function.run(values, notes=False)
            return (time.perf_counter() - start) * 1e3

        run()  # a static graph is defined once
        return run

    n = 1_000 // smaller
    plain = f"y = sin(y)*x + y {n:,} times"
    whole, value = paired(timed(n, "static", 1), timed(n, "static", 0), rounds=rounds)
    report(
        f"static loop, {plain}, value and gradient",
        statistics.median(whole),
        "value alone",
        statistics.median(value),
        "ms",
        median_ratio(whole, value),
        "at most 4",
    )
    for iterations in (n, 1_000_000 // smaller):
        code = (
            "import exprgrad\n"
            f"exprgrad.compile({head.format(n=iterations) + ' ' + body!r}, max_order=0)(x=2.5, x0=0.3)\n"
            "print(*[line.split()[1] for line in open('/proc/self/status') if line.startswith('VmHWM')])"
        )
        kilobytes = int(subprocess.run([sys.executable, "-c", code], check=True, capture_output=True).stdout)
        report(
            f"static loop, {iterations:,} iterations, value alone: peak",
            kilobytes / 1024,
            "",
            None,
            "MiB",
            None,
            "constant",
        )
    there = installed("torch")
    if there:
        import torch

        torch.set_num_threads(1)

    def torch_round(choose: bool = False, order: int = 1) -> float:
        x = torch.tensor(2.5, dtype=torch.float64, requires_grad=True)
        y0 = y = torch.tensor(0.3, dtype=torch.float64, requires_grad=True)
        begin = time.perf_counter()
        for _ in range(n):
            y = y * x + y if choose and not y > 1 else torch.sin(y) * x + y
        if order == 1:
            y.backward()
        else:
            first = torch.autograd.grad(y, [x, y0], create_graph=True)
            torch.autograd.grad(first[0], [x, y0], retain_graph=True)
            torch.autograd.grad(first[1], [y0])
        return (time.perf_counter() - begin) * 1e3

    sines, y = 0, 0.3
    for _ in range(n):
        sines += y > 1
        y = math.sin(y) * 2.5 + y if y > 1 else y * 2.5 + y
    branch = "the same with y*x + y unless y > 1"
    for mode, what, loop_body, order, operations, more in (
        ("dynamic", f"{plain}, value and gradient", body, 1, 3 * n, 2 * n),
        ("dynamic", f"{branch}, value and gradient", choosing, 1, 3 * n + sines, 2 * n),
        ("dynamic", f"{plain}, value to second derivatives", body, 2, 0, 0),
        ("static", f"{plain}, value and gradient", body, 1, 0, 0),
        ("static", f"{branch}, value and gradient", choosing, 1, 0, 0),
        ("static", f"{plain}, value to second derivatives", body, 2, 0, 0),
    ):
        ours, name, what = (
            timed(n, mode, order, loop_body),
            "PyTorch float64, a Python loop",
            f"{mode} loop of the language, {what}",
        )
        if not there:
            alone(what, ours, "ms", rounds)
            continue
        a, b = paired(ours, partial(torch_round, loop_body is choosing, order), rounds=rounds)
        report(what, statistics.median(a), name, statistics.median(b), "ms", median_ratio(a, b), "")
        if operations:
            # A loop of the language counts and compares in operations of its own.
            a = [x / (operations + more) * 1e3 for x in a]
            b = [x / operations * 1e3 for x in b]
            bar = "at most 0.33"
            report(
                f"{what}, by operation",
                statistics.median(a),
                name,
                statistics.median(b),
                "µs/op",
                median_ratio(a, b),
                bar,
            )


def arrays(rounds: int, smaller: int) -> None:
    import arrays as programs

    there = installed("autograd")
    sizes = sorted({max(1, n // smaller) for n in programs.SIZES})
    for number, program in enumerate(programs.PROGRAMS):
        if there:
            programs.check(program)
        for n in sizes:
            what = f"static, ndarrays of {n:,}, {program.name}, value and gradient"
            sides = programs.sides(program, n, there)
            if not there:
                alone(what, *sides, "ms", rounds)
                continue
            a, b = paired(*sides, rounds=rounds)
            ratio = median_ratio(a, b)
            report(what, statistics.median(a), "HIPS autograd", statistics.median(b), "ms", ratio, "at most 1")
        what = f"peak memory beyond the inputs, {n:,}, {program.name}"
        mine, their = (partial(programs.peak, side, number, n) for side in ("ours", "theirs"))
        if not there:
            alone(what, mine, "MB", 1)
            continue
        a, b = paired(mine, their, rounds=3)
        report(what, statistics.median(a), "HIPS autograd", statistics.median(b), "MB", median_ratio(a, b), "at most 1")


def mixtures(rounds: int, smaller: int) -> None:
    import arrays as programs
    import numpy as np

    there, n = installed("torch"), max(1, 1000 // smaller)
    for d in (2, 10, 64):
        for k in (5, 25, 200):
            values = programs.mixture(d, max(1, k // smaller), n)
            what = f"ADBench's GMM, d = {d}, K = {len(values['means'])}, n = {n:,}, value and gradient"
            calls = max(1, 300_000 // (d * k * 20 + 1000) // smaller)
            if not there:
                alone(what, programs.timer(programs.ours_on(values), calls), "ms", rounds)
                continue
            ways = [programs.ours_on(values), programs.torch_on(values, False), programs.torch_on(values, True)]
            (value, gradients), *others = [way() for way in ways]
            for other, theirs in others:
                assert abs(value - other) < 1e-9 * abs(value)
                assert all(np.allclose(a, b, rtol=1e-8, atol=1e-8) for a, b in zip(gradients, theirs, strict=True))
            times = paired(*[programs.timer(way, calls) for way in ways], rounds=rounds)
            for peer, found in (("as ADBench has it", times[1]), ("with our one product", times[2])):
                report(
                    what,
                    statistics.median(times[0]),
                    f"PyTorch float64, {peer}",
                    statistics.median(found),
                    "ms",
                    median_ratio(times[0], found),
                    "at most 1",
                )


def sparse(rounds: int, smaller: int) -> None:
    """Sparse derivatives, by the gradient of the same program (the peer is exprgrad itself)."""
    import arrays as programs

    for what, ours, gradient in programs.sparse_sides(smaller):
        a, b = paired(ours, gradient, rounds=rounds)
        report(what, statistics.median(a), "one gradient", statistics.median(b), "ms", median_ratio(a, b), "a few")


def rows(rounds: int, smaller: int) -> None:
    """Rows of numbers in memory: the engines against the peers' best, and the rounded one against ours in doubles."""
    import kernels

    from exprgrad.run import machine

    n = 4_000_000 // smaller
    for program in kernels.PROGRAMS:
        values = kernels.inputs(program, n)
        native, plain, rounded = (kernels.ours(program, values, x) for x in ("native", "numpy", "rounded"))
        found = rounded.results()
        sides = [native, plain, rounded, *kernels.peers(program, values, found)]
        if program.name == "Rosenbrock":
            sides.append(kernels.moving(values, len(found)))
        milliseconds = statistics.median(kernels.compilation(program) for _ in range(min(3, rounds)))
        report(f"machine code for {program.name}, from text to code", milliseconds, "", None, "ms", None, "at most 100")
        if machine.machine().flags:
            milliseconds = statistics.median(kernels.compilation(program, "Checks.NONE") for _ in range(min(3, rounds)))
            what = f"rounded machine code for {program.name}, from text to code"
            report(what, milliseconds, "", None, "ms", None, "at most 100")
        times = paired(*[kernels.rested(side.run) for side in sides], rounds=rounds)
        for side, theirs in ((sides[0], times[0]), *zip(sides[3:], times[3:], strict=True)):
            report(
                f"{n:,} rows, {program.name}, value and gradient, rounded",
                statistics.median(times[2]),
                side.name,
                statistics.median(theirs),
                "ms",
                median_ratio(times[2], theirs),
                kernels.rounded_bar(program, side.name),
            )
        for side, theirs in zip(sides[3:], times[3:], strict=True):
            mine = times[1] if side.name == kernels.SYMPY else times[0]
            engine = "numpy" if side.name == kernels.SYMPY else "native"
            report(
                f"{n:,} rows, {program.name}, value and gradient, {engine}",
                statistics.median(mine),
                side.name,
                statistics.median(theirs),
                "ms",
                median_ratio(mine, theirs),
                kernels.bar(program, side.name),
            )


def written_down(rounds: int, smaller: int) -> None:
    """What is written down as C, compiled and run over columns."""
    import kernels
    import written

    n = 4_000_000 // smaller
    for program in kernels.PROGRAMS:
        sides = written.sides(written.columns(program, n), written.FLAGS)
        what = f"C, {n:,} rows, {program.name}, value and gradient"
        times = paired(*sides.values(), rounds=rounds)
        if len(sides) == 1:
            report(what, statistics.median(times[0]), "", None, "ms", None, "")
        for peer, theirs in zip(list(sides)[1:], times[1:], strict=True):
            ratio, bar = median_ratio(times[0], theirs), written.bar(peer)
            report(what, statistics.median(times[0]), peer, statistics.median(theirs), "ms", ratio, bar)


def engines(rounds: int, smaller: int) -> None:
    """What `auto` takes beside numpy alone, at any number of rows."""
    import kernels

    program = kernels.PROGRAMS[0]
    for n in sorted({max(1, 10**k // smaller) for k in range(8)}):
        values = kernels.inputs(program, n)
        sides = [
            kernels.ours(program, values, engine, calls=max(1, 100_000 // smaller // n)) for engine in ("auto", "numpy")
        ]
        a, b = paired(*[side.run for side in sides], rounds=rounds)
        report(
            f"{n:,} rows, {program.name}, value and gradient, auto",
            statistics.median(a),
            "numpy alone",
            statistics.median(b),
            "ms",
            median_ratio(a, b),
            "at most 1",
        )


def native_loops(rounds: int, smaller: int) -> None:
    """A loop in machine code, one row."""
    import kernels

    steps = 20_000 // smaller
    sides = kernels.loop_sides(steps)
    what = f"native loop, y = sin(y)*x + y {steps:,} times, value and gradient"
    if len(sides) == 1:
        alone(what, sides[0][1], "ms", rounds)
    found = paired(*[run for _, run in sides], rounds=rounds)
    for (name, _), theirs in zip(sides[1:], found[1:], strict=True):
        report(
            what,
            statistics.median(found[0]),
            name,
            statistics.median(theirs),
            "ms",
            median_ratio(found[0], theirs),
            "at most 2",
        )


def files(rounds: int, smaller: int) -> None:
    """Files of rows, whole processes and inside of one."""
    from pathlib import Path

    import files as programs

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        wheel = os.path.join(name, "wheel")
        command = from_wheel(wheel)
        for form, count, bar in (("parquet", 5_000_000 // smaller, "1"), ("csv", 1_000_000 // smaller, "1.1")):
            source, target = programs.make(folder, form, count), str(folder / f"out.{form}")
            what = f"{form} to {form}, {count:,} rows, value and four derivatives"
            others = programs.peers(form, source, target)
            mine = programs.timed(programs.ours(command, source, target), target, PYTHONPATH=wheel)
            times = paired(mine, *[programs.timed(side, target) for side in others.values()], rounds=rounds)
            for peer, theirs in zip(others, times[1:], strict=True):
                report(
                    f"{what}, whole processes",
                    statistics.median(times[0]),
                    peer,
                    statistics.median(theirs),
                    "s",
                    median_ratio(times[0], theirs),
                    f"at most {bar}",
                )
            a, b = paired(*programs.inside(form, source, target), rounds=rounds)
            peer, ratio = "Polars, derivatives by hand", median_ratio(a, b)
            report(f"{what}, in one process", statistics.median(a), peer, statistics.median(b), "s", ratio, "at most 1")
        for count in (5_000_000 // smaller, 50_000_000 // smaller):
            source, target = programs.make(folder, "parquet", count), str(folder / "out.parquet")
            most = programs.peak(programs.ours(command, source, target), PYTHONPATH=wheel)
            report(f"parquet to parquet, {count:,} rows: peak memory", most, "", None, "MB", None, "under 450, flat")
            os.unlink(target)


def formulas(rounds: int, smaller: int) -> None:
    """The formulas of derivatives, against SymPy's."""
    import formulas

    import exprgrad

    exprgrad.compile("x/(1 + x)").formula()  # what is loaded once
    if not installed("sympy"):
        texts = [text for row in formulas.rows(smaller) for text in formulas.ours(row)[0].values()]
        count = statistics.median(map(formulas.operations, texts))
        report(f"operations of {len(texts):,} derivatives, median", count, "", None, "op", None, "")
        return
    found = [x for row in formulas.rows(smaller) if (x := formulas.paired(row)) is not None]
    pairs = [pair for formula in found for pair in formula.pairs]
    ratios = sorted(pair.ours / pair.theirs if pair.theirs else 1.0 + pair.ours for pair in pairs)
    peer = "SymPy's simplify(diff())"
    for what, ratio, bar in (
        ("median", statistics.median(ratios), "at most 1"),
        ("90th percentile", ratios[len(ratios) * 9 // 10], "at most 1.5"),
        ("95th percentile", ratios[len(ratios) * 95 // 100], ""),
    ):
        ours, theirs = (statistics.median(n) for n in zip(*[(p.ours, p.theirs) for p in pairs], strict=True))
        report(f"operations of {len(pairs):,} derivatives, {what}", ours, peer, theirs, "op", ratio, bar)
    times = [formula.ours / formula.theirs for formula in found]
    ours, theirs = (statistics.median(n) * 1e3 for n in zip(*[(f.ours, f.theirs) for f in found], strict=True))
    what = f"time for all derivatives of each of {len(found)} formulas"
    report(f"{what}, median", ours, peer, theirs, "ms", statistics.median(times), "at most 0.1")
    ours, theirs = sum(f.ours for f in found), sum(f.theirs for f in found)
    report(f"{what}, together", ours, peer, theirs, "s", ours / theirs, "")


SECTIONS = {
    "start": start_up,
    "long": long_programs,
    "dynamic": dynamic,
    "sum": gradient_of_a_sum,
    "calls": one_call,
    "loops": loops,
    "arrays": arrays,
    "gmm": mixtures,
    "sparse": sparse,
    "rows": rows,
    "written": written_down,
    "formulas": formulas,
    "engines": engines,
    "native": native_loops,
    "files": files,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sections", nargs="*", choices=[*SECTIONS, []], help="which sections; all by default")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--smaller", type=int, default=1, help="divide all sizes by that, to see that a section runs")
    options = parser.parse_args()
    libraries = ["exprgrad", "lark", "numpy", "click", "gmpy2", "python-flint", "llvmlite", "polars"]
    libraries += [
        "torch",
        "autograd",
        "jax",
        "tensorflow",
        "numexpr",
        "numba",
        "sympy",
        "scipy",
        "duckdb",
        "pyarrow",
        "casadi",
    ]
    found = []
    for name in libraries:
        try:
            found.append(f"{name} {version(name)}")
        except ImportError:
            continue
    cpu = platform.processor() or platform.machine()
    print(
        f"{time.strftime('%Y-%m-%d')}, {cpu}, {os.cpu_count()} cores, Python {platform.python_version()}, "
        + ", ".join(found)
    )
    print("\n| what | exprgrad | peer | ratio | bar |\n|---|---|---|---|---|")
    for name in options.sections or SECTIONS:
        SECTIONS[name](options.rounds, options.smaller)


if __name__ == "__main__":
    main()
