"""Texts that are run, and how far their numbers are from exprgrad's."""

from __future__ import annotations

import ast
import math
import struct
from collections.abc import Mapping
from typing import Any

import exprgrad
from exprgrad.compiled import Function
from exprgrad.diagnostics import ExprError


def ran(text: str, values: Mapping[str, float]) -> dict[str, float]:
    """What a module that is written down gives; it may import `math` alone."""
    imports = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Import | ast.ImportFrom)]
    assert [ast.unparse(node) for node in imports] == ["import math"]
    assert "exprgrad" not in "\n".join(line for line in text.splitlines() if not line.startswith("#"))
    module: dict[str, Any] = {}
    exec(compile(text, "written", "exec"), module)
    found: dict[str, float] = module["f"](*values.values())
    assert all(type(x) is float for x in found.values()), found
    return found


def own(f: Function, values: Mapping[str, float]) -> list[float] | None:
    """exprgrad's own numbers, in the order of the outputs; None where they cannot be computed."""
    try:
        result = f.run(values, notes=False)
    except ExprError:
        return None
    return [x for outcome in result.outcomes for x in (outcome.value, *(d.value for d in outcome.derivatives))]


def written(program: str, values: Mapping[str, float], **options: Any) -> list[tuple[str, float, float]]:
    """Of each output the name, the number of the text, and exprgrad's. The text raises what exprgrad refuses."""
    f = exprgrad.compile(program, **options)
    values = {name: float(values[name]) for name in f.inputs}
    text = f.source()
    wanted = own(f, values)
    try:
        found = ran(text, values)
    except ValueError:
        assert wanted is None, (program, values)
        return []
    assert wanted is not None, (program, values, found)
    return [(name, a, b) for (name, a), b in zip(found.items(), wanted, strict=True)]


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
