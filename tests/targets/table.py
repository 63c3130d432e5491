"""Prints docs/targets.md: `python -m tests.targets.table > docs/targets.md`.

Each function is written down for each target, run at random points of its domain, and its value and first derivatives
are held against exprgrad's own numbers. A target is an entry of `COLUMNS`.
"""

from __future__ import annotations

import math
import random
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager, nullcontext
from typing import Final

import exprgrad
from exprgrad.compiled import Function
from exprgrad.diagnostics import UnsupportedError
from exprgrad.ops import REGISTRY
from exprgrad.ops.registry import Op
from tests.targets.databases import Duck, Postgres, Sqlite, postgres_programs, postgres_server
from tests.targets.run import RUNS, Task, own, ulps

POINTS: Final = 100
Numbers = Sequence[float | None]
# What a target gives for a function at points: the outputs at each.
Runs = Callable[[Function, Sequence[Mapping[str, float]]], Sequence[Numbers]]


def _language(name: str) -> Callable[[], AbstractContextManager[Runs]]:
    def run(f: Function, at: Sequence[Mapping[str, float]]) -> Sequence[Numbers]:
        return [numbers or [] for numbers in RUNS[name]([Task(f.text, at)])[0]]

    return lambda: nullcontext(run)


@contextmanager
def _duckdb() -> Iterator[Runs]:
    with closing(Duck()) as database:
        yield database.results


@contextmanager
def _postgres() -> Iterator[Runs]:
    programs = postgres_programs()
    if programs is None:
        raise SystemExit("there is no PostgreSQL server to start")
    with postgres_server(programs) as directory, closing(Postgres(directory)) as database:
        yield database.results


@contextmanager
def _sqlite() -> Iterator[Runs]:
    with closing(Sqlite()) as database:
        yield database.results


# The columns of the table: how each target is asked for, and what runs it.
COLUMNS: Final[Mapping[str, tuple[Mapping[str, str], Callable[[], AbstractContextManager[Runs]]]]] = {
    **{name: ({"language": name}, _language(name)) for name in RUNS},
    "duckdb": ({"language": "sql", "dialect": "duckdb"}, _duckdb),
    "postgres": ({"language": "sql", "dialect": "postgres"}, _postgres),
    "sqlite": ({"language": "sql", "dialect": "sqlite"}, _sqlite),
}
# Those that are written and not run.
UNRUN: Final = ("spark", "databricks", "bigquery", "snowflake")

ARGUMENTS: Final = """# Targets

## What an argument may be

| target | an argument | what comes back |
|---|---|---|
| `python`, `c`, `javascript` | a number | a dict, a struct, an object of numbers |
| `numpy` | a number, or an array; shapes are broadcast | a dict of arrays, in the shape of all together |
| `jax`, `torch` | a number, or an array or tensor | the same; `vmap` and `jit` or `compile` take the function |
| `onnx` | a vector; all of one length | a vector for each output |
| `sql` | a column of numbers, or of texts that the program compares | a column for each output |

A derivative is that of each element by the element of the same place: a row of inputs is one evaluation.

```python
>>> import exprgrad, numpy
>>> module = {}
>>> exec(exprgrad.compile("c = a*b").source("numpy"), module)
>>> rows = module["f"](numpy.array([1.0, 2.0, 3.0]), 20.0)
>>> rows["c"], rows["dc_da"], rows["dc_db"]
(array([20., 40., 60.]), array([20., 20., 20.]), array([1., 2., 3.]))
>>> module["f"](numpy.array([[1.0], [2.0]]), numpy.array([3.0, 4.0]))["c"]
array([[3., 4.],
       [6., 8.]])

```

Of JAX and PyTorch, with `-f jax -o f_jax.py` and `-f torch -o f_torch.py`:

```python
import jax

jax.config.update("jax_enable_x64", True)
from f_jax import f

f(jax.numpy.array([1.0, 2.0, 3.0]), 20.0)["c"]  # Array([20., 40., 60.], dtype=float64)
jax.vmap(f, in_axes=(0, None))(jax.numpy.arange(3.0), 20.0)  # the same by rows

import torch
from f_torch import f

f(torch.tensor([1.0, 2.0, 3.0]), 20.0)["c"]  # tensor([20., 40., 60.], dtype=torch.float64)
```

## How close the numbers are

"""

HEAD: Final = f"""{ARGUMENTS}\
What programs compute that are [written down](command-line.md#as-code), against exprgrad's own numbers, which are
correctly rounded: each function and its first derivatives at {POINTS} random points of its domain, run in the target.
A cell says by how many units in the last place (ulp) the value was off at the most, and behind the stroke the
derivatives: by many where one comes near 0. What is refused has the number of the reason, below.

At [hard points](numerics.md#hard-points), as zeros, infinities, nan and the ends of domains, the tests hold values to 4
ulp and derivatives to 32. The dialects of SQL
{", ".join(f"`{name}`" for name in UNRUN)}
are translations of the same expressions, which were not run.

This page is printed by `python -m tests.targets.table`.
"""


def functions() -> list[Op]:
    """Every function of the language."""
    return list(REGISTRY.functions())


def written(op: Op) -> str:
    """A program that computes a function."""
    names = ["x", "y", "z"][: len(op.operand_names)]
    if op.name == "polygamma":
        return "polygamma(2, x)"
    if op.notation is None:
        return f"{op.name}({', '.join(names)})"
    return f"{op.notation.symbol} x" if op.notation.side == "prefix" else f"x {op.notation.symbol} y"


def refusal(f: Function, column: str) -> str:
    """Why a target refuses a function, "" where it does not."""
    asked, _ = COLUMNS[column]
    try:
        f.source(**asked)
    except UnsupportedError as problem:
        return problem.message
    return ""


def reasons(page: str) -> list[str]:
    """The reasons that a page of this form gives."""
    return re.findall(r"^\d+\. (.*)$", page, re.MULTILINE)


def measured(f: Function, op: Op, run: Runs) -> str:
    """How far the value and the derivatives are off at the most."""
    numbers = random.Random(op.name)
    domain = op.domain[-len(f.inputs) :]
    at = [
        {name: numbers.uniform(*interval) for name, interval in zip(f.inputs, domain, strict=False)}
        for _ in range(POINTS)
    ]
    value = slope = 0.0
    for values, found in zip(at, run(f, at), strict=True):
        wanted = own(f, values) or []
        errors = [math.inf if a is None else ulps(a, b) for a, b in zip(found, wanted, strict=True)]
        value, slope = max(value, errors[0]), max([slope, *errors[1:]])
    return f"{value:.4g} / {slope:.4g}"


def page() -> str:
    """All of it."""
    numbered: dict[str, int] = {}
    lines = [HEAD, f"| function | {' | '.join(COLUMNS)} |", f"|---|{'---|' * len(COLUMNS)}"]
    with ExitStack() as stack:
        runs: dict[str, Runs] = {name: stack.enter_context(start()) for name, (_, start) in COLUMNS.items()}
        for op in functions():
            f = exprgrad.compile(f"c = {written(op)}")
            cells = []
            for name, run in runs.items():
                reason = refusal(f, name)
                number = numbered.setdefault(reason, len(numbered) + 1) if reason else 0
                cells.append(f"refused ({number})" if reason else measured(f, op, run))
            shown = written(op).replace("|", "\\|")
            lines.append(f"| `{shown}` | {' | '.join(cells)} |")
    lines += ["", *[f"{number}. {reason}" for reason, number in numbered.items()]]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    print(page(), end="")
