"""The pipeline from Python."""

from __future__ import annotations

import math
import pickle
import subprocess
import sys
import threading
from collections.abc import Callable
from random import Random
from typing import Any

import numpy as np
import pytest

import exprgrad
import exprgrad.dynamic as torch
import exprgrad.static as tf
from exprgrad import NameProblem, UsageError
from tests.array_programs import INPUTS, ArrayMaker

MODES = ["static", "dynamic"]


@pytest.mark.parametrize("names", [[], (), iter([])])
def test_no_names_to_fetch_are_refused(names: Any) -> None:
    with pytest.raises(exprgrad.UsageError, match="fetch_names names at least one result"):
        exprgrad.compile("a*b", fetch_names=names)


@pytest.mark.parametrize("mode", MODES)
def test_a_result(mode: str) -> None:
    f = exprgrad.compile("u = a*b; v = sin(u)", mode, max_order=2, fetch_names=["u", "v"])
    assert (f.inputs, f.results, f.wrt) == (("a", "b"), ("u", "v"), ("a", "b"))
    result = f(a=15, b=20)
    assert list(result) == ["u", "v"] and result.inputs == {"a": 15.0, "b": 20.0}
    assert result["u"] == 300.0 and result.values == {"u": 300.0, "v": math.sin(300)}
    assert result.gradient("u") == {"a": 20.0, "b": 15.0}
    assert result.derivative("u", "b", "a") == 1.0
    assert result.hessian("u") == {("a", "a"): 0.0, ("a", "b"): 1.0, ("b", "a"): 1.0, ("b", "b"): 0.0}
    assert type(result["u"]) is float and not result.notes
    with pytest.raises(KeyError, match=r'by which inputs\?\n  write derivative\("u", "a"\)'):
        result.derivative("u")
    with pytest.raises(KeyError, match="no derivative of u by a, a, a"):
        result.derivative("u", "a", "a", "a")
    with pytest.raises(KeyError, match="no result w"):
        result["w"]


@pytest.mark.slow
@pytest.mark.parametrize("mode", MODES)
def test_it_pickles_and_threads_share_it(mode: str) -> None:
    f = exprgrad.compile("c = sin(a)*b if a > 0 else beta(a, 2)", mode, wrt=["a"])
    again = pickle.loads(pickle.dumps(f))
    expected = [f(a=i + 0.5, b=2) for i in range(-20, 20)]
    assert [again(a=i + 0.5, b=2) for i in range(-20, 20)] == expected
    assert pickle.loads(pickle.dumps(expected[0])) == expected[0]
    found: list[list[exprgrad.Result]] = [[] for _ in range(4)]

    def work(out: list[exprgrad.Result]) -> None:
        out.extend(f(a=i + 0.5, b=2) for i in range(-20, 20))

    threads = [threading.Thread(target=work, args=(out,)) for out in found]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(out == expected for out in found)


def test_errors_pickle() -> None:
    with pytest.raises(exprgrad.ParseError) as caught:
        exprgrad.compile("a*(b+*c)")
    again = pickle.loads(pickle.dumps(caught.value))
    assert type(again) is exprgrad.ParseError and str(again) == str(caught.value)


@pytest.mark.parametrize("mode", MODES)
def test_numbers_of_every_kind(mode: str) -> None:
    f = exprgrad.compile("c = a*0.1 + a", mode)
    for three in (3, 3.0, np.float64(3), np.float32(3), np.int32(3), np.longdouble(3), np.array(3.0), True + 2):
        result = f(a=three)
        assert float(result["c"]) == 3.3, type(three)
    assert exprgrad.compile("c = a/1e300", mode)(a=10**400)["c"] == math.inf
    assert exprgrad.compile("c = self*2", mode)(self=3)["c"] == 6.0


@pytest.mark.parametrize("mode", MODES)
def test_arrays(mode: str) -> None:
    x = np.array([1.0, 2.0, 3.0])
    result = exprgrad.compile("c = a*x", mode)(a=2, x=x)
    np.testing.assert_array_equal(result["c"], [2.0, 4.0, 6.0])
    assert result.derivative("c", "a") == 6.0
    np.testing.assert_array_equal(result.derivative("c", "x"), [2.0, 2.0, 2.0])
    assert [note.message for note in result.notes] == ["c has 3 elements: its derivative is that of their sum"]
    both = exprgrad.compile("a + b", mode)(a=x, b=x)
    both.derivative("c", "a")[0] = 99
    assert both.derivative("c", "b")[0] == 1.0
    same = exprgrad.compile("a", mode)(a=x)
    same["a"][0] = 99
    assert x[0] == 1.0


def test_names_are_what_the_program_has() -> None:
    f = exprgrad.compile("y = ﬁ*π", override=["π"], wrt="ﬁ")
    assert f.inputs == ("fi", "pi") and f.wrt == ("fi",)
    assert f.run({"ﬁ": 2, "π": 3}).derivative("y", "ﬁ") == 3.0


def test_mistakes() -> None:
    with pytest.raises(UsageError, match="unknown mode 'eager'"):
        exprgrad.compile("a", "eager")
    for order in (-1, 1.5, "2"):
        with pytest.raises(UsageError, match="whole number"):
            exprgrad.compile("a", max_order=order)  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="a program is a text, found bytes"):
        exprgrad.compile(b"a")  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="e is no constant"):
        exprgrad.compile("a", override=["e"])
    f = exprgrad.compile("alpha*pi*u; u = 2")
    for values, message in [
        ({}, "no value for alpha and u"),
        ({"alpha": 1, "u": 2, "x": 3}, "no input x"),
        ({"alpa": 1, "u": 2}, "did you mean alpha"),
        ({"alpha": 1, "u": 2, "pi": 3}, "pi is a constant here"),
        ({"alpha": "1", "u": 2}, "expected a number"),
        ({"alpha": [[1], [1, 2]], "u": 2}, "rows have different lengths"),
        ({"alpha": 1j, "u": 2}, "found complex"),
        ({"alpha": [1j], "u": 2}, "real numbers"),
    ]:
        with pytest.raises(exprgrad.ExprError, match=message):
            f.run(values)  # type: ignore[arg-type]
    for call, message in [
        (lambda: f.run([1, 2]), "the inputs are a mapping from names"),  # type: ignore[arg-type]
        (lambda: f.run({1: 2}), "the inputs are a mapping from names"),  # type: ignore[dict-item]
        (lambda: exprgrad.compile("a", along_direction=["a"]), "a direction is a mapping"),  # type: ignore[arg-type]
        (lambda: exprgrad.compile("a")(a=torch.tensor(2.0)), "the value of a is a dynamic tensor, no number"),
        (lambda: tf.sin(torch.tensor(2.0)), "a constant is a number or an array, found a dynamic tensor"),
        (lambda: tf.constant([3.0, 1.0], shape=[1]), r"shape \(2,\) does not fit in shape \(1,\)"),
        (lambda: tf.placeholder(shape="a"), "a shape has sizes"),
        (lambda: exprgrad.draw("a*b"), "what is drawn is a compiled function, found str"),  # type: ignore[arg-type]
        (lambda: exprgrad.draw(f, number=".2f"), "number writes a number as text"),  # type: ignore[arg-type]
    ]:
        with pytest.raises(exprgrad.ExprError, match=message):
            call()
    with pytest.raises(NameProblem, match="computed by the program"):
        exprgrad.compile("c = a")(a=1, c=2)
    with pytest.raises(exprgrad.EvaluationError, match="do not fit in mul"):
        exprgrad.compile("a*b")(a=[1, 2], b=[1, 2, 3])


def test_a_decimal_comma_changes_nothing() -> None:
    import locale

    before = locale.setlocale(locale.LC_ALL)
    for name in ("de_DE.UTF-8", "fr_FR.UTF-8", "de_DE", "nl_NL.UTF-8", "it_IT.UTF-8"):
        try:
            locale.setlocale(locale.LC_ALL, name)
            break
        except locale.Error:
            continue
    else:
        pytest.skip("no locale with a decimal comma is installed")
    try:
        assert repr(exprgrad.compile("c = 1.5*tanh(a)")(a=0.7)["c"]) == "0.9065516656757453"
    finally:
        locale.setlocale(locale.LC_ALL, before)


@pytest.mark.parametrize("text", ["(u if z else 1)/(x*y)", "(z < u < 3)/(x*y)"])
def test_a_structural_zero_beside_an_array(text: str) -> None:
    values = {"z": 0.0, "x": np.array([0.0]), "u": 2.0, "y": 1.0}
    static, dynamic = (exprgrad.compile(text, mode, max_order=2).run(values) for mode in MODES)
    assert repr(static) == repr(dynamic)


def test_arrays_give_the_same_bytes_in_both_modes() -> None:
    values = {"y": np.array([1.41673569, 1.00943281]), "z": 1.3085866969548474}
    text = "cbrt(((y*y) + (y+z)))"
    static, dynamic = (exprgrad.compile(text, mode, max_order=3).run(values) for mode in MODES)
    for a, b in zip(static.outcomes[0].derivatives, dynamic.outcomes[0].derivatives, strict=True):
        np.testing.assert_array_equal(a.value, b.value)


@pytest.mark.parametrize("mode", MODES)
def test_a_nan_of_the_side_that_was_not_taken_is_not_blamed(mode: str) -> None:
    result = exprgrad.compile("u = x/x; w = log(y); u if y > 0 else w", mode)(x=0, y=-1)
    assert [note.message for note in result.notes] == ["log(-1.0) is nan"]


def test_names_are_texts() -> None:
    with pytest.raises(UsageError, match="a name is a text, found 1"):
        exprgrad.compile("x*y", wrt=[1])  # type: ignore[list-item]


def test_results_are_equal_by_their_numbers() -> None:
    f = exprgrad.compile("a*b")
    assert f(a=[1, 2], b=3) == f(a=[1, 2], b=3)
    assert f(a=[1, 2], b=3) != f(a=[1, 4], b=3)
    assert f(a=1, b=3) == f(a=1, b=3) != f(a=1, b=4)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # What starts as a number becomes an array in a later iteration.
        ("o = 1; w = 1; u = x; for i in 0..4 { u = u + o; o = w*y; w = x }; c = u", [11.0, 18.0, 7.0, 7.0, 8.0]),
        ("s = 1; for i in 0..2 { s = s*x*y }; c = s", [9.0, 36.0, 18.0, 36.0, 30.0]),
        ("s = y; if y > 0 { s = x*s }; c = s*y", [9.0, 18.0, 9.0, 9.0, 18.0]),
    ],
)
def test_numbers_become_arrays(text: str, expected: list[float], mode: str) -> None:
    result = exprgrad.compile(text, mode, fetch_names=["c"])(x=[1, 2], y=3)
    assert [*result["c"], *result.derivative("c", "x"), result.derivative("c", "y")] == expected


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(
    ("program", "plain"),
    [
        ("u = a*b; s = a; if b > 0 { s = diff(u*u, b) }; c = s", "u = a*b; c = diff(u*u, b)"),
        (
            "u = a*a; v = sum(u*a); if v > 0 { g = gradient(v*v, a) } else { g = a }; c = g",
            "v = sum(a*a*a); c = gradient(v*v, a)",
        ),
        ("u = a*b; c = jacobian(u*u, a) if b > 0 else jacobian(u, a)", "u = a*b; c = jacobian(u*u, a)"),
        ("s = a*a; c = a; for i in 0..2 { s = s*s; c = gradient(sum(s), a) }", "s = (a*a)^4; c = gradient(sum(s), a)"),
        (
            "s = a[0]*a[1]; c = [[0, 0], [0, 0]]*a[0]; for i in 0..2 { s = s*a[0]; c = hessian(s, a) }",
            "s = a[0]^3*a[1]; c = hessian(s, a)",
        ),
        # An infinite slope in one lane is none of another's business.
        (
            "u = b*(a - 1); c = gradient(sum(sqrt(u)), a) if b > 0 else a",
            "u = b*(a - 1); c = gradient(sum(sqrt(u)), a)",
        ),
    ],
)
def test_derivatives_reach_out_of_regions(program: str, plain: str, mode: str) -> None:
    inside, outside = (
        exprgrad.compile(text, mode, fetch_names=["c"], full_jacobian=True)(**values)
        for text in (program, plain)
        for values in [{name: x for name, x in {"a": [1, 2], "b": 3}.items() if name in text}]
    )
    assert np.asarray(inside["c"]).tolist() == np.asarray(outside["c"]).tolist()
    for name, found in inside.gradient("c").items():
        np.testing.assert_array_equal(found, outside.derivative("c", name))


def test_equal_literals_are_one() -> None:
    from exprgrad.static.defining import StaticTask

    f = exprgrad.compile("2*x + 2*x", max_order=0)
    assert StaticTask(f.task, [()]).interpreter(notes=True).program.operations == 2


@pytest.mark.parametrize("door", ["static", "dynamic"])
def test_the_doors_need_no_import_of_their_own(door: str) -> None:
    code = f"import sys, exprgrad; assert 'exprgrad.{door}' not in sys.modules; print(exprgrad.{door}.__name__)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == f"exprgrad.{door}\n"


def test_one_evaluation() -> None:
    result = exprgrad.evaluate("c = a*b; d = a^2", {"a": 3}, b=2, mode="dynamic", wrt="a", max_order=2, fetch_names="d")
    assert result["d"] == 9.0 and result.derivative("d", "a", "a") == 2.0 and result.inputs == {"a": 3.0, "b": 2.0}
    assert exprgrad.evaluate("2") == exprgrad.compile("2")()
    assert exprgrad.evaluate("x+y", {"x": 1, "y": 2}, along_direction={"x": 5}).along_direction("c") == 5.0


def test_an_input_may_be_called_like_an_option_of_evaluate() -> None:
    assert exprgrad.evaluate("mode*wrt + values", {"mode": 3, "wrt": 2}, values=1)["c"] == 7.0


def test_a_constant_that_is_given_a_value_is_an_input() -> None:
    assert exprgrad.evaluate("pi*x", x=2, π=3).gradient("c") == {"pi": 2.0, "x": 3.0}


def test_a_value_is_given_once() -> None:
    with pytest.raises(UsageError, match="a is given twice, in the mapping and as a keyword"):
        exprgrad.evaluate("a*b", {"a": 1}, a=2, b=3)


@pytest.mark.parametrize("mode", ["static", "dynamic"])
def test_texts(mode: Any) -> None:
    f = exprgrad.compile('c = K^2 if kind == "put" else w*K; d = kind in ["put", "call"]', mode)
    assert f.inputs == ("K", "kind", "w") and f.wrt == ("K", "w")
    for kind, c, slope, d in ((" put", 9.0, 6.0, 1.0), ("call", 6.0, 2.0, 1.0), ("Put", 6.0, 2.0, 0.0)):
        for _ in range(4):  # also where the same shapes come again
            result = pickle.loads(pickle.dumps(f))(K=3, kind=kind, w=2)
            assert (result["c"], result.derivative("c", "K"), result["d"]) == (c, slope, d)
            assert result.inputs == {"K": 3.0, "kind": kind, "w": 2.0}
    assert f(K=[1, 2], kind="put", w=2)["c"].tolist() == [1.0, 4.0]
    assert [name for name, _ in f.program().inputs] == ["K", 'kind == "put"', "w", 'kind == "call"']


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (1, 'kind is compared with a text, so its value is one, found 1\n  kind="put"'),
        (b"put", "so its value is one, found b'put'\n  kind=\"put\""),
        (["put"], "so its value is one, found \\['put'\\]\n  f.rows\\(\\) takes many"),
        (None, "so its value is one, found None"),
        (" ", "kind is an empty text, which is a null"),
    ],
)
def test_what_is_no_text(value: Any, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        exprgrad.compile('K*(kind == "put")')(K=3, kind=value)


def test_a_text_is_no_number() -> None:
    f = exprgrad.compile('K*(kind == "put")')
    with pytest.raises(exprgrad.ExprError, match="the value of K: expected a number or an array of numbers, found str"):
        f(K="put", kind="put")
    for given in ({"wrt": ["kind"]}, {"along_direction": {"kind": 1}}):
        with pytest.raises(NameProblem, match="kind is compared with a text, and cannot be differentiated by"):
            f.changed(**given)
    with pytest.raises(NameProblem, match="the program has no name kind to fetch"):
        f.changed(fetch_names=["kind"])
    with pytest.raises(NameProblem, match="the program has no input kind =="):
        f.run({"K": 1, 'kind == "put"': 1.0})
    with pytest.raises(NameProblem, match="kind is compared with a text, and cannot be part of a vector"):
        f.scipy(["kind"], K=1)
    with pytest.raises(NameProblem, match="no value for kind"):
        f(K=1)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda f: f(a=1, b=2, max_order=2), "no input max_order\n  the option max_order is one of compile"),
        (lambda f: f.rows()(a=[1], b=2, reduce="sum"), "no input reduce\n  the option reduce is one of f.rows"),
        (lambda f: exprgrad.evaluate("a", a=1, max_ordr=2), r"the option max_order is one of compile\(max_order"),
        (lambda f: f.minimize("a", a=1, b=2, standard_error="scaled"), "the option standard_errors is one of f.minim"),
        (lambda f: f(a=1, q=2), "the program has no input q\n  its inputs are a, b"),
        (
            lambda f: exprgrad.evaluate("a*max_order", a=1, max_order=2),
            r"no value for max_order\n.*\n.*\n.* stands in a mapping, evaluate\(\"...\", {\"max_order\": ...}\)",
        ),
    ],
)
def test_an_option_among_values(call: Any, message: str) -> None:
    with pytest.raises(NameProblem, match=message):
        call(exprgrad.compile("c = a*b"))


@pytest.mark.parametrize("mode", MODES)
def test_a_nan_that_a_result_does_not_show_is_told(mode: str) -> None:
    f = exprgrad.compile("fee = 5 if amount >= 100 else 10; c = 2*b; d = amount*b; h = hypot(amount, b)", mode)
    for _ in range(3):  # the short way, too
        assert f(amount=1.0, b=2.0).notes == ()
        told = f(amount=math.nan, b=math.inf).notes
        assert [n.message for n in told if "and" in n.message] == [
            "amount is nan, and fee is not",
            "amount is nan, and h is not",
        ]


@pytest.mark.parametrize("mode", MODES)
def test_an_equation_that_is_evaluated_is_told(mode: str) -> None:
    f = exprgrad.compile("x^2 == a; y = x == a; z = 2*(x == a)", mode)
    for _ in range(3):
        messages = [note.message for note in f(x=1.0, a=2.0).notes]
        assert messages == ["c is 1 where both sides are equal, else 0", "y is 1 where both sides are equal, else 0"]
    assert exprgrad.compile("x^2 == a", mode, max_order=0)(x=1, a=2).notes == ()


def problem_of(run: Callable[[], object]) -> tuple[str, object] | None:
    try:
        run()
    except exprgrad.ExprError as problem:
        return problem.message, problem.span
    return None


@pytest.mark.parametrize("seed", range(30))
def test_a_check_finds_what_a_run_finds_in_shapes(seed: int) -> None:
    """Of inputs of which nothing is said nothing that might run is refused."""
    random = Random(seed)
    maker = ArrayMaker(seed)
    f = exprgrad.compile(maker.program())
    f.check()
    others = [(), (2,), (3,), (2, 2), (3, 3)]
    shapes = {name: random.choice(others) if random.random() < 0.3 else INPUTS[name] for name in f.inputs}
    values = {
        name: np.array([random.uniform(-2, 2) for _ in range(9)])[: math.prod(s)].reshape(s)
        for name, s in shapes.items()
    }
    assert problem_of(lambda: f.check(**shapes)) == problem_of(lambda: f(**values))


@pytest.mark.parametrize("mode", MODES)
def test_a_check_of_what_no_values_make_right(mode: str) -> None:
    f = exprgrad.compile("c = x*([1, 2] + [1, 2, 3])", mode)
    if mode == "static":
        with pytest.raises(exprgrad.ExprError, match=r"shapes \(2,\) and \(3,\) do not fit"):
            f.check()
    else:
        f.check()
    exprgrad.compile("c = x[0] + y[1, 1] if kind == 'put' else x @ y", mode).check()
    with pytest.raises(NameProblem, match="the program has no input y"):
        f.check(y=(3,))
