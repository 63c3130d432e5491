"""Results as lines for scripts: the numbers of the text, bare and named."""

from __future__ import annotations

import json
import subprocess
from typing import Any

import pytest

import exprgrad
from exprgrad.result import Result
from exprgrad.views.values import environment, values

PROGRAMS: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("c = a*b", {"a": 15, "b": 20}, {}),
    ("u = a*b; v = a/b", {"a": 15, "b": -0.0}, {"max_order": 2}),
    ("y = x*k", {"x": [1, 2.5], "k": 3}, {"full_jacobian": True}),
    ("y = x*k", {"x": [1, 2.5], "k": 3}, {"sparse": True}),
    ("y = x*k", {"x": 1, "k": 3}, {"along_direction": {"x": 1}, "max_order": 2}),
    ("3*4", {}, {}),
]
RESULTS = [exprgrad.compile(text, **options)(**given) for text, given, options in PROGRAMS]
IDS = [text for text, _, _ in PROGRAMS]


@pytest.mark.parametrize("result", RESULTS, ids=IDS)
def test_a_shell_reads_names_and_numbers(result: Result) -> None:
    columns = {name: x for name, x in result.columns().items() if name not in result.inputs}
    script = environment(result) + "".join(f'echo "${name}"\n' for name in columns)
    done = subprocess.run(["/bin/sh", "-c", script], capture_output=True, text=True, check=True)
    for line, x in zip(done.stdout.splitlines(), columns.values(), strict=True):
        dense = x.toarray() if isinstance(x, exprgrad.Sparse) else x
        written = json.loads(line.replace("nan", "NaN").replace("inf", "Infinity"))
        assert str(written) == str(json.loads(json.dumps(dense.tolist() if hasattr(dense, "tolist") else dense + 0.0)))


def is_dense(result: Result) -> bool:
    return not any(isinstance(d.value, exprgrad.Sparse) for outcome in result.outcomes for d in outcome.derivatives)


@pytest.mark.parametrize("result", [result for result in RESULTS if is_dense(result)], ids=repr)
def test_bare_numbers_are_those_that_are_named(result: Result) -> None:
    assert values(result).splitlines() == [
        line.partition("=")[2].strip("'") for line in environment(result).splitlines()
    ]
