"""Formulas of derivatives, against SymPy's: how many operations they have, and how long they take.

Each formula of tests/corpus is differentiated by each of its inputs: here as equations without names, by SymPy as
`simplify(diff(...))`, one after the other. Both texts are read by Python's own parser, which counts their operations.
"""

from __future__ import annotations

import ast
import json
import signal
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import exprgrad
from exprgrad.views.formula import expression

CORPUS = Path(__file__).parents[1] / "tests" / "corpus"
# SymPy has so many seconds for a derivative; what takes longer is left out of both.
LIMIT = 30


class Pair(NamedTuple):
    """A derivative: its operations here and by SymPy."""

    what: str
    ours: int
    theirs: int


class Formula(NamedTuple):
    """All derivatives of a formula, and the times in seconds."""

    pairs: list[Pair]
    ours: float
    theirs: float


class _TooLong(Exception):
    pass


def _alarm(*_: Any) -> None:
    raise _TooLong


def operations(text: str) -> int:
    """How many operators and calls a text has."""
    count = 0
    for x in ast.walk(ast.parse(text, mode="eval")):
        if isinstance(x, ast.BinOp | ast.UnaryOp | ast.Call | ast.IfExp):
            count += 1
        elif isinstance(x, ast.Compare):
            count += len(x.ops)
        elif isinstance(x, ast.BoolOp):
            count += len(x.values) - 1
    return count


def rows(every: int) -> Iterator[dict[str, Any]]:
    """The formulas of the corpus, each or every so many."""
    found = [
        json.loads(line)
        for path in sorted(CORPUS.glob("*.jsonl"))
        if path.name != "vectors.jsonl"
        for line in path.read_text(encoding="utf-8").splitlines()
    ]
    yield from found[::every]


def ours(row: Mapping[str, Any]) -> tuple[dict[str, str], float]:
    """The derivatives of a formula by its inputs, and the time in seconds."""
    start = time.perf_counter()
    function = exprgrad.compile(row["expr"])
    equations = function.equations(inline=True)
    found = {x.by[0]: expression(x.value) for x in equations if x.name == function.results[-1] and x.by}
    return found, time.perf_counter() - start


def paired(row: Mapping[str, Any]) -> Formula | None:
    """A formula by both; None where SymPy has no such function or takes too long."""
    theirs = _by_sympy(row)
    if theirs is None:
        return None
    (texts, elapsed), (found, seconds) = ours(row), theirs
    pairs = [Pair(f"{row['id']}, by {name}", operations(texts[name]), operations(text)) for name, text in found.items()]
    return Formula(pairs, elapsed, seconds)


def _by_sympy(row: Mapping[str, Any]) -> tuple[dict[str, str], float] | None:
    import sympy

    known: dict[str, Any] = {
        **{name: getattr(sympy, name) for name in ("asin", "acos", "atan", "atan2", "cbrt", "pi")},
        "abs": sympy.Abs,
        "max": sympy.Max,
        "min": sympy.Min,
        "lgamma": sympy.loggamma,
        "log10": lambda x: sympy.log(x, 10),
        "expm1": lambda x: sympy.exp(x) - 1,
        "pow": lambda x, y: x**y,
        "hypot": lambda x, y: sympy.sqrt(x * x + y * y),
        **{name: sympy.Symbol(name, real=True) for name in row["inputs"]},
    }
    value: Any = None
    found: dict[str, str] = {}
    signal.signal(signal.SIGALRM, _alarm)
    start = time.perf_counter()
    try:
        for statement in filter(None, map(str.strip, row["expr"].replace("\n", ";").split(";"))):
            name, is_assigned, right = statement.partition("=")
            value = sympy.sympify((right if is_assigned else statement).replace("^", "**"), locals=known)
            known[name.strip()] = value
        for name in row["inputs"]:
            signal.alarm(LIMIT)
            found[name] = str(sympy.simplify(sympy.diff(value, known[name])))
            signal.alarm(0)
    except (_TooLong, sympy.SympifyError, SyntaxError, TypeError, AttributeError):
        return None
    finally:
        signal.alarm(0)
    return found, time.perf_counter() - start
