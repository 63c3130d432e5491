"""Every operation has a form outside of exprgrad, or is refused with a reason."""

from __future__ import annotations

from typing import Any

import pytest

import exprgrad
from exprgrad.ops.arithmetic import portion, power, stop_gradient
from exprgrad.ops.control import as_gradient, in_precision, unreached
from exprgrad.ops.elementary import cbrt_slope, hypot_family, log_family, reciprocal_power, slope, slope_by_result
from exprgrad.ops.registry import REGISTRY, Op, named
from exprgrad.ops.special import beta_slope, erf_slope, gamma_slope, logistic, sinc_family, x_over
from exprgrad.targets import TARGETS, target_named
from exprgrad.targets.expressions import PRIMITIVES, Expression
from exprgrad.targets.kernels import KERNELS
from exprgrad.targets.meaning import kernel
from exprgrad.targets.target import Text
from tests.test_laws import imports, rooms

MEMBERS = [
    *(power(n, m) for n in range(3) for m in range(3)),
    *(log_family(n, m) for n in range(3) for m in range(3 - n)),
    *(family(n) for family in (erf_slope, sinc_family, logistic, x_over, cbrt_slope) for n in range(1, 4)),
    *(gamma_slope(n, shift) for n in (1, 2) for shift in (0, 1)),
    *(beta_slope(n, m) for n in range(3) for m in range(3)),
    *(reciprocal_power(n, part) for n in (1, 2, 3) for part in (True, False)),
    *(hypot_family(*powers) for powers in ((1, 0, 1), (0, 2, 3), (2, 1, 5))),
    *(slope(name, n) for name in ("tan", "log2", "sqrt", "exp2", "asin", "acosh", "sech", "coth") for n in (1, 2, 3)),
    *(slope_by_result(name) for name in ("tan", "sqrt", "exp2")),
    *(as_gradient, in_precision, unreached, portion, stop_gradient),
]
# What no text of numbers holds, and what a kernel has to know before it is written.
REFUSED = {"polygamma": "order that is not known", "log_family": "no form"}


def is_refused(op: Op) -> bool:
    family, attributes = op.reference
    return family == "polygamma" or (family == "log_family" and sum(attributes) > 2)


@pytest.mark.parametrize("op", [op for op in [*REGISTRY.all(), *MEMBERS] if not is_refused(op)], ids=repr)
def test_every_operation_is_covered(op: Op) -> None:
    run = kernel(op)
    assert run is not None, op
    count = len(op.operand_names) + op.variadic
    found = run(*[Expression("leaf", of=f"x{i}") for i in range(count)])
    assert isinstance(found, Expression | float | int)


def test_what_is_refused_has_a_reason() -> None:
    with pytest.raises(exprgrad.ExprError, match=REFUSED["polygamma"]):
        exprgrad.compile("polygamma(n, x)", wrt=["x"]).source()
    with pytest.raises(exprgrad.ExprError, match=REFUSED["log_family"]):
        exprgrad.compile("log(x, base)", max_order=3).source()
    assert kernel(log_family(1, 2)) is None


@pytest.mark.parametrize("language", TARGETS)
def test_arrays_are_refused_where_they_stand(language: str) -> None:
    with pytest.raises(exprgrad.UnsupportedError, match="array") as caught:
        exprgrad.compile("c = sum(x*[1, 2])").source(language)
    assert caught.value.span is not None and "name the elements" in str(caught.value)


@pytest.mark.parametrize(
    ("text", "options", "message"),
    [
        ("c = a", {"full_jacobian": True}, "a jacobian of numbers alone"),
        ("c = a", {"weight_by": 2}, "weights of numbers alone"),
        ("c = a; dc_da = a", {}, "two outputs would be called dc_da"),
    ],
)
def test_what_numbers_have_no_use_for_is_refused(text: str, options: dict[str, Any], message: str) -> None:
    with pytest.raises(exprgrad.UsageError, match=message):
        exprgrad.compile(text, **options).source()


def test_unknown_languages_and_names() -> None:
    f = exprgrad.compile("a*b")
    with pytest.raises(exprgrad.UsageError, match="unknown target"):
        f.source("cobol")
    with pytest.raises(exprgrad.UsageError, match="identifier"):
        f.source(name="a b")
    assert "\ndef area(a: float, b: float)" in f.source(name="area")


# What languages without statements never see: there an absent number is a number, and a condition that is nan is
# refused elsewhere.
NOT_STRAIGHT = {"absent", "is_absent", "holds", "refuse_nan"}


# Dialects of SQL are held by test_sql.py, operators of ONNX by test_onnx.py.
@pytest.mark.parametrize("name", [name for name in TARGETS if hasattr(target_named(name), "spelled")])
def test_a_target_spells_every_primitive(name: str) -> None:
    target: Any = target_named(name)
    operands = {"where": 3, **dict.fromkeys(("absent", "true", "false"), 0)}
    for primitive in sorted(PRIMITIVES if hasattr(target, "open_while") else PRIMITIVES - NOT_STRAIGHT):
        count = operands.get(primitive, 2)
        text = target.spelled(primitive, [Text(f"x{i}") for i in range(count)])
        assert text.text, primitive


def test_targets_read_programs_alone() -> None:
    """They see neither what parses, nor what runs."""
    for path in rooms()["targets"]:
        assert imports(path) <= {
            "targets",
            "program",
            "ops",
            "numbers",
            "diagnostics",
            "expected",
            "lazy",
            "records",
            "text_tests",
        }, path


def test_kernels_are_of_operations_that_there_are() -> None:
    members = {"power": (1, 1), "log_family": (1, 0), "hypot_family": (1, 0, 1), "reciprocal_power": (1, True)}
    for family in KERNELS:
        attributes = members.get(family, (1, 0) if family in ("gamma_slope", "beta_slope") else (2,))
        single = family in ("factorial", "digamma", "trigamma", "polygamma")
        assert named(family, () if single else attributes).name
