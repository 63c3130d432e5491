"""SQL: one query that adds the value and the derivatives to the rows of a table, or a function to call in queries.

Names for expressions are columns of subqueries, each of which reads those before it. DuckDB and PostgreSQL are written
here; other dialects are translated by sqlglot.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from types import MappingProxyType
from typing import Any, ClassVar, Final

from exprgrad import expected
from exprgrad.diagnostics import UnsupportedError, UsageError, not_loaded
from exprgrad.targets.composed import (
    BY_CHOICE,
    COMPOSED,
    GUARDED,
    NAN_IS_GREATEST,
    PLAIN_ORDER,
    WHOLE_AS_INTEGERS,
    guarded_product,
)
from exprgrad.targets.expressions import CHECKED, leaves
from exprgrad.targets.naming import free
from exprgrad.targets.straight import Assignment, Straight, straight
from exprgrad.targets.target import ATOM, INVERSES, SIGN, Infix, Speller, Text, Writer
from exprgrad.targets.writing import OVERFLOWS, Writing
from exprgrad.text_tests import as_test, is_test, variable_of

# Words that are no names everywhere unless they are quoted.
_RESERVED: Final = frozenset(
    re.findall(
        r"\w+",
        """
        all analyse analyze and anti any array as asc asof asymmetric at authorization between bigint binary bit
        boolean both by case cast char character check coalesce collate collation column columns concurrently
        constraint create cross current_catalog current_date current_role current_schema current_time
        current_timestamp current_user dec decimal default deferrable desc describe distinct do else end except
        exists extract false fetch float for foreign freeze from full generated glob grant greatest group grouping
        grouping_id having ilike in initially inner inout int integer intersect interval into is isnull join lambda
        lateral leading least left like limit localtime localtimestamp map national natural nchar none normalize not
        notnull null nullif numeric of offset on only or order out outer over overlaps overlay partition pivot
        pivot_longer pivot_wider placing position positional precision primary qualify range real references
        returning right row rows select semi session_user set setof show similar smallint some struct substring
        summarize symmetric table tablesample then time timestamp to trailing treat trim true try_cast tuple union
        unique unnest unpack unpivot update user using values varchar variadic verbose when where window with
        xmlattributes xmlconcat xmlelement xmlexists xmlforest xmlnamespaces xmlparse xmlpi xmlroot xmlserialize
        xmltable
        """,
    )
)
_PLAIN: Final = re.compile("[a-z_][a-z0-9_]*")
# A column that says whether an input is null.
_NULL: Final = "any_null"
# Functions of arrays that are a number of a number, but in SQL are of all rows, by what they are called there.
_OF_ROWS: Final[Mapping[str, str]] = {
    **{name: name for name in ("sum", "min", "max")},
    "mean": "avg",
    "var": "var_pop",
    "std": "stddev_pop",
    "size": "count",
    "any": "bool_or",
    "all": "bool_and",
    "cumsum": "sum(...) OVER",
    **dict.fromkeys(("prod", "norm", "logsumexp", "softmax"), "an aggregate"),
}
# What subqueries are called, with a number behind it.
_STEM: Final = "s"
# How tightly operators bind.
_OR: Final = 1
_AND: Final = 2
_NOT: Final = 3
_COMPARISON: Final = 5


def quoted(name: str) -> str:
    """A name as it stands in a query."""
    plain = _PLAIN.fullmatch(name) and name not in _RESERVED
    return name if plain else _in_quotes(name)


def _in_quotes(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


class Dialect(Speller):
    """A dialect that is written here: functions of another name, and what it has not got, made of what it has."""

    double = "DOUBLE"
    # Whether names that differ in capitals alone are one.
    folds = True
    # So many expressions stand in each other at the most.
    deepest = 50
    # Whether the parameters of a function hide columns of their names in it.
    hides = False
    # Names that nothing may have which is computed on the way.
    unnamed: ClassVar[Collection[str]] = ()
    # A row of the table, where the query reads it, and what subqueries are called.
    row = "whole_row"
    stem = _STEM
    # What keeps a subquery from being put into the one that reads it, behind it or before it.
    fence = ""
    kept = "AS"
    infix: ClassVar[Mapping[str, Infix]] = {
        "logical_or": Infix(" OR ", _OR, _OR, _AND),
        "logical_and": Infix(" AND ", _AND, _AND, _NOT),
        **{
            name: Infix(f" {symbol} ", _COMPARISON, 6, 6)
            for name, symbol in (
                *(
                    ("below", "<"),
                    ("at_most", "<="),
                    ("above", ">"),
                    ("at_least", ">="),
                    ("same", "="),
                    ("differs", "<>"),
                ),
                *(("less", "<"), ("less_equal", "<="), ("greater", ">"), ("greater_equal", ">=")),
                *(("equal", "="), ("not_equal", "<>")),
            )
        },
        "add": Infix(" + ", 6, 6, 7),
        "subtract": Infix(" - ", 6, 6, 7),
        **dict.fromkeys(("multiply", "product"), Infix(" * ", 7, 7, 8)),
        "true_divide": Infix(" / ", 7, 7, 8),
        "quotient": Infix(" / ", 7, 7, 8),
    }
    prefix: ClassVar[Mapping[str, tuple[str, int]]] = {"logical_not": ("NOT ", _NOT + 1)}
    words: ClassVar[Mapping[str, str]] = {"true": "TRUE", "false": "FALSE", "absent": "NULL"}
    calls: ClassVar[Mapping[str, str]] = {
        **INVERSES,
        "log": "ln",
        "root": "cbrt",
    }
    composed: ClassVar[Mapping[str, Callable[..., Any]]] = MappingProxyType({})
    # Functions that it has not got, with the reason.
    missing: ClassVar[Mapping[str, str]] = MappingProxyType({})
    # Whether the first subquery has the columns of the table under their own names, where all are kept.
    spreads = False
    # What is said at the head.
    remarks: ClassVar[Sequence[str]] = (OVERFLOWS,)

    def literal(self, x: float) -> Text:
        if not math.isfinite(x):
            return Text(self.special("NaN" if math.isnan(x) else "Infinity" if x > 0 else "-Infinity"), number=x)
        if x == 0 and math.copysign(1.0, x) < 0:
            return Text(self.special("-0"), number=x)
        text = self.number(repr(abs(x)))
        return Text(f"-{text}" if math.copysign(1.0, x) < 0 else text, SIGN, number=x)

    def special(self, text: str) -> str:
        """A number by its name."""
        return f"CAST('{text}' AS {self.double})"

    def number(self, text: str) -> str:
        """A number from its digits: a double, not a decimal."""
        return text if "e" in text else f"{text.removesuffix('.0')}e0"

    def spelled(self, name: str, operands: Sequence[Text]) -> Text:
        name = name.removesuffix(CHECKED)
        if name in self.missing:
            raise UnsupportedError(self.missing[name], hint="leave it out, or write it in functions that there are")
        if name == "number":
            return self.where(operands[0], self.literal(1.0), self.literal(0.0))
        if name == "isnan":
            return self.isnan(operands[0])
        if name == "negative":  # two signs would begin a comment
            return Text(f"-{operands[0].inside(SIGN + 1)}", SIGN)
        return super().spelled(name, operands)

    def where(self, condition: Text, then: Text, otherwise: Text) -> Text:
        return Text(f"CASE WHEN {condition.text} THEN {then.text} {_else(otherwise)} END", _CASE)

    def is_absent(self, x: Text) -> Text:
        return Text(f"{x.inside(_COMPARISON + 1)} IS NULL", _COMPARISON)

    def isnan(self, x: Text) -> Text:
        """Whether a number is nan."""
        return Text(f"isnan({x.text})")

    def leaf(self, name: str) -> Text:
        return Text(self.quoted(name))

    def quoted(self, name: str) -> str:
        """A name as it stands in what is written."""
        return quoted(name)

    def begin(self, names: Collection[str]) -> None:
        """These names the table has, or its columns, or what is computed: what the query adds has others."""
        while any(re.fullmatch(rf"{self.stem}\d+", name) for name in names):
            self.stem += "_"
        self.row = free(self.row, names)

    def column(self, text: str) -> str:
        """An input, where it is read."""
        return text

    # -- what is around the expressions --------------------------------------------------------------------------

    def body(self, levels: Sequence[Sequence[str]], last: Sequence[str], source: str = "") -> list[str]:
        """A query of columns, level by level; `source` is the table that the first level reads, "" for none."""
        fence = [self.fence] if self.fence else []
        lines = []
        for i, level in enumerate(levels):
            columns = level if i == 0 else ["*", *level]
            below = [f"FROM {self.stem}{i - 1}"] if i else [f"FROM {source} AS {self.row}"] if source else []
            query = ["SELECT", *_listed(columns), *below, *fence]
            lines += [f"{self.stem}{i} {self.kept} (", *_indented(query), ")," if i + 1 < len(levels) else ")"]
        return ["WITH", *_indented(lines), "SELECT", *_listed(last), f"FROM {self.stem}{len(levels) - 1}"]

    def select(
        self, levels: Sequence[Sequence[str]], last: Sequence[str], table: str, keep: Sequence[str] | None
    ) -> list[str]:
        """The query that adds the last columns to those of a table that are kept, all of them where `keep` is None."""
        if keep is None:
            return self.whole(levels, last, table)
        own = [_kept(i) for i in range(len(keep))]
        carried = [f"{self.row}.{self.quoted(name)} AS {x}" for name, x in zip(keep, own, strict=True)]
        kept = [f"{x} AS {self.quoted(name)}" for name, x in zip(keep, own, strict=True)]
        return self.body([[*carried, *levels[0]], *levels[1:]], [*kept, *last], table)

    def whole(self, levels: Sequence[Sequence[str]], last: Sequence[str], table: str) -> list[str]:
        """The query that adds the last columns to a table."""
        return self.body([[self.handed(), *levels[0]], *levels[1:]], [f"{self.row}.*", *last], table)

    def handed(self) -> str:
        """A row as one column of its own name, a struct, which subqueries hand on."""
        return self.row

    def macro(self, name: str, inputs: Sequence[str], outputs: Sequence[str], body: Sequence[str]) -> list[str]:
        """The function."""
        raise NotImplementedError

    def finished(self, lines: Sequence[str]) -> str:
        """The query or statement as text."""
        return "\n".join(lines)


# A choice is one piece, though not one that another one goes on in unless it stands there alone.
_CASE: Final = ATOM + 1


def _else(x: Text) -> str:
    """What a choice gives otherwise: another choice goes on in it."""
    return x.text.removeprefix("CASE ").removesuffix(" END") if x.binds == _CASE else f"ELSE {x.text}"


class DuckDb(Dialect):
    """DuckDB. Its functions give nan and inf where IEEE 754 does. A subquery is a projection in its plans, and what is
    named there is computed once."""

    hides = True
    calls: ClassVar[Mapping[str, str]] = {**Dialect.calls, "power": "pow"}
    composed: ClassVar[Mapping[str, Callable[..., Any]]] = {
        **NAN_IS_GREATEST,
        **{
            name: COMPOSED[name]
            for name in (
                *("log1p", "expm1", "exp2", "hypot", "cbrt", "erf", "erfc", "copysign", "sign", "heaviside"),
                *("maximum", "minimum", "mod", "floor_divide"),
            )
        },
    }

    def spelled(self, name: str, operands: Sequence[Text]) -> Text:
        if name == "fmod":
            # Its function of this name is floored.
            return Text(f"{operands[0].inside(7)} % {operands[1].inside(8)}", 7)
        if name == "round":
            return Text(f"round_even({operands[0].text}, 0)")
        return super().spelled(name, operands)

    def column(self, text: str) -> str:
        # A list hides the statistics of Parquet files, which leave nan out: DuckDB believes them, and takes isnan for
        # false.
        return f"[{text}][1]"

    def macro(self, name: str, inputs: Sequence[str], outputs: Sequence[str], body: Sequence[str]) -> list[str]:
        return [f"CREATE OR REPLACE MACRO {self.quoted(name)}({', '.join(inputs)}) AS TABLE", *body]


class Postgres(Dialect):
    """PostgreSQL. Its functions raise an error outside of their domain and where they leave the range of doubles. A
    subquery with an offset is not put into the one that reads it, so that what is named there is computed once."""

    double = "double precision"
    folds = False
    fence = "OFFSET 0"
    composed: ClassVar[Mapping[str, Callable[..., Any]]] = {
        **NAN_IS_GREATEST,
        **{
            name: COMPOSED[name]
            for name in (
                *("log1p", "expm1", "log2", "hypot", "cbrt", "erf", "erfc", "copysign", "sign", "heaviside"),
                *("maximum", "minimum", "fmod", "mod", "floor_divide"),
            )
        },
        **GUARDED,
        "multiply": guarded_product,
    }
    missing: ClassVar[Mapping[str, str]] = {
        name: f"PostgreSQL has no {name} before version 18" for name in ("gamma", "lgamma")
    }
    remarks: ClassVar[Sequence[str]] = (
        "PostgreSQL raises an error where a sum, product, quotient or power leaves the range of doubles.",
        "OFFSET 0 keeps what is named from being put where it is read, and computed more than once.",
    )

    def number(self, text: str) -> str:
        return f"{text.removesuffix('.0')}::float8"

    def special(self, text: str) -> str:
        return f"'{text}'::float8"

    def isnan(self, x: Text) -> Text:
        return Text(f"{x.inside(_COMPARISON + 1)} = 'NaN'", _COMPARISON)

    def spelled(self, name: str, operands: Sequence[Text]) -> Text:
        if name == "signbit":
            return Text(f"atan2({operands[0].text}, -1) < 0", _COMPARISON)
        return super().spelled(name, operands)

    def select(
        self, levels: Sequence[Sequence[str]], last: Sequence[str], table: str, keep: Sequence[str] | None
    ) -> list[str]:
        kept = ["*"] if keep is None else map(self.quoted, keep)
        columns = ", ".join([*[f"{self.row}.{name}" for name in kept], "d.*"])
        body = _indented(self.body(levels, last))
        return [f"SELECT {columns}", f"FROM {table} AS {self.row}", "CROSS JOIN LATERAL (", *body, ") AS d"]

    def macro(self, name: str, inputs: Sequence[str], outputs: Sequence[str], body: Sequence[str]) -> list[str]:
        given = ", ".join([f"{x} {self.double}" for x in inputs])
        made = ", ".join([f"{x} {self.double}" for x in outputs])
        return [
            f"CREATE OR REPLACE FUNCTION {self.quoted(name)}({given})",
            f"RETURNS TABLE ({made})",
            "LANGUAGE SQL IMMUTABLE PARALLEL SAFE ROWS 1",
            "AS $$",
            *body,
            "$$",
        ]


class Translated(Postgres):
    """A dialect that sqlglot writes, of what is DuckDB's here: whatever may be an error outside of its domain is
    checked, and only functions that all of them have are called. All names are quoted where sqlglot reads them, and
    afterwards those that have to be."""

    double = "DOUBLE"
    folds = True
    # Whether a quoted name is another one than the same name without quotes.
    quotes_tell = False
    fence = ""
    composed: ClassVar[Mapping[str, Callable[..., Any]]] = {
        **NAN_IS_GREATEST,
        **{name: made for name, made in COMPOSED.items() if name != "root"},
        **BY_CHOICE,
        **GUARDED,
    }
    missing: ClassVar[Mapping[str, str]] = {
        name: f"most dialects have no {name}, and it is not composed of what they have" for name in ("gamma", "lgamma")
    }
    remarks: ClassVar[Sequence[str]] = (
        "Translated by sqlglot, and run by no test of exprgrad.",
        "An engine may raise an error where a sum, product, quotient or power leaves the range of doubles.",
    )

    def __init__(self, name: str) -> None:
        self.name = name

    def quoted(self, name: str) -> str:
        return _in_quotes(name)

    def number(self, text: str) -> str:
        return Dialect.number(self, text)

    def special(self, text: str) -> str:
        return f"CAST('{text.replace('Infinity', 'inf')}' AS {self.double})"

    def isnan(self, x: Text) -> Text:
        return Text(f"isnan({x.text})")

    def select(
        self, levels: Sequence[Sequence[str]], last: Sequence[str], table: str, keep: Sequence[str] | None
    ) -> list[str]:
        return Dialect.select(self, levels, last, table, keep)

    def macro(self, name: str, inputs: Sequence[str], outputs: Sequence[str], body: Sequence[str]) -> list[str]:
        raise UsageError(
            f"a function in {self.name} is not written", hint="leave the form out, or take duckdb or postgres"
        )

    def finished(self, lines: Sequence[str]) -> str:
        try:
            import sqlglot
        except ImportError as problem:
            raise not_loaded(problem, "sqlglot", f"{self.name} is translated by sqlglot", "sql") from None
        language = sqlglot.Dialect.get_or_raise(self.name)
        words = () if self.quotes_tell else {word.lower() for word in language.tokenizer_class.KEYWORDS}
        try:
            statement = sqlglot.parse_one("\n".join(lines), read="duckdb")
            for name in statement.find_all(sqlglot.exp.Identifier):
                name.set("quoted", name.this.lower() in words or quoted(name.this) != name.this)
            text = statement.sql(language, pretty=True)
        except sqlglot.errors.SqlglotError as problem:
            raise UnsupportedError(
                f"sqlglot does not translate this program into {self.name}: {str(problem).splitlines()[0]}",
                hint="take another dialect, or write the program in other names and operations",
            ) from None
        return str(text)


class Snowflake(Translated):
    """Snowflake, which has no function that says what is nan: it is equal to itself there. Its names are in capitals
    unless they are quoted. It has no struct of a row: the last query leaves out what the others name."""

    quotes_tell = True
    spreads = True

    def whole(self, levels: Sequence[Sequence[str]], last: Sequence[str], table: str) -> list[str]:
        named = ", ".join([_name_of(column) for level in levels for column in level])
        body = [[f"{self.row}.*", *levels[0]], *levels[1:]]
        return self.body(body, [f"* EXCLUDE ({named})", *last], table)

    def isnan(self, x: Text) -> Text:
        return Text(f"{x.inside(_COMPARISON + 1)} = {self.special('NaN')}", _COMPARISON)


class Spark(Translated):
    """Spark, whose floor and ceiling are integers."""

    composed: ClassVar[Mapping[str, Callable[..., Any]]] = {**Translated.composed, **WHOLE_AS_INTEGERS}

    def handed(self) -> str:
        return f"STRUCT({self.row}.*) AS {self.row}"


class Sqlite(Translated):
    """SQLite, which has no nan: it is null there. Its literals may be off by a unit in the last place. It would put
    each level into the next, and compute what the first ones name thousands of times. It has no struct of a row: the
    table is joined by the inputs to what is computed of them."""

    kept = "AS MATERIALIZED"
    # It forgets these names of columns, and takes what is quoted so for text.
    unnamed = ("true", "false")

    remarks: ClassVar[Sequence[str]] = (
        "SQLite has no nan: what is nan is null. Its literals may be off by a unit in the last place.",
    )
    composed: ClassVar[Mapping[str, Callable[..., Any]]] = {
        **{name: made for name, made in Translated.composed.items() if name not in NAN_IS_GREATEST},
        **PLAIN_ORDER,
        "root": COMPOSED["root"],
    }

    def whole(self, levels: Sequence[Sequence[str]], last: Sequence[str], table: str) -> list[str]:
        inputs = [column.rpartition(" AS ") for column in levels[0]]
        columns = [*[own for _, _, own in inputs], *[column.rpartition(" AS ")[0] for column in last]]
        first, *others = levels[0]
        numbered = [f"{column} AS d{i}" for i, column in enumerate(columns)]
        body = _indented(self.body([[f"DISTINCT {first}", *others], *levels[1:]], numbered, table))
        same = " AND ".join([f"d.d{i} IS {given}" for i, (given, _, _) in enumerate(inputs)])
        results = [f"d.d{len(inputs) + i} AS {_name_of(column)}" for i, column in enumerate(last)]
        joined = [f"FROM {table} AS {self.row}", "JOIN (", *body, f") AS d ON {same}"]
        return ["SELECT", *_listed([f"{self.row}.*", *results]), *joined]

    def special(self, text: str) -> str:
        return {"NaN": "NULL", "-0": "-0e0"}.get(text, text.replace("Infinity", "9e999"))

    def isnan(self, x: Text) -> Text:
        return Text(f"{x.inside(_COMPARISON + 1)} IS NULL", _COMPARISON)


DIALECTS: Final[Mapping[str, Callable[[], Dialect]]] = {
    "duckdb": DuckDb,
    "postgres": Postgres,
    "spark": lambda: Spark("spark"),
    "databricks": lambda: Spark("databricks"),
    "bigquery": lambda: Translated("bigquery"),
    "snowflake": lambda: Snowflake("snowflake"),
    "sqlite": lambda: Sqlite("sqlite"),
}


class Sql(Writer):
    """Writes a query, or a statement that makes a function."""

    def __init__(
        self,
        dialect: str = "duckdb",
        form: str = "select",
        table: str = "t",
        keep_columns: Sequence[str] | None = None,
    ) -> None:
        """`keep_columns` are those of the table that stay beside what is computed, all where it is None."""
        if not isinstance(table, str) or not all(table.split(".")):
            raise UsageError(f"{expected.shown(table)} names no table", hint="a table is called as in t or schema.t")
        if '"' in table:
            raise UsageError(
                f"{expected.shown(table)} has quotes, which a name that needs them gets here",
                hint="leave them out, as in my table, or schema.my table",
            )
        self._dialect = DIALECTS[dialect]()
        self._form = form
        self._table = table.split(".")
        keep = None if keep_columns is None else expected.names("keep_columns", keep_columns)
        self._keep = None if keep is None else tuple(dict.fromkeys(keep))

    def is_no_function(self, name: str) -> bool:
        return False

    def written(self, task: Writing) -> str:
        task.check()
        for name, operands, span in task.calls:
            if operands == 1 and name in _OF_ROWS:
                raise UnsupportedError(
                    f"{name} of a number is the number itself: a program computes row by row, not over all of them",
                    span,
                    hint=f"leave it out, and write {_OF_ROWS[name]} in a query around this one; "
                    "of files of rows --reduce-rows gives them",
                )
        dialect = self._dialect
        fold = str.casefold if dialect.folds else str
        given = list(dict.fromkeys([variable_of(x.name) for x in task.program.inputs]))
        if self._form == "macro" and any(is_test(x.name) for x in task.program.inputs):
            message = "a function in SQL is of numbers, and the program compares a text"
            raise UnsupportedError(message, hint="leave --sql-form macro out: a query has columns of texts")
        if twice := next((name for i, name in enumerate(given) if fold(name) in map(fold, given[:i])), None):
            raise UnsupportedError(
                f"columns that differ in capitals alone, as {twice}, are one here", hint="rename the variable"
            )
        kept = self._keep or ()
        called = {fold(name) for name, _ in task.outputs}
        if twice := next((name for name in kept if fold(name) in called), None):
            hint = "give the result another name, or do not keep that column"
            raise UsageError(f"a column that is kept is called {twice}, and so is a result", hint=hint)
        dialect.begin({*map(str.lower, [*given, *self._table, *[name for name, _ in task.outputs]])})
        hides = dialect.hides if self._form == "macro" else dialect.spreads and self._keep is None
        kept_as = [_kept(i) for i in range(len(kept))]
        reserved = [_NULL, dialect.row, *dialect.unnamed, *kept_as, *(given if hides else [])]
        found = straight(task, reserved, fold, dialect.composed, dialect.deepest)
        head = [f"-- {line}".rstrip() for line in (*task.head(*self._remarks(task)), *self._usage(task, found))]
        levels, last = _Columns(dialect, found, self._form).all()
        if self._form == "select":
            lines = dialect.select(levels, last, ".".join(map(dialect.quoted, self._table)), self._keep)
        else:
            inputs, outputs = map(dialect.quoted, found.inputs), map(dialect.quoted, found.outputs)
            lines = dialect.macro(task.name, list(inputs), list(outputs), dialect.body(levels, last))
        # A query stands in parentheses and behind CREATE VIEW as it is.
        end = "" if self._form == "select" else ";"
        return "\n".join([*head, dialect.finished(lines)]) + f"{end}\n"

    def _remarks(self, task: Writing) -> list[str]:
        """What is said of the dialect, and of operations that it is asked for."""
        found = list(self._dialect.remarks)
        divided = {"fmod", "mod", "floor_div"} & {
            x.operation.name for x in task.program.instructions() if not x.chooses
        }
        if divided and "fmod" in self._dialect.composed:
            found.append("What is left by a division whose quotient is 2**105 or more is nan here.")
        return found

    def _usage(self, task: Writing, found: Straight) -> list[str]:
        if self._form == "select":
            return []
        dialect = self._dialect
        given = ", ".join([f"t.{dialect.quoted(name)}" for name in found.inputs])
        return [f"In a query: FROM t CROSS JOIN LATERAL {dialect.quoted(task.name)}({given}) AS d"]


class _Columns:
    """The columns of a straight program, level by level: what a level computes reads those below it."""

    def __init__(self, dialect: Dialect, found: Straight, form: str) -> None:
        self._dialect = dialect
        self._straight = found
        self._form = form
        self._levels: dict[str, int] = dict.fromkeys(found.inputs.values(), 0)

    def all(self) -> tuple[list[list[str]], list[str]]:
        """Of each level the columns, and at last those of the outputs, which are null where an input is, or where the
        program has no value."""
        found = self._straight
        levels: list[list[str]] = [[self._input(*names) for names in found.inputs.items()] or ["NULL AS none"]]
        for assignment in found.assignments:
            level = self._level(assignment)
            if level == len(levels):
                levels.append([])
            levels[level].append(self._column(assignment))
        nulls = [f"{self._dialect.quoted(name)} IS NULL" for name in found.inputs.values()]
        if len(nulls) > 1:
            levels += [[]] if len(levels) == 1 else []
            levels[1].append(f"{' OR '.join(nulls)} AS {_NULL}")
            nulls = [_NULL]
        if found.refused is not False:
            nulls.append(self._dialect.text(found.refused).inside(_OR))
        null = f"CASE WHEN {' OR '.join(nulls)} THEN NULL" if nulls else ""
        last = []
        for name, x in found.outputs.items():
            text = self._dialect.text(x)
            if null:
                text = Text(f"{null} {_else(text)} END")
            last.append(f"{text.text} AS {self._dialect.quoted(name)}")
        return levels, last

    def _input(self, name: str, own: str) -> str:
        if (test := as_test(name)) is not None:
            cell = self._dialect.column(f"{self._dialect.row}.{self._dialect.quoted(test.variable)}")
            text = "'" + test.text.replace("'", "''") + "'"
            # As in rows, spaces around a text do not count, and one without anything else is a null.
            found = f"CASE WHEN TRIM({cell}) = {text} THEN 1e0 WHEN TRIM({cell}) <> '' THEN 0e0 END"
            return f"{found} AS {self._dialect.quoted(own)}"
        given = (
            self._dialect.quoted(name) if self._form == "macro" else f"{self._dialect.row}.{self._dialect.quoted(name)}"
        )
        return f"CAST({self._dialect.column(given)} AS {self._dialect.double}) AS {self._dialect.quoted(own)}"

    def _level(self, assignment: Assignment) -> int:
        level = 1 + max([self._levels[name] for name in leaves(assignment.expression)], default=0)
        self._levels[assignment.name] = level
        return level

    def _column(self, assignment: Assignment) -> str:
        text = self._dialect.text(assignment.expression).text
        comment = f"  -- {assignment.source}" if assignment.source else ""
        return f"{text} AS {self._dialect.quoted(assignment.name)}{comment}"


def _kept(place: int) -> str:
    """What a column that is kept is called in subqueries."""
    return f"kept_{place + 1}"


def _name_of(column: str) -> str:
    """The name that a column gets, as it is written."""
    return column.partition("  -- ")[0].rpartition(" AS ")[2]


def _listed(columns: Sequence[str]) -> list[str]:
    """Columns one below the other, with commas between them, before the comments."""
    lines = []
    for i, column in enumerate(columns):
        text, mark, comment = column.partition("  -- ")
        lines.append(f"  {text}{',' if i + 1 < len(columns) else ''}{mark}{comment}")
    return lines


def _indented(lines: Sequence[str]) -> list[str]:
    return [f"  {line}" for line in lines]
