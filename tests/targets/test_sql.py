"""SQL: its numbers in databases against exprgrad's own, over formulas, branches, loops and hard points."""

from __future__ import annotations

import itertools
import math
import random
import re
import struct
import sys
from functools import cache
from pathlib import Path
from typing import Any

import pytest

import exprgrad
from exprgrad.arguments.table import OPTIONS, SQL_DIALECT
from exprgrad.cli import run
from exprgrad.compiled import Function
from exprgrad.diagnostics import UnsupportedError, UsageError
from exprgrad.ops.registry import Op
from exprgrad.targets import SQL_OPTIONS, TARGETS
from exprgrad.targets.expressions import PRIMITIVES, Expression, nodes
from exprgrad.targets.sql import DIALECTS, quoted
from exprgrad.targets.target import Text
from exprgrad.text_tests import quoted as quotes
from tests.ops.test_hard_points import TRAPS
from tests.targets.databases import Database
from tests.targets.run import own, ulps
from tests.targets.test_numbers import EXACT, OVERFLOWS, PUBLIC, ROUGH, ROWS, call

EXAMPLES = Path(__file__).parents[2] / "examples"
# What it has no function for.
MISSING = "PostgreSQL has no l?gamma before version 18"


@pytest.fixture(params=["duckdb", "postgres", "sqlite"])
def any_database(request: pytest.FixtureRequest) -> Database:
    found: Database = request.getfixturevalue(request.param)
    return found


def texts(*found: str) -> str:
    """A list of texts as the language has it."""
    return f"[{', '.join(map(quotes, found))}]"


def close(a: float | None, b: float, scale: float = 1.0) -> bool:
    return a is not None and (ulps(a, b) <= 4 or math.isclose(a, b, rel_tol=1e-9, abs_tol=1e-9 * scale))


def is_out_of_range(database: Database, problem: Exception) -> bool:
    """Whether PostgreSQL refuses a number that leaves the range of doubles."""
    return database.dialect == "postgres" and "value out of range" in str(problem)


def compiled(database: Database, text: str, **options: Any) -> Function:
    """A function that the dialect can say; the test is left where it cannot."""
    f = exprgrad.compile(text, **options)
    try:
        f.source("sql", dialect=database.dialect)
    except UnsupportedError as problem:
        if re.search(MISSING, problem.message) or "differ in capitals" in problem.message:
            pytest.skip(problem.message)
        raise
    return f


@pytest.mark.parametrize("row", ROWS[::9], ids=[row["id"] for row in ROWS[::9]])
def test_formulas(row: dict[str, Any], database: Database) -> None:
    f = compiled(database, row["expr"])
    (found,) = database.results(f, [row["inputs"]])
    wanted = own(f, row["inputs"])
    assert wanted is not None and len(found) == len(wanted)
    for a, b in zip(found, wanted, strict=True):
        assert close(a, b), (a, b)


@pytest.mark.parametrize("text", [text for text in EXACT if "while" not in text])
def test_sums_products_quotients_and_loops_are_exact(text: str, database: Database) -> None:
    at = [{"a": 1.7, "b": 0.3}, {"a": 2.25, "b": -3.1}, {"a": math.nan, "b": 2.0}]
    f = exprgrad.compile(text, max_order=2)
    for values, found in zip(at, database.results(f, at), strict=True):
        for a, b in zip(found, own(f, {name: values[name] for name in f.inputs}) or [], strict=True):
            assert a is not None and ulps(a, b) == 0, (values, a, b)


@pytest.mark.parametrize(
    "text",
    [
        "s = 1; for i in 0..3 { t = 0; for j in 0..i { if s < 9 { t = t + s*x } }; s = s + t*n }; c = s",
        "c = (x if x > 0 else -x)*(n if x >= 0 else x*x) if n > 0 else 7",
        "c = x; if x > 0 and n > 1 or x < -1 { c = c*n; if not n <= 2 { c = c*x } }",
        "c = 1*(x < n) + 2*(x <= n) + 4*(x > n) + 8*(x >= n) + 16*(x == n) + 32*(x != n)",
        "c = n; if n > 0 { c = 2 if x else n*x }",
        "c = x if (n > x or log(-1)) else n",
        "c = x; if n > x { if nan { c = 2*x } }",
    ],
)
def test_branches_and_nan(text: str, database: Database) -> None:
    """Databases hold nan for equal to itself and greater than any number. Where exprgrad refuses one, all is null."""
    at = [
        {"x": x, "n": n} for x, n in itertools.product((-1.5, 0.0, 2.0, math.inf, math.nan), (0.0, 2.0, 5.0, math.nan))
    ]
    f = exprgrad.compile(text)
    for values, found in zip(at, database.results(f, at), strict=True):
        wanted = own(f, values)
        if wanted is None:
            assert set(found) == {None}, values
        else:
            assert all(a is not None and ulps(a, b) <= 4 for a, b in zip(found, wanted, strict=True)), (values, found)


def test_null_gives_null(database: Database) -> None:
    f = exprgrad.compile("c = 3 if x > 0 else y; d = 2*x")
    found = database.results(f, [{"x": None, "y": 1.0}, {"x": 1.0, "y": None}, {"x": 1.0, "y": 1.0}])
    assert [set(row) for row in found[:2]] == [{None}, {None}] and None not in found[2]


@pytest.mark.parametrize("trap", [t for t in TRAPS if t.text not in OVERFLOWS], ids=lambda t: f"{t.text} at {t.at}")
def test_hard_points(trap: Any, database: Database) -> None:
    f = compiled(database, trap.text, max_order=2)
    values = {name: float(trap.at[name]) for name in f.inputs}
    try:
        (found,) = database.results(f, [values])
    except database.error as problem:
        assert is_out_of_range(database, problem)  # noqa: PT017 - some of these points alone
        return
    for a, b in zip(found, own(f, values) or [], strict=True):
        assert a is not None and (ulps(a, b) <= 4 or abs(a - b) < 1e-15), (a, b)


POINTS = [0.0, -0.0, 1.0, -1.0, 0.5, -7.5, 20.5, 800.0, -800.0, math.inf, -math.inf, math.nan]
PAIRS = [0.0, -0.0, -7.5, 0.5, math.inf, math.nan]


@cache
def expected(op: Op) -> tuple[Function, list[tuple[dict[str, float], list[float] | None, bool]]]:
    """An operation's numbers at its hard points, and whether a derivative there rests on a convention."""
    names = ["x", "y", "z"][: len(op.operand_names)]
    f = exprgrad.compile(f"c = {call(op, names)}")
    points = {1: POINTS, 2: PAIRS}.get(len(names), PAIRS[1:4])
    found = []
    for xs in itertools.product(points, repeat=len(f.inputs)):
        at = dict(zip(f.inputs, xs, strict=True))
        numbers = own(f, at)
        notes = () if numbers is None else f.run(at).notes
        found.append((at, numbers, any(word in n.message for n in notes for word in ("kink", "jump", "tie"))))
    return f, found


@pytest.mark.parametrize("op", PUBLIC, ids=lambda op: f"{op.name}/{len(op.operand_names)}")
def test_every_operation_at_its_hard_points(op: Op, database: Database) -> None:
    f, points = expected(op)
    compiled(database, f.text)
    try:
        rows = database.results(f, [at for at, _, _ in points])
    except database.error as problem:
        # A power or a product on the way leaves the range of doubles: what does not is asked for.
        assert is_out_of_range(database, problem)  # noqa: PT017
        points = [(at, numbers, vague) for at, numbers, vague in points if max(map(abs, at.values())) < 100]
        rows = database.results(f, [at for at, _, _ in points])
    for (at, wanted, vague), found in zip(points, rows, strict=True):
        if wanted is None:
            assert set(found) == {None}, at
        elif op.name not in ROUGH:
            assert found[0] is not None and ulps(found[0], wanted[0]) <= 4, (at, found[0], wanted[0])
            for a, b in zip(found[1:], wanted[1:], strict=True):
                assert vague or (a is not None and ulps(a, b) <= 32), (at, a, b)


@pytest.mark.slow
@pytest.mark.parametrize("op", PUBLIC, ids=lambda op: f"{op.name}/{len(op.operand_names)}")
def test_every_operation_on_its_domain(op: Op, database: Database) -> None:
    """To order 2, whose operations only derivatives use."""
    numbers = random.Random(op.name)
    f = compiled(database, f"c = {call(op, ['x', 'y', 'z'][: len(op.operand_names)])}", max_order=2)
    domain = op.domain[-len(f.inputs) :]
    at = [
        {name: numbers.uniform(*interval) for name, interval in zip(f.inputs, domain, strict=False)} for _ in range(10)
    ]
    for values, found in zip(at, database.results(f, at), strict=True):
        for a, b in zip(found, own(f, values) or [], strict=True):
            assert a is not None and (math.isclose(a, b, rel_tol=1e-11, abs_tol=1e-12) or ulps(a, b) == 0), values


def test_remainders_of_large_quotients(any_database: Database) -> None:
    """To 2**105, the remainder exactly."""
    pairs = [
        (1e16, -1.0),
        (2.0**53, 1.0),
        (2.8e16, 3.0),
        (1e15, 0.1),
        (-1e20, 7.0),
        (1e30, 0.3),
        (1e16, -3.0),
        (5.0, 3.0),
    ]
    numbers = random.Random(2)
    pairs += [(numbers.uniform(-1, 1) * 2.0 ** numbers.randrange(100), numbers.uniform(0.1, 4)) for _ in range(40)]
    at = [{"x": x, "y": y} for x, y in pairs]
    for text in ("c = x//y", "c = x % y", "c = fmod(x, y)"):
        f = exprgrad.compile(text, wrt=[])
        for values, (found,) in zip(at, any_database.results(f, at), strict=True):
            assert found is not None and ulps(found, f(**values)["c"]) <= ("//" in text), (text, values, found)
        said = "quotient is 2**105 or more is nan" in f.source("sql", dialect=any_database.dialect)
        assert said is (any_database.dialect != "duckdb")


# Which have values where a square, a quotient or a product on the way leaves the range of doubles.
SMALL = ["x*x", "x^2 + 1", "-x*x", "atan(x)", "asinh(x)", "tan(x)", "hypot(x, 1)", "hypot(1e16, x)", "sinc(x)"]
SMALL_VALUES = ["erf(x)", "erfc(x)"]


@pytest.mark.parametrize("text", SMALL + SMALL_VALUES)
def test_small_numbers(text: str, any_database: Database) -> None:
    """PostgreSQL raises an error where a product is 0 by rounding."""
    f = exprgrad.compile(text, max_order=0 if text in SMALL_VALUES else 1)
    at = [{"x": x} for x in (1e-200, -1e-200, 1e-170, 1e-150, 3e-9)]
    if text in ("x*x", "-x*x"):  # other squares that are not normal numbers are multiplied further
        at += [{"x": x} for x in (1.571727784702628e-162, 1.6e-162, 1e-155)]
    for values, found in zip(at, any_database.results(f, at), strict=True):
        for a, b in zip(found, own(f, values) or [], strict=True):
            assert a is not None and math.isclose(a, b, rel_tol=1e-14, abs_tol=1e-320), (values, a, b)


def test_a_sum_of_exponentials_that_are_far_apart(any_database: Database) -> None:
    f = exprgrad.compile("logaddexp(x, 1)")
    at = [{"x": x} for x in (1e16, -1e16, 1e100, 3.0, -0.5)]
    for values, found in zip(at, any_database.results(f, at), strict=True):
        for a, b in zip(found, own(f, values) or [], strict=True):
            assert close(a, b), (values, a, b)


def test_literals_are_the_doubles(database: Database) -> None:
    numbers = random.Random(1)
    xs = [*(struct.unpack("<d", numbers.randbytes(8))[0] for _ in range(200)), 5e-324, 2.2250738585072011e-308, 0.1]
    xs += [-0.0, math.inf, -math.inf, math.nan, 1.7976931348623157e308, 1e22, 9007199254740993.0, 1 / 3, 123456.0]
    dialect = DIALECTS[database.dialect]()
    (found,) = database.run(f"SELECT {', '.join([dialect.literal(x).text for x in xs])}")
    for a, b in zip(found, xs, strict=True):
        assert type(a) is float and ulps(a, b) == 0, (a, b)


# -- what is written -------------------------------------------------------------------------------------------


def test_columns_are_kept_and_names_quoted(any_database: Database) -> None:
    """Columns of the table may be called as what is computed on the way; words of SQL are names like others."""
    any_database.fill("kept", ["t1", "select", "u", "t", "row_id"], [[7.0, 2.0, 8.0, 0.5, 3.0]])
    f = exprgrad.compile("u = select*t; c = sin(u)*u; order = c*c", fetch_names=["order"])
    text = f.source("sql", dialect=any_database.dialect, table="kept")
    ((_, *kept, value, by_select, by_t),) = any_database.run(text)
    result = f(select=2, t=0.5)
    assert any_database.run(f"SELECT * FROM (\n{text}) AS q") == any_database.run(text)
    assert kept == [7.0, 2.0, 8.0, 0.5, 3.0]
    assert [value, by_select, by_t] == pytest.approx([result["order"], *result.gradient("order").values()], rel=1e-15)


@pytest.mark.parametrize("keep", [None, [], ["My id"], ["kind", "kept_1", "x", "u"]])
def test_columns_of_the_table_beside_the_results(keep: list[str] | None, any_database: Database) -> None:
    """As they are: numbers no doubles, and texts; where none are kept from a view too."""
    columns = ["My id", "kind", "kept_1", "x", "u"]
    any_database.run("DROP VIEW IF EXISTS seen")
    any_database.run("DROP TABLE IF EXISTS lots")
    any_database.run('CREATE TEMPORARY TABLE lots ("My id" integer, kind text, kept_1 integer, x integer, u text)')
    any_database.run("INSERT INTO lots VALUES (1, 'put', 5, 2, 'v'), (2, NULL, 6, 3, 'w'), (3, 'call', 7, NULL, NULL)")
    any_database.run("CREATE TEMPORARY VIEW seen AS SELECT * FROM lots")
    f = exprgrad.compile("u = x*kept_1; c = u*exp(u - u)", fetch_names=["c"], wrt=["x"])
    rows = {
        1: [1, "put", 5, 2, "v", 10.0, 5.0],
        2: [2, None, 6, 3, "w", 18.0, 6.0],
        3: [3, "call", 7, None, None] + [None] * 2,
    }
    places = [columns.index(name) for name in columns if keep is None or name in keep] + [5, 6]
    if keep is not None:
        places = [*map(columns.index, keep), 5, 6]
    wanted = [tuple([row[i] for i in places]) for row in rows.values()]
    for table in ["lots"] if keep is None else ["lots", "seen"]:
        text = f.source("sql", dialect=any_database.dialect, table=table, keep_columns=keep)
        assert sorted(any_database.run(text), key=str) == sorted(wanted, key=str)


def test_words_of_sql_as_results(any_database: Database) -> None:
    f = exprgrad.compile("order = group*2; from = order + values", wrt=["group"], fetch_names=["order", "from"])
    (found,) = any_database.results(f, [{"group": 1.5, "values": 0.5}])
    assert list(found) == [3.0, 2.0, 3.5, 2.0]


def test_a_result_that_is_called_like_a_column_that_is_kept() -> None:
    f = exprgrad.compile("C = x*x")
    with pytest.raises(UsageError, match="a column that is kept is called c, and so is a result"):
        f.source("sql", keep_columns=["id", "c"])
    assert f.source("sql", keep_columns=["id", "c"], dialect="postgres")


@pytest.mark.parametrize("name", ["list", "object", "index", "true", "False", "select", "whole_row", "s0", "s1", "t2"])
def test_a_column_may_have_any_name(name: str, any_database: Database) -> None:
    """Also where another one is compared, and what is computed has the name."""
    for text in (f"c = {name}*exp({name}) + x", f"c = x if {name} < x else {name}", f"{name} = x*exp(x)*x"):
        f = exprgrad.compile(text)
        at = {key: 0.5 + i for i, key in enumerate(f.inputs)}
        (found,) = any_database.results(f, [at])
        assert list(found) == pytest.approx(own(f, at), rel=1e-15)


@pytest.mark.parametrize("table", ["s0", "s1", "S1", "t", "d", "whole_row", "any_null", "select"])
def test_a_table_may_have_any_name(table: str, any_database: Database) -> None:
    any_database.fill(f'"{table}"', ["x"], [[2.0]])
    f = exprgrad.compile("u = x*x; c = u*exp(u) + u", wrt=[])
    ((*_, found),) = any_database.run(f.source("sql", dialect=any_database.dialect, table=table))
    assert found == pytest.approx(f(x=2.0)["c"], rel=1e-15)


@pytest.mark.parametrize("name", ["select", "Order", "user", "Hh"])
def test_a_function_may_have_any_name(name: str, database: Database) -> None:
    f = exprgrad.compile("c = x*exp(x)", wrt=[])
    text = f.source("sql", name=name, dialect=database.dialect, form="macro")
    database.run(text)
    (call,) = re.findall(r"LATERAL (\S+)\(", text)
    assert call == f'"{name}"'
    assert database.run(f"SELECT d.c FROM {call}(2.0) AS d") == [(pytest.approx(f(x=2.0)["c"], rel=1e-15),)]


@pytest.mark.parametrize("text", ["put", "it's", 'say "x"', "100%"])
def test_texts(text: str, any_database: Database) -> None:
    f = exprgrad.compile(f"r = K^2 if kind == {quotes(text)} else w*K; s = kind in {texts(text, 'Put')}")
    any_database.run("DROP TABLE IF EXISTS trades")
    any_database.run(f'CREATE TEMPORARY TABLE trades ("K" {any_database.double}, kind text, w {any_database.double})')
    double = text.replace("'", "''")
    for kind in (f"'{double}'", "'Put'", "'call'", f"' {double}  '", "NULL", "'  '"):  # blanks do not count, as in rows
        any_database.run(f"INSERT INTO trades VALUES (3, {kind}, 2)")
    query = f.source("sql", dialect=any_database.dialect, table="trades")
    found = [row[-6:] for row in any_database.run(query)]
    given = [text, "Put", "call", text]
    wanted = [[*f(K=3, kind=kind, w=2).columns().values()][3:] for kind in given]
    assert sorted(found, key=str) == sorted([*map(tuple, wanted), *[(None,) * 6] * 2], key=str)


@pytest.mark.parametrize("language", [name for name, language in TARGETS.items() if not language.has_texts])
def test_other_languages_have_no_texts(language: str) -> None:
    with pytest.raises(UnsupportedError, match=f"written down as {language} is of numbers, and kind is compared"):
        exprgrad.compile('x*(kind == "put")').source(language)


def test_columns_that_differ_in_capitals(postgres: Database) -> None:
    f = exprgrad.compile("c = T*t")
    with pytest.raises(UnsupportedError, match="columns that differ in capitals alone"):
        f.source("sql")
    (found,) = postgres.results(f, [{"T": 2.0, "t": 3.0}])
    assert list(found) == [6.0, 3.0, 2.0]


def test_what_is_named_is_computed_once(database: Database) -> None:
    """DuckDB shows names, so its projections are counted: none is put into another one."""
    f = exprgrad.compile("u = sin(x); v = u*u + u; w = v*v + v; c = w*w + w")
    database.fill("once", ["x"], [[1.0]])
    verbose = "VERBOSE " if database.dialect == "postgres" else ""
    text = f.source("sql", dialect=database.dialect, table="once")
    plan = "\n".join([str(row[-1]) for row in database.run(f"EXPLAIN {verbose}{text}")])
    if database.dialect == "postgres":
        assert len(re.findall(r"\bsin\(", plan)) == 1, plan
    else:
        assert plan.count("Projection ") > text.count("SELECT") - 2 > 4, plan


def test_the_text_reads_nothing_twice() -> None:
    """A plan that puts expressions into each other would read sin sixteen times."""
    text = exprgrad.compile("u = sin(x); v = u*u + u; w = v*v + v; c = w*w + w").source("sql")
    assert text.count("sin(x)") == 3 and "sin(x) AS u  -- sin(x)" in text


def test_parameters_are_doubles_and_computed_once(database: Database) -> None:
    """In DuckDB a parameter of a macro hides a column of its name, also where a subquery has just made it."""
    f = exprgrad.compile("c = x/2 + 1e300*x", wrt=[])
    database.run(f.source("sql", name="halves", dialect=database.dialect, form="macro"))
    assert database.run("SELECT d.c FROM halves(3) AS d") == [(1.5 + 3e300,)]
    f = exprgrad.compile("c = x - x", wrt=[])
    database.run(f.source("sql", name="nothing", dialect=database.dialect, form="macro"))
    assert database.run("SELECT d.c FROM nothing(random()) AS d") == [(0,)]


def test_nan_in_a_parquet_file(duckdb: Database, tmp_path: Path) -> None:
    """Whose statistics leave it out, by which DuckDB takes isnan for false."""
    arrow, parquet = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    file = str(tmp_path / "nan.parquet")
    parquet.write_table(arrow.table({"x": [1.0, math.nan, 3.0]}), file)
    duckdb.run(f"CREATE OR REPLACE VIEW parquet AS FROM '{file}'")
    f = exprgrad.compile("c = 1 if x > 2 else 2*x", wrt=[])
    duckdb.run(f.source("sql", name="g", form="macro"))
    for query in (f.source("sql", table="parquet"), "FROM parquet CROSS JOIN LATERAL g(parquet.x)"):
        assert [ulps(c, wanted) for (_, c), wanted in zip(duckdb.run(query), (2, math.nan, 1), strict=True)] == [0] * 3


def test_a_function_in_a_query(database: Database) -> None:
    f = exprgrad.compile("u = a*b; c = sin(u) if u > 0 else u")
    database.run(f.source("sql", name="slopes", dialect=database.dialect, form="macro"))
    database.fill("given", ["x", "y"], [[0.5, 2.0], [1.0, -3.0], [None, 1.0]])
    rows = database.run(
        "SELECT d.* FROM given CROSS JOIN LATERAL slopes(given.x + 0, given.y) AS d ORDER BY given.__row"
    )
    assert list(rows[0]) == pytest.approx(own(f, {"a": 0.5, "b": 2.0}), rel=1e-15)
    assert list(rows[1]) == own(f, {"a": 1.0, "b": -3.0}) and set(rows[2]) == {None}


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_dialect_spells_every_primitive(dialect: str) -> None:
    """Those that it composes of others, by these."""
    made = DIALECTS[dialect]()
    counts = {"where": 3, **dict.fromkeys(("absent", "true", "false"), 0)}
    two = {"power", "hypot", "arctan2", "copysign", "heaviside", "maximum", "minimum", "fmod", "mod", "floor_divide"}
    two |= {"add", "subtract", "multiply", "true_divide", "equal", "not_equal", "less", "less_equal", "greater"}
    two |= {"greater_equal", "logical_and", "logical_or", "refuse_nan"}
    for primitive in sorted(PRIMITIVES):
        count = counts.get(primitive, 2 if primitive in two else 1)
        if primitive in made.missing:
            with pytest.raises(UnsupportedError, match=r"ha(s|ve) no"):
                made.spelled(primitive, [Text("x")])
        elif primitive in made.composed:
            found = made.composed[primitive](*[Expression("leaf", of=f"x{i}") for i in range(count)])
            for node in nodes(found):
                assert node.name in made.composed or made.spelled(node.name, [Text("x")] * len(node.operands)).text
        else:
            assert made.spelled(primitive, [Text(f"x{i}") for i in range(count)]).text


def test_dialects_are_those_of_the_options() -> None:
    assert tuple(DIALECTS) == SQL_OPTIONS["dialect"] == OPTIONS[SQL_DIALECT].choices


def test_reserved_words_are_quoted(database: Database) -> None:
    words = {
        "duckdb": "SELECT keyword_name FROM duckdb_keywords() WHERE keyword_category <> 'unreserved'",
        "postgres": "SELECT word FROM pg_get_keywords() WHERE catcode <> 'U'",
    }
    names = [word for (word,) in database.run(words[database.dialect])]
    assert len(names) > 50
    listed = ", ".join([f"1 AS {quoted(name)}" for name in names])
    database.run(f"SELECT {', '.join([f't.{quoted(name)}' for name in names])} FROM (SELECT {listed}) AS t")
    database.run(f"SELECT {', '.join(map(quoted, names))} FROM (SELECT {listed}) AS t")


@pytest.mark.parametrize("dialect", [name for name in DIALECTS if name not in ("duckdb", "postgres")])
def test_translations(dialect: str) -> None:
    """They parse in their dialect, and are said to be translations."""
    sqlglot = pytest.importorskip("sqlglot")
    text = exprgrad.compile("u = floor(a)*b; c = max(abs(u), a) if a > 0.1 else log(u)*tan(b)").source(
        "sql", dialect=dialect
    )
    assert sqlglot.parse_one(text, read=dialect).named_selects == ["*", "c", "dc_da", "dc_db"]
    assert "0.1e0" in text and "log" not in text.split("WITH")[1].lower().replace("/* log(u) */", "")
    with pytest.raises(UsageError, match="a function in"):
        exprgrad.compile("a").source("sql", dialect=dialect, form="macro")


@pytest.mark.parametrize("dialect", [name for name in DIALECTS if name not in ("duckdb", "postgres")])
def test_words_of_sql_are_translated_as_names(dialect: str) -> None:
    """All that sqlglot takes for words in DuckDB, which is read."""
    sqlglot = pytest.importorskip("sqlglot")
    words = {word.lower() for word in sqlglot.Dialect.get_or_raise("duckdb").tokenizer_class.KEYWORDS}
    names = {word for word in words if word.isidentifier() and not is_a_word_of_programs(word)}
    assert {"list", "object", "struct"} <= names
    for name in sorted(names):
        f = exprgrad.compile(f"c = u*exp({name}) if {name} < u else {name}", wrt=[])
        text = f.source("sql", dialect=dialect, keep_columns=f.inputs)
        if dialect != "snowflake":  # where a name in quotes is another one
            assert sqlglot.parse_one(text, read=dialect).named_selects == [*f.inputs, "c"]


def is_a_word_of_programs(word: str) -> bool:
    try:
        return exprgrad.compile(f"{word}*u").inputs != (word, "u")
    except exprgrad.ExprError:
        return True


def test_what_sqlglot_refuses_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    sqlglot = pytest.importorskip("sqlglot")

    def fails(*_: Any, **__: Any) -> None:
        raise sqlglot.errors.ParseError("Expecting >. Line 1")

    assert exprgrad.compile("a").source("sql", dialect="spark")  # the dialect is loaded, which parses
    monkeypatch.setattr(sqlglot, "parse_one", fails)
    with pytest.raises(UnsupportedError, match="sqlglot does not translate this program into spark: Expecting >"):
        exprgrad.compile("a").source("sql", dialect="spark")


@pytest.mark.parametrize("row", ROWS[::40], ids=[row["id"] for row in ROWS[::40]])
def test_formulas_in_sqlite(row: dict[str, Any], sqlite: Database) -> None:
    try:
        f = compiled(sqlite, row["expr"])
    except UnsupportedError:
        return
    for a, b in zip(sqlite.results(f, [row["inputs"]])[0], own(f, row["inputs"]) or [], strict=True):
        assert close(a, b), (a, b)


@pytest.mark.parametrize(
    ("text", "around"),
    [
        ("c = x + mean(x*y)", "avg"),
        ("f(u) = sum(u)*2; c = f(x)", "sum"),
        ("c = max(x)", "max"),
        ("c = std(x)", "stddev_pop"),
    ],
)
def test_what_would_be_of_all_rows_is_refused(text: str, around: str) -> None:
    with pytest.raises(UnsupportedError, match="of a number is the number itself") as caught:
        exprgrad.compile(text).source("sql")
    assert caught.value.span is not None and f"write {around} in a query around" in str(caught.value)
    assert exprgrad.compile("mean(x) = x*2; c = max(mean(x), y)").source("sql")
    assert exprgrad.compile(text).source("numpy")


def test_what_options_say(capfd: pytest.CaptureFixture[str]) -> None:
    for command, message in (
        (["a", "--sql-table", "u", "--a", "1"], "--sql-table is about SQL"),
        (["a", "--sql-form", "macro", "-f", "python"], "--sql-form is about SQL"),
        (["a", "-f", "sql", "--sql-form", "macro", "--sql-table", "u"], "does nothing beside --sql-form macro"),
        (["a", "-f", "sql", "--sql-table", "u."], "names no table"),
    ):
        assert run(command) == 2
        assert message in capfd.readouterr().err
    assert run(["a", "-f", "sql", "--sql-table", "s.My table"]) == 0
    assert 'FROM s."My table" AS whole_row' in capfd.readouterr().out


def test_gradient_descent_in_one_query(database: Database) -> None:
    """The example finds the line of least squares."""
    f = exprgrad.compile("loss = (a*x + b - y)^2", wrt=["a", "b"])
    database.run(f.source("sql", dialect=database.dialect, form="macro"))
    ((a, b),) = database.run((EXAMPLES / "descent.sql").read_text(encoding="utf-8"))
    assert (a, b) == pytest.approx((1.94, 1.15), rel=1e-3)


def test_the_docs_show_it() -> None:
    page = (EXAMPLES.parent / "docs" / "command-line.md").read_text(encoding="utf-8")
    text = exprgrad.compile("sin(x^2)").source("sql", table="points")
    assert f"```sql\n{text}```\n" in page


def test_without_sqlglot(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sqlglot", None)
    f = exprgrad.compile("a")
    assert f.source("sql") and f.source("sql", dialect="postgres")
    with pytest.raises(UsageError, match="spark is translated by sqlglot\n  pip install"):
        f.source("sql", dialect="spark")
