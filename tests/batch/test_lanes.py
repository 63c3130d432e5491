"""The rounded engine as machine code: the same bits as one evaluation after the other by MPFR."""

from __future__ import annotations

import ctypes
from typing import Any

import numpy as np
import pytest

import exprgrad
from exprgrad.batch.lanes import Lanes
from exprgrad.batch.planning import planned
from exprgrad.batch.rounded import RoundedRows
from exprgrad.numbers.lanes import arithmetic, decisions
from exprgrad.numbers.lanes.decisions import Checks
from exprgrad.numbers.pairs import circular, error, exponential
from exprgrad.ops import REGISTRY
from exprgrad.ops.registry import Op
from exprgrad.run.codegen import generate
from exprgrad.run.engine import Stopped
from exprgrad.run.environment import BELOW
from exprgrad.run.lanes import LanesWriter
from exprgrad.run.machine import machine
from exprgrad.run.native import Native
from exprgrad.run.row_plan import RowPlan
from tests.programs import Maker
from tests.targets.test_numbers import call

pytest.importorskip("llvmlite")

ROWS = 600
# Of exponentials with another base the numbers are so many times smaller.
UNITS = (np.log(2), np.log(10))
# What ends somewhere: of doubles, of reductions, of what is a number.
HARD = [
    *(0.0, -0.0, np.nan, np.inf, -np.inf, 5e-324, -1e-310, 1e-300, -1e300),
    *(1.0, -1.0, 0.5, 2.0, 709.8, -745.2, np.pi, 1e22),
    # What is no number and has some bits more, as R's NA has.
    *np.array([0x7FF00000000007A2, 0xFFF8000000000001], np.uint64).view(float),
    # Where kernels compare, and beside it.
    *(
        sign * x * (1 + n * 2.0**-52)
        for x in (
            *(decisions.ENDS, decisions.WRITTEN, decisions.ENOUGH, decisions.ENOUGH / 2, decisions.ITSELF),
            *(exponential.NORMAL, exponential.FAR, error.FAR, error.END, error.NOTHING, error.WRITTEN, 512.0, 800.0),
            *(circular.FAR, circular.NEAR, 2.0**-12, 2.0**400, 2.0**-400, 2.0**900, 2.0**-900, 1 / 128),
            *(ends / unit for ends in (decisions.ENDS, decisions.WRITTEN, exponential.NORMAL) for unit in UNITS),
        )
        for n in (-1, 0, 1)
        for sign in (1, -1)
    ),
    # Half a step of a table, and what is between this and half of its first part.
    *(
        step / 2 * (1 + n * 2.0**-52)
        for step in (np.log(2) / exponential.STEPS, np.pi / circular.STEPS)
        for n in (-(2**17), -1, 0, 1, 2**17)
    ),
]
TINY = [5e-324, -1e-310, 2.0**-1022, -(2.0**-1021), 2.0**-960, 2.0**-540, -(2.0**-399), 2.0**399, -(2.0**540)]
# Of which the sine, or the cosine, is very near to the middle between two doubles, beside a multiple of pi.
MIDDLES = [
    *("0x1.91eba92544026p+4", "0x1.46a06fcffc878p+5", "0x1.c4493dd654891p+5"),
    *("0x1.c44a7442b40a6p+5", "0x1.ddb91346d2b12p+4"),
]
PROGRAMS = [
    "c = exp(-x^2/2)*sin(a*x + y)/sqrt(1 + y^2)",
    "c = (1 - x)^2 + 100*(y - x^2)^2",
    "c = x^3 + x^5*a - x^0*y + x^9/7",
    "c = x^y + x^2.5 + (x + 3)^-2",
    "c = sin(x)*cos(x) + cos(a) - sin(-a)",
    "c = x if x > 0 else sin(a)",
    "c = abs(x)*max(a, y) + min(x, a, y)",
    "c = relu(x) + gamma(abs(a)) + clip(a, -1, y)",
    "c = x//y + x % y + fmod(a, y)",
    "c = floor(x)*ceil(a) + round(y)*sign(x)",
    "c = where(x > 0 and a > 0, log(x), y)",
    "c = 0; for i in 0..3 { c = c + sin(x*i)*exp(a) }",
    "c = x; while c < 5 { c = c*c + 1 + exp(y) }",
    "c = sqrt(x)*y + (x > y)*a",
    "c = diff(exp(x*a), x) + diff(sqrt(y), y)",
    "c = 1e-200*x*1e-200*a + 1e200*y*1e200",
    "c = heaviside(x, a) + step(y) + copysign(x, a)",
]


def some_hard(numbers: np.random.Generator, share: float) -> Any:
    """A column of which such a share is hard."""
    return np.where(numbers.random(ROWS) < share, numbers.choice(HARD, ROWS), numbers.normal(size=ROWS))


def compiled(text: str, order: int = 1) -> tuple[Any, RowPlan, RoundedRows, Lanes]:
    f = exprgrad.compile(text, max_order=order)
    plan = planned(f.task, rounded=True)
    exact = RoundedRows(f.task, [()] * len(f.inputs))
    lanes = Lanes(plan, [True] * len(f.inputs), exact)
    lanes._worth = 0
    return f, plan, exact, lanes


def found_by(run: Any, inputs: list[Any], count: int) -> tuple[list[Any], list[tuple[int, str]]]:
    """What an engine finds, and the rows that have a problem."""
    outputs = [np.zeros(ROWS) for _ in range(count)]
    problems: list[tuple[int, str]] = []
    start = 0
    while start < ROWS:
        try:
            run(inputs, outputs, start, ROWS)
            break
        except Stopped as stopped:
            problems += [(row, stopped.problem.message) for row in stopped.rows]
            start = stopped.last
    for row, _ in problems:
        for out in outputs:
            out[row] = np.nan
    return outputs, problems


def check(text: str, order: int, columns: Any) -> None:
    f, plan, exact, lanes = compiled(text, order)
    inputs = [columns(name) for name in f.inputs]
    found, problems = found_by(lanes.run, inputs, len(plan.stored))
    wanted, expected = found_by(exact.run, inputs, len(exact.keys) + exact.has_kinks)
    assert problems == expected
    places = {key: place for key, _, place in plan.outputs}
    for key, numbers in zip(exact.keys, wanted, strict=False):
        if (place := places[key]) is not None:
            same = found[place].view(np.int64) == numbers.view(np.int64)
            same |= np.isnan(found[place]) & np.isnan(numbers)
            row = int(np.argmin(same))
            assert same.all(), (text, key, [x[row] for x in inputs], found[place][row], numbers[row])


@pytest.mark.parametrize("order", [1, 2])
@pytest.mark.parametrize("text", PROGRAMS)
def test_the_same_bits(text: str, order: int) -> None:
    numbers = np.random.default_rng(len(text))
    check(text, order, lambda _: numbers.normal(size=ROWS))


@pytest.mark.parametrize("text", PROGRAMS)
def test_the_same_bits_at_hard_points(text: str) -> None:
    numbers = np.random.default_rng(len(text))
    check(text, 1, lambda _: some_hard(numbers, 0.7))


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(40))
def test_the_same_bits_of_any_program(seed: int) -> None:
    numbers = np.random.default_rng(seed)
    text = Maker(seed, smooth=seed % 3 == 1, hard=seed % 3 == 2).program()
    try:
        compiled(text)
    except exprgrad.ExprError:
        return
    check(text, 1, lambda _: some_hard(numbers, 0.3))


OPERATIONS = [op for op in REGISTRY.functions() if isinstance(op, Op) and op.partials is not None]


@pytest.mark.parametrize("op", OPERATIONS, ids=lambda op: f"{op.name}/{len(op.operand_names)}")
def test_every_operation_has_the_same_bits(op: Op) -> None:
    """With its first derivatives, on its domain, where it is hard, and for numbers of all sizes."""
    names = ["x", "y", "z"][: len(op.operand_names)]
    numbers = np.random.default_rng(len(op.name))
    text = f"c = {call(op, names)}"
    inputs = exprgrad.compile(text).inputs
    domain = dict(zip(inputs, op.domain[-len(inputs) :], strict=False))
    check(text, 2, lambda name: numbers.uniform(*domain[name], ROWS))
    check(text, 2, lambda _: some_hard(numbers, 0.5))
    sizes = np.exp(numbers.uniform(-50, 50, (3, ROWS))) * numbers.choice([-1, 1], (3, ROWS))
    check(text, 2, lambda name: sizes[inputs.index(name)])
    if "gamma" not in op.doc and "beta" not in op.name:  # which take long there, and have no kernel
        check(text, 2, lambda _: numbers.choice(TINY, ROWS))


@pytest.mark.parametrize("fuses", [True, False])
@pytest.mark.parametrize("flags", [True, False])
@pytest.mark.parametrize("text", [PROGRAMS[0], PROGRAMS[2], PROGRAMS[4]])
def test_the_same_bits_on_every_processor(text: str, flags: bool, fuses: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without fused multiplications, and without flags to read."""
    monkeypatch.setattr(machine(), "fuses", fuses)
    monkeypatch.setattr(machine(), "flags", flags and machine().flags)
    numbers = np.random.default_rng(7)
    check(text, 1, lambda _: some_hard(numbers, 0.2))


@pytest.mark.parametrize("width", [1, 2, 4, 8, 16])
def test_the_same_bits_in_every_width(width: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("exprgrad.run.native._width", lambda *_: width)
    numbers = np.random.default_rng(8)
    check(PROGRAMS[0], 1, lambda _: numbers.normal(size=ROWS))


def test_sines_in_the_middle() -> None:
    numbers = np.array([float.fromhex(x) for x in MIDDLES] * (ROWS // len(MIDDLES)))
    check("c = sin(x) + 0*cos(x)", 1, lambda _: numbers)
    check("c = cos(x)", 1, lambda _: numbers)


def test_the_complementary_error_function_in_its_range() -> None:
    """To where it is no normal double any more; and a step from its points, and from the middle between two of them."""
    numbers = np.random.default_rng(3)
    check("c = erfc(x)", 1, lambda _: numbers.uniform(-7, 28, ROWS))
    places = np.exp2(numbers.integers(-1, 5, ROWS)) * (1 + numbers.integers(0, 128, ROWS) / 128) - 0.5
    check("c = erfc(x)", 1, lambda _: np.nextafter(places, places + numbers.integers(-1, 2, ROWS)))


@pytest.mark.parametrize(
    "text", ["diff(x^64, x, 15)", "diff(x^64, x, 20)", "diff(cbrt(x), x, 4)", "diff(tanh(x), x, 5)"]
)
def test_factors_that_are_no_doubles(text: str) -> None:
    numbers = np.random.default_rng(4)
    check(f"c = {text}", 1, lambda _: numbers.normal(size=ROWS))


def test_few_rows_are_left_over() -> None:
    """Of ordinary ones."""
    f, plan, _, _ = compiled(PROGRAMS[0])
    numbers = np.random.default_rng(9)
    rows = 100_000
    left = np.zeros(rows, np.uint8)
    inputs = [numbers.normal(size=rows) for _ in f.inputs]
    Native(plan, [True] * len(inputs), checks=Checks.ALL, settles=False).run(
        inputs, [*map(np.empty, [rows] * len(plan.stored)), left], 0, rows
    )
    assert left.sum() <= rows / 5000


def test_what_no_kernel_decides_is_computed_where_it_stands() -> None:
    """No row is left over for that: not where bounds meet the middle of two doubles, nor far away, nor where there is
    no kernel."""
    _, plan, exact, _ = compiled("c = sin(x)*gamma(y) + log(x + y)")
    x, y = np.array([*map(float.fromhex, MIDDLES), 1e22, 3e300, 0.5] * 100), np.linspace(0.5, 9, 800)
    found = [np.zeros(800) for _ in plan.stored]
    left = np.zeros(800, np.uint8)
    Native(plan, [True, True], checks=Checks.ALL).run([x, y], [*found, left], 0, 800)
    assert not left.any()
    wanted = [np.empty(800) for _ in exact.keys]
    exact.run([x, y], wanted, 0, 800)
    for got, expected in zip(found, wanted, strict=True):
        assert (got.view(np.int64) == expected.view(np.int64)).all()


def test_rows_are_computed_by_mpfr_until_code_is_worth_its_compilation() -> None:
    f = exprgrad.compile("c = exp(x)*x")
    x = np.random.default_rng(1).normal(size=20_000)
    rows = f.rows()
    few = rows(x=x[:50])
    (lanes,) = rows._engines[()]._as_lanes.values()
    assert not lanes._checked._made and (lanes._flagged is None or not lanes._flagged._made)
    many = rows(x=x)
    assert (lanes._flagged or lanes._checked)._made
    assert (many["c"][:50] == few["c"]).all()
    assert (many.derivative("c", "x")[:50] == few.derivative("c", "x")).all()


def test_results_that_pass_by_the_cache() -> None:
    numbers = np.random.default_rng(6)
    f = exprgrad.compile(PROGRAMS[0])
    columns = {name: numbers.normal(size=250_001) for name in f.inputs}
    columns["x"][::1000] *= 400
    found = f.rows("rounded", threads=2)(**columns)
    exact = RoundedRows(f.task, [()] * len(f.inputs))
    some = np.concatenate([np.arange(500), numbers.integers(0, 250_001, 500), np.arange(249_500, 250_001)])
    wanted = [np.empty(len(some)) for _ in exact.keys]
    exact.run([x[some] for x in columns.values()], wanted, 0, len(some))
    for got, expected in zip([found["c"], *found.gradient("c").values()], wanted, strict=True):
        assert (got[some].view(np.int64) == expected.view(np.int64)).all()


FAINT = [
    "c = x*y*a + x",
    "c = (x*y + 1)*a - 1",
    "c = x*y - x*a",
    "c = x*y*1e200 + a",
    "c = x*y*a*x*y + 3",
    "c = (x*y + x*a)*0.5 + y",
    "c = -(x*x) + y*a/x",
    "c = x^2*y + a^3",
    "c = max(x*y, a) + x*y*0",
    "c = x/y/a + 1",
    "c = 1e-300*x*(1e-300*y) if x > y else a",
    "c = x*y*x*y*x*y + a*x*a*y + 2*a",
    # What has no kernel stands between the product and what is done with it.
    "b = x*y; d = gamma(a); c = b*1e300*d*1e300",
    "c = sinh(a)*a/y/((y - x)/(a + a)) - (atan(y) - 3)/(tanh(x)/tanh(y))",
]


@pytest.fixture(params=["as it comes", "found"])
def many(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows in blocks with a flag, of which it is also found out which rows they are for."""
    if request.param == "found":
        monkeypatch.setattr("exprgrad.batch.lanes._MANY", 0)


@pytest.mark.usefixtures("many")
def test_what_rounds_up_to_the_least_normal_double() -> None:
    """MPFR keeps what is lost there."""
    less = np.nextafter(1.0, 0.0)
    values = {"x": less, "y": 2.0**-1022, "a": 2.0**600}
    check("c = x*y*a", 1, lambda name: np.full(ROWS, values[name]))
    values = {"x": less, "y": 2.0**1022, "a": 2.0**600}
    check("c = x/y*a", 1, lambda name: np.full(ROWS, values[name]))


@pytest.mark.parametrize("text", ["exp(x)*y", "y*sqrt(x*x)/3", "-(y*exp(x))", "1*(exp(x)*y)", "abs(exp(x)*-y)"])
def test_halves_of_the_last_places_below_the_normal_doubles(text: str) -> None:
    """Where a factor that was rounded is in the middle between two doubles once it has fewer digits."""
    numbers = np.random.default_rng(15)
    columns = {"x": numbers.uniform(-3, 0, ROWS), "y": 2.0 ** numbers.integers(-1024, -1018, ROWS)}
    check(f"c = {text}", 1, columns.__getitem__)


@pytest.mark.parametrize("condition", ["x > x", "abs(x) < 0", "sqrt(x*x) < 0"])
@pytest.mark.parametrize(
    "text", ["c = x*y*(0 if {} else 1e200)*1e200", "if {} {{ z = 1 }} else {{ z = 1e-200 }}; c = z*1e-200*x/y"]
)
def test_what_llvm_knows_to_be_chosen_sets_flags(text: str, condition: str) -> None:
    numbers = np.random.default_rng(16)
    check(text.format(condition), 1, lambda _: 10.0 ** numbers.uniform(-280, -100, ROWS))


@pytest.mark.usefixtures("many")
def test_what_all_rows_have_in_common_may_be_nearly_nothing() -> None:
    f = exprgrad.compile("c = a*b*x")
    rows, one = f.rows("rounded"), f(a=1.1e-200, b=1.3e-115, x=2.0**600)
    found = rows(a=1.1e-200, b=1.3e-115, x=np.full(20_000, 2.0**600))
    assert (found["c"] == one["c"]).all()


@pytest.mark.usefixtures("many")
@pytest.mark.parametrize("text", FAINT)
@pytest.mark.parametrize("order", [1, 2])
def test_what_is_nearly_nothing(text: str, order: int) -> None:
    """Products and quotients below the range, which mostly vanish beside others: of all sizes."""
    numbers = np.random.default_rng(12)
    check(
        text,
        order,
        lambda _: numbers.choice([-1, 1, 0], ROWS, p=[0.45, 0.5, 0.05]) * 10.0 ** numbers.uniform(-330, 10, ROWS),
    )
    check(text, order, lambda _: numbers.choice([-1, 1], ROWS) * 10.0 ** numbers.uniform(-170, 0, ROWS))


@pytest.mark.usefixtures("many")
@pytest.mark.parametrize("text", ["c = x*y/a", "c = (x*y + a)/(x*y)", "c = a*x^3/y^2", "c = sqrt(x*x + y*y)*a*1e-300"])
def test_what_is_above_the_range_on_the_way(text: str) -> None:
    """And comes back; beside rows that are below, and such that are neither."""
    numbers = np.random.default_rng(13)
    signs = numbers.choice([-1, 1], (3, ROWS))
    for spread in (10, 200, 300):
        sizes = numbers.choice([-spread, 0, 0, 0, 0, 0, spread], (3, ROWS)) + numbers.uniform(-3, 3, (3, ROWS))
        check(text, 1, lambda name, x=signs * 10.0**sizes: x["xya".index(name)])


@pytest.mark.usefixtures("many")
@pytest.mark.parametrize(
    "text", ["x*y", "x/y", "exp(x*y)", "sinh(x)*1", "cosh(x)", "x^3", "x^2", "x^y", "1/cosh(x)", "exp(x)*y"]
)
def test_what_is_only_written_down_ends_where_doubles_do(text: str) -> None:
    numbers = np.random.default_rng(3)
    sizes = numbers.uniform(-1100, 1100, ROWS)
    check(f"c = {text}", 0, lambda _: numbers.choice(sizes, ROWS))
    check(f"c = {text}", 1, lambda _: numbers.choice([-1, 1], ROWS) * 10.0 ** numbers.uniform(-320, 308, ROWS))
    check(f"c = {text}", 1, lambda _: 2.0 ** np.minimum(numbers.choice(sizes, ROWS), 1023))


@pytest.mark.usefixtures("many")
@pytest.mark.parametrize("text", ["c = x*y*a*x + y", "c = x^2*y + 1/(x*x*a)", "c = x*x*a if y > 1 else x*a"])
def test_many_blocks_with_a_flag(text: str) -> None:
    numbers = np.random.default_rng(5)
    check(text, 1, lambda _: 10.0 ** np.where(numbers.random(ROWS) < 0.1, numbers.uniform(-200, 200, ROWS), 0.5))


def test_few_rows_are_found_where_few_are_out_of_the_range() -> None:
    text = "1"
    for k in range(100):
        text = f"({text})*x {'+-'[k % 2]} {1 / (k + 2):.6f}"
    _, plan, _, _ = compiled(f"c = {text}")
    x = np.random.default_rng(6).uniform(-1, 1, 10_000)
    flags = np.empty(len(x), np.uint8)
    Native(plan._replace(stored=()), [True], checks=Checks.FIND).run([x], [flags], 0, len(x))
    assert ((np.abs(x) ** 99 < 2.0**-1022) <= (flags == BELOW)).all() and 0 < np.count_nonzero(flags) < 20


def test_the_powers_of_a_polynomial_beside_0_leave_no_row_over() -> None:
    text = "1"
    for k in range(100):
        text = f"({text})*x + {k + 1}"
    _, plan, exact, _ = compiled(f"c = {text}")
    x = np.concatenate([np.linspace(-1e-3, 1e-3, 399), [0.0, 1e-300, 5e-324, -1e-310, 0.5]])
    found = [np.zeros(len(x)) for _ in plan.stored]
    left = np.zeros(len(x), np.uint8)
    Native(plan, [True], checks=Checks.ALL).run([x], [*found, left], 0, len(x))
    assert not left.any()
    wanted = [np.empty(len(x)) for _ in exact.keys]
    exact.run([x], wanted, 0, len(x))
    for got, expected in zip(found, wanted, strict=True):
        assert (got.view(np.int64) == expected.view(np.int64)).all()


def test_what_has_no_kernel_is_settled_everywhere() -> None:
    class Nothing:
        exact = False
        zero = None

        @staticmethod
        def rounded(r: Any) -> Any:
            return r.there_is_none

        @staticmethod
        def float64(x: Any) -> Any:
            return x

    class Writer:
        true = True

        def mark(self) -> int:
            return 0

        def rewind(self, mark: int) -> None:
            self.rewound = True

        def settled(self, found: Any, open_: Any, kernel: Any, operands: Any) -> Any:
            assert open_ is self.true
            return kernel(*operands), False

    writer = Writer()
    found = arithmetic.Arithmetic(writer, Checks.NONE)
    found._left = lambda mask: None  # type: ignore[method-assign]
    assert found.kernel(Nothing)(2.5) == 2.5 and writer.rewound


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("engine", ["rounded", "native"])
def test_an_interrupt_in_a_function_of_pythons_stops_the_rows(engine: str, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = 0

    def interrupted(x: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == 3000:
            raise KeyboardInterrupt
        return x

    monkeypatch.setattr(REGISTRY.choose("gamma", 1), "float64", interrupted)
    rows = exprgrad.compile("c = gamma(x)", max_order=0).rows(engine, threads=1)
    x = np.linspace(1, 2, 50_000)
    with pytest.raises(KeyboardInterrupt):
        rows(x=x)
    assert calls == 3000
    assert (rows(x=x)["c"] == x).all()


@pytest.mark.skipif(not machine().flags, reason="other processors' control of rounding is not set")
@pytest.mark.parametrize("checks", [Checks.NONE, Checks.BELOW, Checks.ALL])
def test_who_calls_may_round_otherwise(checks: Checks) -> None:
    """As the thread of some other library does, or does away with numbers below the normal doubles."""
    _, plan, _, _ = compiled("c = exp(x)*1.1 + x/3")
    x = np.random.default_rng(8).normal(size=800)
    code = Native(plan, [True], checks=checks)

    def run() -> list[Any]:
        found = [np.empty(800) for _ in plan.stored]
        flags = np.zeros(800, np.uint8) if code.block else None
        code.run([x], [*found, np.empty(800, np.uint8)], 0, 800, flags=flags)
        return found

    wanted = run()
    library = ctypes.CDLL(None)
    assert library.fesetround(0x400) == 0  # FE_DOWNWARD
    try:
        found = run()
    finally:
        library.fesetround(0)
    assert all((a == b).all() for a, b in zip(found, wanted, strict=True))


def test_a_very_long_program() -> None:
    """Of which few rows are more than enough before the flags are read."""
    text = " + ".join(f"{k}.5*x^{k}" for k in range(1, 5)) + " + " + " + ".join(f"sin({k}*x)" for k in range(600))
    _, plan, _, _ = compiled(f"c = {text}")
    code = Native(plan, [True], checks=Checks.NONE)
    assert code.block == code.width


def without_kernel(order: int, monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """The operations that MPFR computes in each row, of those that the derivatives of all functions consist of."""
    found = set()
    settled = LanesWriter.settled

    def seen(self: LanesWriter, result: Any, open_: Any, kernel: Any, operands: Any) -> Any:
        if open_ is self.true:
            found.update(op.name for op in used if op.float64 is kernel)
        return settled(self, result, open_, kernel, operands)

    monkeypatch.setattr(LanesWriter, "settled", seen)
    for op in OPERATIONS:
        f = exprgrad.compile(f"c = {call(op, ['x', 'y', 'z'][: len(op.operand_names)])}", max_order=order)
        plan = planned(f.task, rounded=True)
        used = [i.operation for i in plan.program.instructions() if not i.chooses]
        generate(plan, [True] * len(f.inputs), LanesWriter(8, 8, True, Checks.NONE), False)
    return found


def test_what_has_no_kernel(monkeypatch: pytest.MonkeyPatch) -> None:
    """As docs/kernels.md says; another name here is a kernel with a mistake."""
    found = without_kernel(2, monkeypatch)
    assert {name for name in found if not any(family in name for family in ("gamma", "beta", "factorial"))} == {
        *("sinc", "sinc_1", "sinc_2"),
        *("log", "log_0_1", "log_0_2", "log_1_0", "log_1_1", "log_2_0"),  # by a base
        *("pow_0_2", "pow_1_1"),
    }
