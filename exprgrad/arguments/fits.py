"""Which options fit together: what would have no effect is refused, by one table."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, Final

from exprgrad.arguments import table as T
from exprgrad.arguments.number_files import may_be_text
from exprgrad.batch.names import REDUCTIONS, SMOOTH
from exprgrad.diagnostics import UsageError, listed
from exprgrad.files import ending_of
from exprgrad.records import NamedTuple

if TYPE_CHECKING:
    from exprgrad.arguments.options import Request

# What a command line may have beside the options: an expression, and values for variables.
EXPRESSION: Final = "expression"
VARIABLES: Final = "variables"
# What it may be beside that, which no option alone says.
FILELESS: Final = "no file of text"
UNFILED: Final = "no file of values"
ROWLESS: Final = "no rows"
TABLELESS: Final = "no rows and no table of SQL"
MANY: Final = "rows"
EACH: Final = "rows with a value each"
IDLE: Final = "a graph without values"
WRITTEN: Final = "a program that is written down"
# What files of text are like.
FILES_OF_TEXT: Final = (
    *(T.CSV_SEPARATOR, T.DECIMAL_COMMA, T.NO_HEADER, T.HEADER_NAMES, T.COMMENT_PREFIX, T.NULL_MARKERS),
    *(T.THOUSANDS_SEPARATOR, T.CSV_ENCODING),
)
# What says how a function that is written down is called.
FUNCTION: Final = (T.FUNCTION_NAME, T.ARGUMENT_ORDER)
# What is found by many evaluations.
FINDING: Final = (T.SOLVE_FOR, T.MINIMIZE_OVER, T.MAXIMIZE_OVER)
UNFITTED: Final = "what is not minimized"
UNPLOTTED: Final = "what is no plot"
NOT_SQL: Final = "what is not written as SQL"
MACRO: Final = "a function in SQL"
PROMPT: Final = "a session at the prompt"


class Rule(NamedTuple):
    """Beside `asked`, an option or one of the above, `others` have no effect, None stands for all. `message` says so of
    `{other}`, and `hint` what to do."""

    asked: str
    others: Collection[str] | None
    message: str
    hint: str = "leave it out"


_BESIDE_LISTS: Final = [
    VARIABLES,
    *(option.name for option in T.TABLE if option.name not in (T.LIST_FUNCTIONS, T.ERROR_FORMAT)),
]
# What says something of a program that is not computed: what it is, how values are given, how all of this is told.
_CHECKED: Final = (
    *(T.CHECK_PROGRAM, T.VAR, T.PROGRAM_FILE, T.FROM_NOTATION, T.MODE, T.FETCH_NAMES),
    *(T.VALUES_FROM, T.ALLOW_EXTRA_VALUES, *FILES_OF_TEXT),
    *(T.OUTPUT_FORMAT, T.OUTPUT_FILE, T.QUIET_NOTES, T.ERROR_FORMAT, T.HELP),
)
# What is no evaluation of numbers, or gives its numbers digits of its own.
_UNPROVEN: Final = (
    *(T.ALONG_DIRECTION, T.FULL_JACOBIAN, T.SPARSE_OUTPUT, T.WEIGHT_BY, T.NUMBER_FORMAT, T.DRAW_GRAPH, T.SHOW_STEPS),
    *(T.ROWS_FROM, T.SWEEP_OVER, T.PLOT_OVER, *FINDING),
)
RULES: Final = (
    Rule(
        PROMPT,
        [option.name for option in T.TABLE if option.command is None and option.name not in (T.VAR, T.VALUES_FROM)],
        "there is no expression, and {other} does not fit a prompt",
        'write exprgrad "a*b" with it',
    ),
    Rule(T.VERSION, None, f"{{other}} does nothing beside {T.VERSION}"),
    Rule(T.LIST_FUNCTIONS, _BESIDE_LISTS, f"{{other}} does nothing beside {T.LIST_FUNCTIONS}"),
    Rule(
        T.CHECK_PROGRAM,
        [option.name for option in T.TABLE if option.name not in _CHECKED],
        f"{{other}} does nothing beside {T.CHECK_PROGRAM}, where nothing is computed",
    ),
    Rule(
        T.EXACT_DIGITS,
        _UNPROVEN,
        f"{{other}} cannot be combined with {T.EXACT_DIGITS}",
        "leave one of them out: proven digits are of values at a point, and of derivatives by inputs",
    ),
    Rule(
        T.QUIET_NOTES, [T.VERBOSE_NOTES], f"{{other}} cannot be combined with {T.QUIET_NOTES}", "leave one of them out"
    ),
    Rule(
        ROWLESS,
        [
            T.FROM_COLUMN,
            T.REDUCE_ROWS,
            T.GROUP_BY,
            T.KEEP_TEXT,
            T.ON_BAD_ROW,
            T.ROW_ENGINE,
            T.VERBOSE_NOTES,
        ],
        "{other} is about rows",
        f"add {T.ROWS_FROM} FILE or {T.SWEEP_OVER} x=0:2:0.1",
    ),
    Rule(
        TABLELESS,
        [T.KEEP_COLUMNS],
        "{other} is about rows, or a table of SQL",
        f"add {T.ROWS_FROM} FILE or {T.SWEEP_OVER} x=0:2:0.1, or {T.OUTPUT_FORMAT} sql",
    ),
    Rule(
        FILELESS,
        FILES_OF_TEXT,
        "{other} is about files of text",
        f"add {T.ROWS_FROM} FILE, or give the numbers of a file, as in --x @FILE",
    ),
    Rule(UNFITTED, [T.STANDARD_ERRORS], "{other} is about a fit", f"add {T.MINIMIZE_OVER} a,b"),
    Rule(
        UNPLOTTED,
        [T.PLOT_TITLE, T.X_LABEL, T.Y_LABEL, T.Y_SCALE],
        "{other} is about a plot",
        f"add {T.PLOT_OVER} x=-3:3",
    ),
    Rule(
        UNFILED,
        [T.ALLOW_EXTRA_VALUES],
        "{other} is about files of values",
        f"add {T.VALUES_FROM} FILE",
    ),
    *(
        Rule(other, [T.DERIVATIVES_ONLY], "{other} is about one result", "leave it out")
        for other in (T.PLOT_OVER, T.DRAW_GRAPH, T.GROUP_BY, WRITTEN, EACH)
    ),
    Rule(T.HEADER_NAMES, [T.NO_HEADER], f"{{other}} does nothing beside {T.HEADER_NAMES}, which says the same"),
    Rule(
        T.SWEEP_OVER,
        [T.ROWS_FROM],
        f"{{other}} cannot be combined with {T.SWEEP_OVER}, which makes rows itself",
        "leave one of them out",
    ),
    Rule(
        T.SWEEP_OVER,
        [T.FROM_COLUMN, T.KEEP_TEXT],
        f"{{other}} cannot be combined with {T.SWEEP_OVER}: it is about files",
    ),
    Rule(
        MANY,
        [T.DRAW_GRAPH, T.SHOW_STEPS, T.FULL_JACOBIAN, T.SPARSE_OUTPUT, T.WEIGHT_BY],
        "{other} cannot be combined with rows, which are many evaluations",
    ),
    Rule(MANY, [T.INLINE_NAMES, T.FULL_DOCUMENT], "{other} cannot be combined with rows: it is about equations"),
    Rule(
        MANY,
        FUNCTION,
        "{other} cannot be combined with rows: it is about a program that is written down",
    ),
    Rule(
        T.REDUCE_ROWS,
        [T.KEEP_COLUMNS, T.KEEP_TEXT],
        f"{{other}} cannot be combined with {T.REDUCE_ROWS}, which keeps no rows",
    ),
    Rule(
        EACH,
        [T.GROUP_BY],
        "{other} is about what rows are reduced to",
        f"add {T.REDUCE_ROWS} {listed(REDUCTIONS, 'or')}",
    ),
    Rule(
        T.SOLVE_FOR,
        [T.REDUCE_ROWS, T.ROW_ENGINE],
        f"{{other}} cannot be combined with {T.SOLVE_FOR}, which solves each row by itself",
    ),
    Rule(
        EACH,
        [T.MINIMIZE_OVER, T.MAXIMIZE_OVER],
        "{other} cannot be combined with rows, which have a value each",
        f"add {T.REDUCE_ROWS} {listed(SMOOTH, 'or')}",
    ),
    *(
        Rule(
            finding,
            [
                *(T.DRAW_GRAPH, T.SHOW_STEPS, T.ALONG_DIRECTION, T.FULL_JACOBIAN, T.SPARSE_OUTPUT, T.WEIGHT_BY),
                *[other for other in FINDING if other != finding],
            ],
            f"{{other}} cannot be combined with {finding}",
        )
        for finding in FINDING
    ),
    Rule(
        T.PLOT_OVER,
        [T.SWEEP_OVER],
        f"{{other}} cannot be combined with {T.PLOT_OVER}, which computes the program at points of its own",
        "leave one of them out; rows that are written with -o can be plotted elsewhere",
    ),
    Rule(
        T.PLOT_OVER,
        [T.KEEP_COLUMNS, T.KEEP_TEXT, T.REDUCE_ROWS, T.GROUP_BY, T.ROW_ENGINE, T.VERBOSE_NOTES],
        f"{{other}} cannot be combined with {T.PLOT_OVER}, where rows are points that are drawn",
    ),
    Rule(
        T.PLOT_OVER,
        [T.MINIMIZE_OVER, T.MAXIMIZE_OVER],
        f"{{other}} cannot be combined with {T.PLOT_OVER}",
        f"leave one of them out; {T.VALUES_FROM} reads what a fit with {T.OUTPUT_FILE} fit.json found",
    ),
    Rule(
        T.PLOT_OVER,
        [T.DRAW_GRAPH, T.SHOW_STEPS, T.NUMBER_FORMAT, T.INLINE_NAMES, T.FULL_DOCUMENT, *FUNCTION],
        f"{{other}} cannot be combined with {T.PLOT_OVER}, which draws curves",
    ),
    Rule(
        T.PLOT_OVER,
        [T.ALONG_DIRECTION, T.FULL_JACOBIAN, T.SPARSE_OUTPUT, T.WEIGHT_BY],
        f"{{other}} cannot be combined with {T.PLOT_OVER}, which shows derivatives by inputs, of numbers",
        f"leave it out; {T.WRT} chooses the inputs",
    ),
    Rule(
        T.DRAW_GRAPH,
        [T.SHOW_STEPS],
        f"{{other}} cannot be combined with {T.DRAW_GRAPH}: steps are text for a reader",
        "leave one of them out",
    ),
    Rule(
        T.DRAW_GRAPH,
        [T.FULL_JACOBIAN, T.SPARSE_OUTPUT],
        f"{{other}} cannot be combined with {T.DRAW_GRAPH}, which shows the derivatives of a sum",
    ),
    *(
        rule
        for view in (T.DRAW_GRAPH, T.SHOW_STEPS)
        for rule in (
            Rule(
                view,
                [T.ALONG_DIRECTION],
                f"{{other}} cannot be combined with {view}, which shows the derivatives of the backward pass",
                f"leave it out; {T.WRT} chooses the inputs",
            ),
            Rule(
                view,
                [T.WEIGHT_BY],
                f"{{other}} cannot be combined with {view}",
                "write sum(w*result) in the program",
            ),
        )
    ),
    Rule(
        IDLE,
        [T.MAX_ORDER, T.WRT, T.STEP_LIMIT],
        "{other} cannot be combined with a graph without values, where nothing is computed",
        "leave it out, or give each input a value",
    ),
    Rule(
        WRITTEN,
        [T.MODE, T.STEP_LIMIT, T.NUMBER_FORMAT, T.SHOW_STEPS, *FINDING],
        "{other} does nothing where the program is written down",
    ),
    Rule(
        WRITTEN,
        [T.FULL_JACOBIAN, T.SPARSE_OUTPUT, T.WEIGHT_BY],
        "{other} cannot be combined with a program that is written down, whose results are numbers",
    ),
    Rule(NOT_SQL, [T.SQL_TABLE, T.SQL_DIALECT, T.SQL_FORM], "{other} is about SQL", f"add {T.OUTPUT_FORMAT} sql"),
    Rule(
        MACRO, [T.SQL_TABLE, T.KEEP_COLUMNS], f"{{other}} does nothing beside {T.SQL_FORM} macro, which reads no table"
    ),
    Rule(
        T.ALONG_DIRECTION,
        [T.WRT],
        f"{{other}} cannot be combined with {T.ALONG_DIRECTION}, which names the inputs itself",
        "leave one of them out",
    ),
    Rule(
        T.ALONG_DIRECTION,
        [T.FULL_JACOBIAN, T.SPARSE_OUTPUT, T.WEIGHT_BY],
        f"{{other}} cannot be combined with {T.ALONG_DIRECTION}: along it each element has one derivative",
        "leave one of them out",
    ),
    Rule(
        T.WEIGHT_BY,
        [T.FULL_JACOBIAN, T.SPARSE_OUTPUT],
        f"{{other}} cannot be combined with {T.WEIGHT_BY}, which sums the elements up",
        "leave one of them out",
    ),
)


def check(request: Request, *kinds: str) -> None:
    """Raises a UsageError for the first option that has no effect beside the others. `kinds`, IDLE, WRITTEN and
    PROMPT, are what the command line turned out to be."""
    settings = request.settings
    asked = {*settings.given, *kinds}
    if settings.expression is not None:
        asked.add(EXPRESSION)
    if request.variables:
        asked.add(VARIABLES)
    if not (settings.rows_from or any(map(may_be_text, request.files_of_numbers))):
        asked.add(FILELESS)
    if not settings.values_from:
        asked.add(UNFILED)
    if settings.minimize_over is None and settings.maximize_over is None:
        asked.add(UNFITTED)
    if not settings.plot_over:
        asked.add(UNPLOTTED)
    if settings.has_rows:
        asked.add(MANY)
        if settings.reduce_rows is None:
            asked.add(EACH)
    is_sql = (settings.output_format or ending_of(settings.output_file or "").removeprefix(".")) == "sql"
    if not is_sql:
        asked.add(NOT_SQL)
    if not (settings.rows_from or settings.sweep_over):
        asked.add(ROWLESS)
        if not is_sql:
            asked.add(TABLELESS)
    if settings.sql_form == "macro":
        asked.add(MACRO)
    names = [EXPRESSION, VARIABLES, *(option.name for option in T.TABLE)]
    for rule in RULES:
        if rule.asked not in asked:
            continue
        for other in names:
            counts = other in rule.others if rule.others is not None else other != rule.asked
            if counts and other in asked:
                raise UsageError(rule.message.format(other=_written(other, request)), hint=rule.hint)


def _written(name: str, request: Request) -> str:
    if name == EXPRESSION:
        return "an expression"
    if name == VARIABLES:
        return request.variables[0].place
    return name
