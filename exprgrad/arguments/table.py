"""The table of options: how each is spelled, what it takes, and its line of help.

The scan, click's parser, the checks of which options fit together, the completion and the words of messages all take
them from here. The bare words --mode, --wrt, --var, --help and --version are options for ever; every other option has
a hyphen in its name, which no variable's name has.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

from exprgrad.arguments import texts
from exprgrad.batch.names import ENGINES, REDUCTIONS
from exprgrad.compiled import MODES
from exprgrad.diagnostics import listed
from exprgrad.notations import NOTATIONS
from exprgrad.ops.budget import LOOP_LIMIT, RUN_LIMIT
from exprgrad.outcomes import ERRORS
from exprgrad.plots.scales import SCALES
from exprgrad.records import NamedTuple
from exprgrad.reports import FORMS, TEXT
from exprgrad.rows.formats import BAD_ROWS
from exprgrad.rows.formats import NAMES as ROW_FORMATS
from exprgrad.targets import SQL_OPTIONS, TARGETS
from exprgrad.views import EQUATIONS, FORMATS, GRAPHS, PICTURES, PLOTS, RESULTS

MODE: Final = "--mode"
WRT: Final = "--wrt"
MAX_ORDER: Final = "--max-order"
FETCH_NAMES: Final = "--fetch-names"
FROM_NOTATION: Final = "--from-notation"
DRAW_GRAPH: Final = "--draw-graph"
VAR: Final = "--var"
ALONG_DIRECTION: Final = "--along-direction"
PROGRAM_FILE: Final = "--program-file"
EXACT_DIGITS: Final = "--exact-digits"
STEP_LIMIT: Final = "--step-limit"
VALUES_FROM: Final = "--values-from"
ALLOW_EXTRA_VALUES: Final = "--allow-extra-values"
CHECK_PROGRAM: Final = "--check-program"
OUTPUT_FORMAT: Final = "--output-format"
OUTPUT_FILE: Final = "--output-file"
NUMBER_FORMAT: Final = "--number-format"
DERIVATIVES_ONLY: Final = "--derivatives-only"
FULL_JACOBIAN: Final = "--full-jacobian"
SPARSE_OUTPUT: Final = "--sparse-output"
WEIGHT_BY: Final = "--weight-by"
SHOW_STEPS: Final = "--show-steps"
PLOT_OVER: Final = "--plot-over"
PLOT_TITLE: Final = "--plot-title"
X_LABEL: Final = "--x-label"
Y_LABEL: Final = "--y-label"
Y_SCALE: Final = "--y-scale"
INLINE_NAMES: Final = "--inline-names"
FULL_DOCUMENT: Final = "--full-document"
ROWS_FROM: Final = "--rows-from"
SWEEP_OVER: Final = "--sweep-over"
FROM_COLUMN: Final = "--from-column"
KEEP_COLUMNS: Final = "--keep-columns"
KEEP_TEXT: Final = "--keep-text"
ON_BAD_ROW: Final = "--on-bad-row"
REDUCE_ROWS: Final = "--reduce-rows"
GROUP_BY: Final = "--group-by"
ROW_ENGINE: Final = "--row-engine"
SOLVE_FOR: Final = "--solve-for"
MINIMIZE_OVER: Final = "--minimize-over"
MAXIMIZE_OVER: Final = "--maximize-over"
STANDARD_ERRORS: Final = "--standard-errors"
CSV_SEPARATOR: Final = "--csv-separator"
DECIMAL_COMMA: Final = "--decimal-comma"
THOUSANDS_SEPARATOR: Final = "--thousands-separator"
NO_HEADER: Final = "--no-header"
HEADER_NAMES: Final = "--header-names"
COMMENT_PREFIX: Final = "--comment-prefix"
NULL_MARKERS: Final = "--null-markers"
CSV_ENCODING: Final = "--csv-encoding"
FUNCTION_NAME: Final = "--function-name"
ARGUMENT_ORDER: Final = "--argument-order"
SQL_TABLE: Final = "--sql-table"
SQL_DIALECT: Final = "--sql-dialect"
SQL_FORM: Final = "--sql-form"
LIST_FUNCTIONS: Final = "--list-functions"
QUIET_NOTES: Final = "--quiet-notes"
VERBOSE_NOTES: Final = "--verbose-notes"
ERROR_FORMAT: Final = "--error-format"
HELP: Final = "--help"
VERSION: Final = "--version"


class Option(NamedTuple):
    """An option. `takes` shows its value in the help; one that takes none is a flag, unless it is one of `choices`.

    `read` makes the value of the option's name and the text, or of all texts where it may be given `several` times;
    without it the text is the value. `completes` says what the shell offers: "inputs", "names", "variables",
    "files", "columns", or "columns by name".
    A value that is a whole number may be left out where there is one to take `instead`.
    `default` is what it stands for where it is not given. `parameter` is what `exprgrad.compile`, or `minimize`, calls
    it: messages of the library name that. `command` is what it is called at the prompt, without the colon, if it can be
    set there.
    """

    name: str
    help: str
    takes: str | None = None
    short: str | None = None
    choices: Sequence[str] = ()
    default: Any = None
    read: Callable[[str, Any], Any] | None = None
    several: bool = False
    completes: str | None = None
    parameter: str | None = None
    command: str | None = None
    instead: str | None = None

    @property
    def takes_value(self) -> bool:
        """Whether a value follows."""
        return self.takes is not None or bool(self.choices)

    @property
    def field(self) -> str:
        """Its name among the settings."""
        return self.name[2:].replace("-", "_")

    @property
    def spellings(self) -> list[str]:
        """All that may be written for it."""
        return [self.name] if self.short is None else [self.name, self.short]


class Group(NamedTuple):
    """Options that the help shows together, with an example of them."""

    title: str
    example: str
    options: tuple[Option, ...]


GROUPS: Final = (
    Group(
        "Program and values",
        'exprgrad "u = x^2; y = sin(u)" --x pi/4',
        (
            Option(
                FETCH_NAMES,
                "The names to show instead of the results.",
                "u,v",
                read=texts.some_names,
                completes="names",
                parameter="fetch_names",
            ),
            Option(
                MODE,
                "Define the graph and then run it (static, the default), or define it by running (dynamic). "
                "Both print the same.",
                choices=MODES,
                default=MODES[0],
                parameter="mode",
                command="mode",
            ),
            Option(
                PROGRAM_FILE,
                "The file that holds the program, as @FILE in place of EXPR: for scripts that begin with "
                "#!/usr/bin/env -S exprgrad --program-file.",
                "FILE",
                completes="files",
            ),
            Option(
                FROM_NOTATION,
                f"The notation that EXPR is written in, if it is another one: {listed(tuple(NOTATIONS), 'or')}. It is "
                "translated, and the translation shown.",
                "NOTATION",
                choices=tuple(NOTATIONS),
                parameter="notation",
            ),
            Option(
                STEP_LIMIT,
                f"So many iterations of all loops together at the most, and calls of functions; by default "
                f"{LOOP_LIMIT} iterations of a loop and {RUN_LIMIT} in all.",
                "N",
                read=texts.whole(1, 5000000),
                parameter="step_limit",
                command="limit",
            ),
            Option(
                VAR,
                "A variable of any name, also one that is called like an option.",
                "NAME=VALUE",
                several=True,
                completes="variables",
            ),
            Option(
                VALUES_FROM,
                'Values as in {"a": 15, "b": 20}, JSON, TOML or lines such as a=15; - for standard input. The command '
                "line wins over files, and a later file over an earlier one.",
                "FILE",
                default=(),
                read=texts.file_names,
                several=True,
                completes="files",
            ),
            Option(ALLOW_EXTRA_VALUES, "Files of values may have some that the program does not use."),
            Option(
                CHECK_PROGRAM,
                "Compute nothing: check the program, and write the names of its inputs and results. It needs no "
                "values; where some are given they are checked, too, and each input has to have one.",
            ),
        ),
    ),
    Group(
        "Derivatives",
        'exprgrad "x^3*y" --x 2 --y 5 --wrt x --max-order 2',
        (
            Option(
                WRT,
                'By which inputs to differentiate; all by default, "" for none.',
                "a,b",
                read=texts.names,
                completes="inputs",
                parameter="wrt",
                command="wrt",
            ),
            Option(
                MAX_ORDER,
                "The highest order of derivatives; 1 by default.",
                "N",
                default=1,
                read=texts.whole(0, 2),
                parameter="max_order",
                command="order",
            ),
            Option(
                ALONG_DIRECTION,
                "Derivatives along one direction instead of by each input, by forward mode.",
                "a=1,b=-2",
                parameter="along_direction",
            ),
            Option(
                DERIVATIVES_ONLY,
                "Leave out the values of results: for a script that wants a slope.",
            ),
            Option(
                FULL_JACOBIAN,
                "Of a result with several elements the derivative of each, not of their sum.",
                parameter="full_jacobian",
                command="jacobian",
            ),
            Option(
                SPARSE_OUTPUT,
                "The same, and only the elements that may be other than 0, each with its place.",
                parameter="sparse",
                command="sparse",
            ),
            Option(
                WEIGHT_BY,
                "Of a result with several elements the derivative of their sum weighted by VALUE; "
                "NAME=VALUE where there are several results.",
                "VALUE",
                default=(),
                several=True,
                parameter="weight_by",
            ),
        ),
    ),
    Group(
        "Solving",
        'exprgrad "x^2 == a" --solve-for x --a 2 --x 1',
        (
            Option(
                SOLVE_FOR,
                "The inputs for which equations a == b hold, or all results are 0 if there is none: they start from "
                "their values, or one is looked for between two ends, as in x=0:2. Written with their derivatives by "
                "the other inputs, as are the other results there. Over rows each is solved by itself.",
                "x,y",
                completes="inputs",
            ),
            Option(
                MINIMIZE_OVER,
                "The inputs for which the result is least, or the sum or mean over rows; they start from their values. "
                f"Of several results it is the first of {FETCH_NAMES}.",
                "a,b",
                read=texts.some_names,
                completes="inputs",
            ),
            Option(
                MAXIMIZE_OVER,
                "The same for which it is largest.",
                "a,b",
                read=texts.some_names,
                completes="inputs",
            ),
            Option(
                STANDARD_ERRORS,
                "Write the standard error of each parameter of a fit: of squared residuals, whose scatter tells their "
                "size (scaled) or which are divided by their own standard errors (absolute), or of a negative "
                "log-likelihood (likelihood).",
                "KIND",
                choices=ERRORS,
                parameter="standard_errors",
            ),
        ),
    ),
    Group(
        "Rows",
        'exprgrad "c = a*x^2" --rows-from data.csv --a 3 -o out.csv',
        (
            Option(
                ROWS_FROM,
                "Each row of a CSV, TSV, NDJSON, Parquet or Arrow file is one evaluation, a column the variable of "
                "its name; a pattern, a directory, or - for standard input. With -o the results are columns of a file.",
                "FILE",
                default=(),
                read=texts.file_names,
                several=True,
                completes="files",
            ),
            Option(
                SWEEP_OVER,
                "Rows of a grid instead of a file: x=0:2:0.1 with a step, x=0:2/21 with a number of points, "
                "'x=0.1..10 log 21', or the values as in x=1,10,100; again for each further variable.",
                "RANGE",
                default=(),
                several=True,
                completes="variables",
            ),
            Option(
                FROM_COLUMN,
                "The column that a variable is read from, or a plot's points of a result, if it is called otherwise.",
                "NAME=COLUMN",
                default={},
                read=texts.columns_by_name,
                several=True,
                completes="columns by name",
            ),
            Option(
                KEEP_COLUMNS,
                "Which columns of the input, or of the table of -f sql, stay beside the results: all, the default, "
                "none or names.",
                "a,b",
                read=texts.columns,
                completes="columns",
            ),
            Option(
                KEEP_TEXT,
                "Which columns of text stay text in NDJSON, Parquet and Arrow, also if all of their cells are "
                "numbers: all, none, the default, or names.",
                "a,b",
                default=(),
                read=texts.columns,
                completes="columns",
            ),
            Option(
                ON_BAD_ROW,
                "What becomes of a row that holds no number where one is needed, or cannot be computed: an error, the "
                "default, nulls as results, or it is left out.",
                choices=BAD_ROWS,
                default=BAD_ROWS[0],
            ),
            Option(
                REDUCE_ROWS,
                "What all rows are reduced to instead, and its derivatives by what they share: of max and min those "
                "of the row that reaches it.",
                choices=REDUCTIONS,
            ),
            Option(
                GROUP_BY,
                "The same, or a fit, for each group of rows that have the same cells in these columns, a row each.",
                "a,b",
                default=(),
                read=texts.cells,
                completes="columns",
            ),
            Option(
                ROW_ENGINE,
                "What computes rows: rounded gives the same bytes on every machine, native is faster still and may "
                "differ in the last digits; auto takes rounded where machine code is installed, else numpy.",
                choices=tuple(ENGINES),
                default=next(iter(ENGINES)),
            ),
        ),
    ),
    Group(
        "Files of text",
        'exprgrad "mean(t)" --t @data.csv:t --csv-separator ";" --decimal-comma',
        (
            Option(
                CSV_SEPARATOR,
                "What stands between the cells of files of text: one character, tab, or spaces for any number of them.",
                "';'",
                read=texts.separator,
            ),
            Option(DECIMAL_COMMA, "Numbers in files of text have a comma, as 1,5."),
            Option(
                THOUSANDS_SEPARATOR,
                "What stands between groups of digits in files of text, as in 1,250.5: a comma, a point, a space or an "
                "apostrophe.",
                "','",
                choices=(",", ".", " ", "'"),
            ),
            Option(
                NO_HEADER,
                "Files of text begin with a row of numbers, without names: their columns are c1, c2 and so on.",
            ),
            Option(
                HEADER_NAMES,
                "The same, and what the columns are called instead.",
                "a,b",
                default=(),
                read=texts.cells,
            ),
            Option(
                COMMENT_PREFIX,
                "Lines of files of text that begin so do not count.",
                "PREFIX",
                read=texts.comment,
            ),
            Option(
                NULL_MARKERS,
                "What stands in files of text where there is no number, for example NA,n/a.",
                "NA,n/a",
                default=(),
                read=texts.cells,
            ),
            Option(
                CSV_ENCODING,
                "The encoding of files of text, as Python calls it, for example cp1252 or utf-16; UTF-8 by default.",
                "cp1252",
                read=texts.encoding,
            ),
        ),
    ),
    Group(
        "Pictures",
        'exprgrad "sin(x)/x" --plot-over x=-10:10',
        (
            Option(
                PLOT_OVER,
                "Plot the results and their derivatives over a range of a variable, such as x=-3:3 or 'x=1e-3..1e3 "
                "log', with the points of --rows-from, and with a curve for each value of a list, as k=1,2,3; over two "
                "ranges, contours and gradients. On the terminal, or as a file with -o.",
                "NAME=FROM:TO",
                default=(),
                several=True,
                completes="variables",
            ),
            Option(PLOT_TITLE, "What stands above the plot.", "TEXT"),
            Option(X_LABEL, "What stands at its axis across, instead of the variable's name.", "TEXT"),
            Option(Y_LABEL, "What stands at its axis upright.", "TEXT"),
            Option(
                Y_SCALE,
                "Whether results lie upright by their differences (linear, the default) or by their ratios (log).",
                choices=SCALES,
                default=SCALES[0],
                parameter="y_scale",
            ),
            Option(
                DRAW_GRAPH,
                "Draw the program instead: its static graph, whose nodes are operations, "
                "or the trace of a run, whose nodes are data.",
                choices=tuple(GRAPHS),
            ),
            Option(
                SHOW_STEPS,
                "Write below the results what each operation computes, and what it adds to which derivative.",
            ),
        ),
    ),
    Group(
        "Output",
        'exprgrad "a*b" --a 15 --b 20 -f json',
        (
            Option(
                OUTPUT_FORMAT,
                f"How a result is written: {listed(RESULTS, 'or')}, text by default. Rows are "
                f"{listed(tuple(ROW_FORMATS), 'or')}; a graph is {listed(PICTURES, 'or')}, a plot "
                f"{listed(PLOTS, 'or')}; html is a page to learn from; {listed(tuple(EQUATIONS), 'and')} are the "
                f"program and its derivatives as equations, {listed(tuple(TARGETS), 'and')} programs that compute the "
                "same.",
                "FORMAT",
                short="-f",
                choices=tuple(dict.fromkeys((*FORMATS, *EQUATIONS, *TARGETS, *ROW_FORMATS))),
                command="format",
            ),
            Option(
                OUTPUT_FILE,
                "Write to FILE instead of standard output; an ending such as .json, .svg or .parquet says the format.",
                "FILE",
                short="-o",
                read=texts.file_name,
                completes="files",
            ),
            Option(
                NUMBER_FORMAT,
                "For example .6g; the shortest exact text by default.",
                "FORMAT",
                read=texts.number_format,
                command="numbers",
            ),
            Option(
                EXACT_DIGITS,
                "Prove the digits that are shown: N significant ones, or without N the shortest text of the double "
                "nearest to the true number. Literals and values are the decimals that they are, and pi is π.",
                "[N]",
                read=texts.whole(0, 50),
                instead="0",
            ),
            Option(INLINE_NAMES, "Write equations without the names that the program gives to what it computes."),
            Option(
                FULL_DOCUMENT, "Write equations as a document of their own: LaTeX that compiles, or a page with MathML."
            ),
            Option(
                FUNCTION_NAME,
                "The name of the function that -f python, c, javascript or sql with --sql-form macro writes; f by "
                "default.",
                "NAME",
            ),
            Option(
                ARGUMENT_ORDER,
                "The arguments of the function that is written: those named come first, in this order, the others "
                "behind them by their first use.",
                "a,b",
                read=texts.some_names,
                completes="inputs",
            ),
            Option(
                SQL_TABLE,
                "The table whose columns -f sql takes for the inputs; t by default.",
                "TABLE",
            ),
            Option(
                SQL_DIALECT,
                f"The dialect of -f sql: {listed(SQL_OPTIONS['dialect'], 'or')}; the first by default. Others than "
                "duckdb and postgres need sqlglot.",
                "DIALECT",
                choices=SQL_OPTIONS["dialect"],
            ),
            Option(
                SQL_FORM,
                "What -f sql writes: a query that adds columns to a table (select, the default), or a function to call "
                "in queries (macro).",
                choices=SQL_OPTIONS["form"],
            ),
            Option(
                QUIET_NOTES,
                "Write no notes to standard error, but for rows that were left out.",
                short="-q",
                command="quiet",
            ),
            Option(VERBOSE_NOTES, "Write notes on what is as it should be too: which engine computed rows."),
            Option(
                ERROR_FORMAT,
                "How errors and notes are told: as text, the default, a line of JSON each, or annotations of GitHub's "
                "checks.",
                choices=tuple(FORMS),
                default=TEXT,
            ),
        ),
    ),
    Group(
        "Help",
        "exprgrad --list-functions sinc",
        (
            Option(LIST_FUNCTIONS, "List the functions of the language, or explain the one that EXPR names."),
            Option(HELP, "Show this, and the variables of EXPR.", short="-h"),
            Option(VERSION, "Show the version."),
        ),
    ),
)
TABLE: Final = tuple([option for group in GROUPS for option in group.options])
# What the scan makes something else of: variables, and the expression.
SCANNED: Final = (VAR, PROGRAM_FILE)
# What is not given; a flag is false then.
DEFAULTS: Final[dict[str, Any]] = {
    option.field: option.default if option.takes_value else False for option in TABLE if option.name not in SCANNED
}
# By each spelling.
OPTIONS: Final = {spelling: option for option in TABLE for spelling in option.spellings}
# What a shell sets to ask for completions.
COMPLETE_VARIABLE: Final = "_EXPRGRAD_COMPLETE"
# What options are called elsewhere: words that are tried as names of variables.
ELSEWHERE: Final = {
    **dict.fromkeys(("format", "fmt", "to"), OUTPUT_FORMAT),
    **dict.fromkeys(("output", "out", "save"), OUTPUT_FILE),
    **dict.fromkeys(("precision", "digits", "decimals"), NUMBER_FORMAT),
    **dict.fromkeys(("order", "derivative", "derivatives"), MAX_ORDER),
    **dict.fromkeys(("file", "input", "rows", "csv"), ROWS_FROM),
    **dict.fromkeys(("by", "groupby", "group"), GROUP_BY),
    **dict.fromkeys(("sep", "separator", "delimiter"), CSV_SEPARATOR),
    "encoding": CSV_ENCODING,
    **dict.fromkeys(("plot", "draw"), PLOT_OVER),
    **dict.fromkeys(("sweep", "range"), SWEEP_OVER),
    **dict.fromkeys(("solve", "root"), SOLVE_FOR),
    **dict.fromkeys(("minimize", "fit", "optimize"), MINIMIZE_OVER),
    **dict.fromkeys(("graph", "trace"), DRAW_GRAPH),
    **dict.fromkeys(("quiet", "silent"), QUIET_NOTES),
    **dict.fromkeys(("functions", "list"), LIST_FUNCTIONS),
    **dict.fromkeys(("respect", "inputs", "variables"), WRT),
    **dict.fromkeys(("values", "params", "config"), VALUES_FROM),
    **dict.fromkeys(("check", "validate", "lint"), CHECK_PROGRAM),
}
