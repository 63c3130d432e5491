"""The options: click's table of them, their checks, the help and the completion.

The bare words --mode, --wrt, --var, --help and --version are options for ever; every other option has a
hyphen in its name, which no variable's name has.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Final

import click
from click.core import ParameterSource

from exprgrad.arguments.program import program_text
from exprgrad.arguments.scan import FETCH, ROWS_FROM, VAR, WRT, Arguments, Given, Option, option_for, scan
from exprgrad.batch.names import ENGINES, REDUCTIONS
from exprgrad.compiled import MODES
from exprgrad.diagnostics import ExprError, UsageError, suggest
from exprgrad.files import STANDARD
from exprgrad.ops.budget import LOOP_LIMIT, RUN_LIMIT
from exprgrad.records import NamedTuple
from exprgrad.rows.contract import BAD_ROWS, BadRows
from exprgrad.rows.formats import NAMES as ROW_FORMATS
from exprgrad.syntax.parser import normalized
from exprgrad.targets import TARGETS
from exprgrad.views import FORMATS, GRAPHS
from exprgrad.views.numbers import formatted

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from exprgrad.syntax.names import Names


class Settings(NamedTuple):
    """The options of one command line, checked."""

    expression: str | None
    mode: str
    wrt: tuple[str, ...] | None
    max_order: int
    fetch_names: tuple[str, ...] | None
    along_direction: str | None
    step_limit: int | None
    draw_graph: str | None
    values_from: str | None
    output_format: str | None
    output_file: str | None
    number_format: str | None
    full_jacobian: bool
    sparse_output: bool
    weight_by: tuple[str, ...]
    show_steps: bool
    rows_from: tuple[str, ...]
    from_column: dict[str, str]
    keep_columns: tuple[str, ...] | None
    keep_text: tuple[str, ...] | None
    on_bad_row: BadRows
    reduce_rows: str | None
    row_engine: str
    list_functions: bool
    quiet_notes: bool
    help: bool
    version: bool
    given: frozenset[str]  # the options that the command line has, by the names of these fields


class _OneOf(click.Choice):  # type: ignore[type-arg]  # before click 8.2 not generic
    """A choice whose error is like ours."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        if value in self.choices:
            return str(value)
        assert param is not None
        option, near = max(param.opts, key=len), suggest(value, self.choices)
        hint = f"did you mean {near}?" if near else f"write {option} {self.choices[0]}"
        if "-" not in option[2:] and not near:
            hint += f", or {VAR} {option[2:]}=... for a variable of that name"
        raise UsageError(f"{option} is one of {', '.join(self.choices)}, found {value!r}", hint=hint)


class _Read(click.ParamType):  # type: ignore[type-arg]  # before click 8.2 not generic
    """What a function reads from a text. Its errors are ours; click's type for functions would take each of them,
    since it is a ValueError, too, as the message of one of click's."""

    name = "text"

    def __init__(self, read: Callable[[str], Any]) -> None:
        self._read = read

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        return self._read(value)


def _whole(option: str, least: int, example: int) -> Callable[[str], int]:
    """A type for whole numbers."""

    def whole(text: str) -> int:
        # int() alone would take "1_0"; beyond some thousand digits it gives up, and so many are as good as more.
        digits = text.lstrip("0")[:1000] or "0"
        if not (text.isascii() and text.isdigit()) or int(digits) < least:
            message = f"{option} is a whole number from {least} on, found {text!r}"
            raise UsageError(message, hint=f"write {option} {example}")
        return int(digits)

    return whole


def _names(text: str) -> tuple[str, ...]:
    if not text.strip():
        return ()
    names = tuple(normalized(name.strip()) for name in text.split(","))
    for name in names:
        if not name.isidentifier():
            raise UsageError(f"expected names with commas between them, found {text!r}", hint="write a,b")
    return names


def _some_names(text: str) -> tuple[str, ...]:
    names = _names(text)
    if not names:
        raise UsageError("--fetch-names needs a name", hint="write --fetch-names u,v")
    return names


def _columns(option: str) -> Callable[[str], tuple[str, ...] | None]:
    """A type for the columns of `a,"b, c"`, () for none, and None for all."""

    def columns(text: str) -> tuple[str, ...] | None:
        if text == "all":
            return None
        if text == "none":
            return ()
        import csv

        names = tuple(name for line in csv.reader([text], skipinitialspace=True) for name in line)
        if not names or not all(names):
            raise UsageError(f"{option} takes all, none or names, found {text!r}", hint=f"write {option} id,x")
        return names

    return columns


def _from_columns(context: click.Context, param: click.Parameter, texts: tuple[str, ...]) -> dict[str, str]:
    """The columns of inputs that are called otherwise."""
    found: dict[str, str] = {}
    for text in texts:
        name, equals, column = text.partition("=")
        name = normalized(name.strip())
        if not equals or not name.isidentifier() or not column:
            raise UsageError(f"--from-column takes NAME=COLUMN, found {text!r}", hint='--from-column x="Price USD"')
        if name in found:
            raise UsageError(f"--from-column names {name} twice", hint="write it once")
        found[name] = column
    return found


def _number_format(text: str) -> str:
    if formatted(text) is None:
        raise UsageError(
            f"{text!r} is no number format",
            hint="write .6g, .2f or 12.4e: [sign][#][0][width][.precision] and one of e, f, g",
        )
    return text


class _File(click.ParamType):  # type: ignore[type-arg]  # before click 8.2 not generic
    """The name of a file, which completion offers; it may not be empty."""

    name = "file"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        if not value:
            assert param is not None
            raise UsageError(f"{param.opts[0]} needs the name of a file", hint=f"write {param.opts[0]} FILE")
        return str(value)

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        return click.Path().shell_complete(ctx, param, incomplete)


class _Option(click.Option):
    """An option whose help is one line: click would clean it up by `inspect`, at every start."""

    def __init__(self, *args: Any, help: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.help = help


class _Command(click.Command):
    """Runs the scan before click's parser, and knows the variables of the expression typed so far."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        typed = _before_cursor(args) if ctx.resilient_parsing else _Typed(scan(args, OPTIONS))
        ctx.obj = typed
        clean = [name if value is None else f"{name}={value}" for name, value in typed.arguments.options]
        if typed.arguments.expression is not None:
            clean += ["--", typed.arguments.expression]
        return super().parse_args(ctx, clean)

    def collect_usage_pieces(self, ctx: click.Context) -> list[str]:
        return ["EXPR", "[--NAME VALUE]...", "[OPTIONS]"]

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        variables = _variables(ctx.obj.arguments.expression)
        if variables:
            with formatter.section("Variables"):
                formatter.write_dl([(option_for(name, OPTIONS), what) for name, what in variables.items()])
        super().format_options(ctx, formatter)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """The variables that have no value yet, and behind a dash the options."""
        from click.shell_completion import CompletionItem

        arguments, waits_for_value = ctx.obj
        if waits_for_value:
            return []
        given = {name for name, _, _ in arguments.variables}
        words = {f"--{name}": what for name, what in _variables(arguments.expression).items() if name not in given}
        found = [
            CompletionItem(word, help=what)
            for word, what in words.items()
            if word.startswith(incomplete) and word not in OPTIONS
        ]
        return found + super().shell_complete(ctx, incomplete)


class _Typed(NamedTuple):
    """What was typed so far, and whether its last word waits for a value."""

    arguments: Arguments
    waits_for_value: bool = False


def _before_cursor(args: list[str]) -> _Typed:
    """A command line that is still being typed."""
    for words, waits in ((args, False), (args[:-1], True)):
        try:
            return _Typed(scan(words, OPTIONS), waits)
        except UsageError:
            pass
    return _Typed(Arguments(None, (), ()), True)


def _variables(expression: str | None) -> dict[str, str]:
    """The variables of an expression, each with a remark; none of one that is wrong or not typed yet."""
    from exprgrad.syntax.names import CONSTANTS

    names = _names_of(expression)
    if names is None:
        return {}
    variables = {name: f"input {i}" for i, name in enumerate(names.inputs, 1)}
    return variables | {name: f"{CONSTANTS[name]} unless given" for name in names.constants}


def _names_of(expression: str | None) -> Names | None:
    """The names of an expression; None for one that is wrong or not typed yet."""
    from exprgrad.syntax.names import resolve
    from exprgrad.syntax.parser import parse

    if expression is None or expression == STANDARD:
        return None
    try:
        return resolve(parse(program_text(expression)))
    except ExprError:
        return None


def _complete_var(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Behind --var the names of all variables."""
    from click.shell_completion import CompletionItem

    names = _variables(ctx.obj.arguments.expression)
    return [CompletionItem(f"{name}=", help=what) for name, what in names.items() if name.startswith(incomplete)]


def _complete_names(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Behind --wrt the inputs, behind --fetch-names all names; behind a comma the next one."""
    from click.shell_completion import CompletionItem

    before, comma, last = incomplete.rpartition(",")
    names = _names_of(ctx.obj.arguments.expression)
    if names is None:
        return []
    found = [*names.inputs] if param.name == "wrt" else [*names.assigned, *names.inputs]
    chosen = before.split(",")
    return [CompletionItem(before + comma + name) for name in found if name.startswith(last) and name not in chosen]


COMMAND: Final = _Command(
    "exprgrad",
    params=[
        click.Argument(["expression"], metavar="EXPR", required=False),
        _Option(
            ["--mode"],
            type=_OneOf(list(MODES)),
            default=MODES[0],
            help="Define the graph and then run it (static, the default), or define it by running (dynamic). "
            "Both print the same.",
        ),
        _Option(
            [WRT],
            type=_Read(_names),
            metavar="a,b",
            shell_complete=_complete_names,
            help='By which inputs to differentiate; all by default, "" for none.',
        ),
        _Option(
            ["--max-order"],
            type=_Read(_whole("--max-order", 0, 2)),
            default="1",
            metavar="N",
            help="The highest order of derivatives; 1 by default.",
        ),
        _Option(
            [FETCH],
            type=_Read(_some_names),
            metavar="u,v",
            shell_complete=_complete_names,
            help="The names to show instead of the results.",
        ),
        _Option(
            ["--draw-graph"],
            type=_OneOf(list(GRAPHS)),
            help="Draw the program instead: its static graph, whose nodes are operations, "
            "or the trace of a run, whose nodes are data.",
        ),
        _Option(
            [VAR],
            metavar="NAME=VALUE",
            multiple=True,
            expose_value=False,
            shell_complete=_complete_var,
            help="A variable of any name, also one that is called like an option.",
        ),
        _Option(
            ["--along-direction"],
            metavar="a=1,b=-2",
            help="Derivatives along one direction instead of by each input, by forward mode.",
        ),
        _Option(
            ["--step-limit"],
            type=_Read(_whole("--step-limit", 1, 5000000)),
            metavar="N",
            help=f"So many iterations of all loops together at the most, and calls of functions; by default "
            f"{LOOP_LIMIT} iterations of a loop and {RUN_LIMIT} in all.",
        ),
        _Option(
            ["--values-from"],
            type=_File(),
            metavar="FILE",
            help='Values as in {"a": 15, "b": 20}; - for standard input.',
        ),
        _Option(
            ["--output-format", "-f"],
            type=_OneOf([*FORMATS, *TARGETS, *ROW_FORMATS]),
            help="How the result is written; text by default. A graph is text, dot, mermaid or svg, rows are csv to "
            "arrow; python is a function that computes the same, and takes no values.",
        ),
        _Option(
            ["--output-file", "-o"],
            type=_File(),
            metavar="FILE",
            help="Write to FILE instead of standard output; an ending such as .json, .svg or .parquet says the format.",
        ),
        _Option(
            ["--number-format"],
            type=_Read(_number_format),
            metavar="FORMAT",
            help="For example .6g; the shortest exact text by default.",
        ),
        _Option(
            ["--full-jacobian"],
            is_flag=True,
            help="Of a result with several elements the derivative of each, not of their sum.",
        ),
        _Option(
            ["--sparse-output"],
            is_flag=True,
            help="The same, and only the elements that may be other than 0, each with its place.",
        ),
        _Option(
            ["--weight-by"],
            metavar="VALUE",
            multiple=True,
            help="Of a result with several elements the derivative of their sum weighted by VALUE; "
            "NAME=VALUE where there are several results.",
        ),
        _Option(
            ["--show-steps"],
            is_flag=True,
            help="Write below the results what each operation computes, and what it adds to which derivative.",
        ),
        _Option(
            [ROWS_FROM],
            type=_File(),
            metavar="FILE",
            multiple=True,
            help="Each row of a CSV, TSV, NDJSON, Parquet or Arrow file is one evaluation, a column the variable of "
            "its name; a pattern, a directory, or - for standard input. With -o the results are columns of a file.",
        ),
        _Option(
            ["--from-column"],
            metavar="NAME=COLUMN",
            multiple=True,
            callback=_from_columns,
            help="The column that a variable is read from, if it is called otherwise.",
        ),
        _Option(
            ["--keep-columns"],
            type=_Read(_columns("--keep-columns")),
            default="all",
            metavar="a,b",
            help="Which columns of the input the output holds: all, the default, none or names.",
        ),
        _Option(
            ["--keep-text"],
            type=_Read(_columns("--keep-text")),
            default="none",
            metavar="a,b",
            help="Which columns of text stay text in NDJSON, Parquet and Arrow, also if all of their cells are "
            "numbers: all, none, the default, or names.",
        ),
        _Option(
            ["--on-bad-row"],
            type=_OneOf(list(BAD_ROWS)),
            default=BAD_ROWS[0],
            help="What becomes of a row that holds no number where one is needed, or cannot be computed: an error, the "
            "default, nulls as results, or it is left out.",
        ),
        _Option(
            ["--reduce-rows"],
            type=_OneOf(list(REDUCTIONS)),
            help="The sum or mean over all rows instead, and its derivatives by what all rows share.",
        ),
        _Option(
            ["--row-engine"],
            type=_OneOf(list(ENGINES)),
            default=next(iter(ENGINES)),
            help="What computes rows: native is machine code, rounded gives the same bytes on every machine; "
            "auto takes the fastest that is installed.",
        ),
        _Option(["--list-functions"], is_flag=True, help="List the functions of the language."),
        _Option(["--quiet-notes", "-q"], is_flag=True, help="Write no notes to standard error."),
        _Option(["--help", "-h"], is_flag=True, help="Show this, and the variables of EXPR."),
        _Option(["--version"], is_flag=True, help="Show the version."),
    ],
    help="""Values and exact derivatives of equations.

    EXPR is text, - for standard input, or @FILE. Every name that it does not compute is an input: give it as
    --NAME VALUE. VALUE is a constant expression such as -5, 1/3 or 2*pi, or @FILE (.npy, .txt, .csv). Behind
    -- everything is EXPR.

    \b
      exprgrad "a*b" --a 15 --b 20
      exprgrad "u = x**2; y = sin(u)" --x pi/4 --max-order 2""",
    epilog="""\b
    Completion of options and variables, also with zsh_source and fish_source:
      eval "$(_EXPRGRAD_COMPLETE=bash_source exprgrad)\"""",
    add_help_option=False,
    context_settings={"terminal_width": 80, "max_content_width": 80},
)
COMPLETE_VARIABLE: Final = "_EXPRGRAD_COMPLETE"

OPTIONS: Final = {
    spelling: Option(max(option.opts, key=len), not option.is_flag, option.multiple)
    for option in COMMAND.params
    if isinstance(option, click.Option)
    for spelling in option.opts
}


# How messages of the library write options, by Python's names.
_PARAMETER: Final = (
    r"(?<!--var )\b(mode|wrt|max_order|fetch_names|step_limit|along_direction|full_jacobian|sparse|weight_by)="
    r"(?:\{\"(\w+)\": ([^}]*)\}|\"(\w+)\")?"
)


def spelled(message: str) -> str:
    """A message of the library with the options as the command line has them: `--max-order` for `max_order=`."""

    def option(match: re.Match[str]) -> str:
        name = {"sparse": "sparse-output"}.get(match[1], match[1].replace("_", "-"))
        value = f" {match[2]}={match[3]}" if match[2] else f" {match[4]}" if match[4] else ""
        return f"--{name}{value}"

    return re.sub(_PARAMETER, option, message)


class Request(NamedTuple):
    """What one command line asks for."""

    settings: Settings
    variables: tuple[Given, ...]
    help: str | None


def request(argv: Sequence[str]) -> Request:
    """Reads a command line. Raises UsageError for what no command line may hold, whatever the program."""
    with COMMAND.make_context("exprgrad", list(argv)) as context:
        given = [name for name in context.params if context.get_parameter_source(name) is ParameterSource.COMMANDLINE]
        settings = Settings(**context.params, given=frozenset(given))
        if settings.draw_graph is not None:
            mode = GRAPHS[settings.draw_graph]
            if settings.mode != mode and "mode" in given:
                other = next(name for name in GRAPHS if GRAPHS[name] == settings.mode)
                raise UsageError(
                    f"--draw-graph {settings.draw_graph} draws what {mode} mode makes",
                    hint=f"leave out --mode {settings.mode}, or write --draw-graph {other}",
                )
            settings = settings._replace(mode=mode)
        help = f"{context.get_help()}\n" if settings.help else None
        return Request(settings, context.obj.arguments.variables, help)


def complete(instruction: str) -> str:
    """The answer to a shell that asks for completions, or for the script that makes it ask."""
    from click.shell_completion import get_completion_class

    shell, _, what = instruction.partition("_")
    kind = get_completion_class(shell)
    if kind is None or what not in ("source", "complete"):
        raise UsageError(f"{COMPLETE_VARIABLE} is {instruction!r}", hint="write bash_source, zsh_source or fish_source")
    shell_complete = kind(COMMAND, {}, "exprgrad", COMPLETE_VARIABLE)
    try:
        return (shell_complete.source() if what == "source" else shell_complete.complete()) + "\n"
    except (KeyError, ValueError):
        raise UsageError(
            f"{COMPLETE_VARIABLE} is {instruction!r}, but no command line came with it",
            hint=f"it is set by what {shell}_source prints",
        ) from None
