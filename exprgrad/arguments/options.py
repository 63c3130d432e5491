"""The options as click has them: a command line read into `Settings`, the help and the completion."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, Any, Final

import click

from exprgrad.arguments.program_text import program_text
from exprgrad.arguments.scan import Arguments, Given, option_for, scan
from exprgrad.arguments.table import (
    CSV_SEPARATOR,
    DECIMAL_COMMA,
    DEFAULTS,
    DRAW_GRAPH,
    FROM_NOTATION,
    HELP,
    MODE,
    OPTIONS,
    OUTPUT_FORMAT,
    SCANNED,
    TABLE,
    VAR,
    Option,
)
from exprgrad.diagnostics import ExprError, UsageError, suggest
from exprgrad.files import STANDARD
from exprgrad.notations import translate
from exprgrad.records import NamedTuple
from exprgrad.rows.dialect import Dialect
from exprgrad.targets import TARGETS
from exprgrad.views import EQUATIONS, GRAPHS

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from exprgrad.compiled import Mode
    from exprgrad.rows.formats import BadRows
    from exprgrad.syntax.names import Names


class Settings(NamedTuple):
    """The options of one command line, checked."""

    expression: str | None
    mode: Mode
    wrt: tuple[str, ...] | None
    max_order: int
    fetch_names: tuple[str, ...] | None
    from_notation: str | None
    draw_graph: str | None
    plot_over: tuple[str, ...]
    along_direction: str | None
    step_limit: int | None
    values_from: tuple[str, ...]
    allow_extra_values: bool
    output_format: str | None
    output_file: str | None
    number_format: str | None
    full_jacobian: bool
    sparse_output: bool
    weight_by: tuple[str, ...]
    show_steps: bool
    inline_names: bool
    full_document: bool
    rows_from: tuple[str, ...]
    sweep_over: tuple[str, ...]
    from_column: dict[str, str]
    keep_columns: tuple[str, ...] | None
    keep_text: tuple[str, ...] | None
    on_bad_row: BadRows
    reduce_rows: str | None
    row_engine: str
    solve_for: str | None
    minimize_over: tuple[str, ...] | None
    maximize_over: tuple[str, ...] | None
    csv_separator: str | None
    decimal_comma: bool
    no_header: bool
    header_names: tuple[str, ...]
    comment_prefix: str | None
    null_markers: tuple[str, ...]
    function_name: str | None
    sql_table: str | None
    sql_dialect: str | None
    sql_form: str | None
    list_functions: bool
    quiet_notes: bool
    verbose_notes: bool
    error_format: str
    help: bool
    version: bool
    given: frozenset[str]  # the options that the command line has, by their names

    @property
    def has_rows(self) -> bool:
        """Whether there are many evaluations, one for each row of files or of a grid."""
        return bool(self.rows_from or self.sweep_over)

    @property
    def dialect(self) -> Dialect:
        """What files of text are like."""
        if self.decimal_comma and self.csv_separator == ",":
            hint = f"write {CSV_SEPARATOR} ';'"
            raise UsageError(f"with {DECIMAL_COMMA} no commas can stand between cells", hint=hint)
        return Dialect(
            self.csv_separator,
            self.decimal_comma,
            not (self.no_header or self.header_names),
            self.header_names,
            self.comment_prefix,
            self.null_markers,
        )


# What formats are called elsewhere.
_ALSO: Final = {
    **{x.removeprefix("."): name for name, form in EQUATIONS.items() for x in form.endings},
    **{x.removeprefix("."): name for name, form in TARGETS.items() for x in form.endings},
    **dict.fromkeys(("c++", "cpp", "cc", "h", "hpp"), "c"),
    **dict.fromkeys(("ecmascript", "node", "typescript", "ts"), "javascript"),
    "pytorch": "torch",
    "np": "numpy",
    "python3": "python",
}


class _OneOf(click.Choice):  # type: ignore[type-arg]  # before click 8.2 not generic
    """A choice whose error is like ours."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        if value in self.choices:
            return str(value)
        assert param is not None
        option = max(param.opts, key=len)
        also = _ALSO.get(value.lower()) if option == OUTPUT_FORMAT else None
        near = also or suggest(value, self.choices)
        hint = f"did you mean {near}?" if near else f"write {option} {self.choices[0]}"
        if "-" not in option[2:] and not near:
            hint += f", or {VAR} {option[2:]}=... for a variable of that name"
        raise UsageError(f"{option} is one of {', '.join(self.choices)}, found {value!r}", hint=hint)


class _Option(click.Option):
    """An option whose help is one line: click would clean it up by `inspect`, at every start."""

    def __init__(self, *args: Any, help: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.help = help


class _Command(click.Command):
    """Runs the scan before click's parser, and knows the variables of the expression typed so far."""

    def get_params(self, ctx: click.Context) -> list[click.Parameter]:
        """The options that the command line has, all of them for the help and the completion: to make each would take a
        fiftieth of the time of a start."""
        return [_EXPRESSION, *[_parameter(option.name) for option in ctx.obj.options]]

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        typed = _before_cursor(args) if ctx.resilient_parsing else _typed(args)
        ctx.obj = typed
        clean = [name if value is None else f"{name}={value}" for name, value in typed.arguments.options]
        if typed.arguments.expression is not None:
            clean += ["--", typed.arguments.expression]
        return super().parse_args(ctx, clean)

    def collect_usage_pieces(self, ctx: click.Context) -> list[str]:
        return ["EXPR", "[--NAME VALUE]...", "[OPTIONS]"]

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        variables = _variables(ctx.obj.arguments)
        if variables:
            with formatter.section("Variables"):
                formatter.write_dl([(option_for(name), what) for name, what in variables.items()])
        super().format_options(ctx, formatter)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """The variables that have no value yet, and behind a dash the options."""
        from click.shell_completion import CompletionItem

        arguments, _, waits_for_value = ctx.obj
        if waits_for_value:
            return []
        given = {variable.name for variable in arguments.variables}
        words = {f"--{name}": what for name, what in _variables(arguments).items() if name not in given}
        found = [
            CompletionItem(word, help=what)
            for word, what in words.items()
            if word.startswith(incomplete) and word not in OPTIONS
        ]
        return found + super().shell_complete(ctx, incomplete)


class _Typed(NamedTuple):
    """What was typed so far, the options that it may be about, and whether its last word waits for a value."""

    arguments: Arguments
    options: Sequence[Option]
    waits_for_value: bool = False


def _typed(args: list[str]) -> _Typed:
    """A whole command line."""
    arguments = scan(args)
    given = dict.fromkeys([name for name, _ in arguments.options])
    return _Typed(arguments, TABLE if HELP in given else [OPTIONS[name] for name in given])


def _before_cursor(args: list[str]) -> _Typed:
    """A command line that is still being typed."""
    for words, waits in ((args, False), (args[:-1], True)):
        try:
            return _Typed(scan(words), TABLE, waits)
        except UsageError:
            pass
    return _Typed(Arguments(None, (), ()), TABLE, True)


def _variables(arguments: Arguments) -> dict[str, str]:
    """The variables of an expression, each with a remark; none of one that is wrong or not typed yet."""
    from exprgrad.syntax.names import CONSTANTS

    names = _names_of(arguments)
    if names is None:
        return {}
    variables = {name: f"input {i}" for i, name in enumerate(names.inputs, 1)}
    return variables | {name: f"{CONSTANTS[name]} unless given" for name in names.constants}


def _names_of(arguments: Arguments) -> Names | None:
    """The names of an expression; None for one that is wrong or not typed yet."""
    from exprgrad.syntax.names import resolve
    from exprgrad.syntax.parser import parse

    if arguments.expression is None or arguments.expression == STANDARD:
        return None
    notation = dict(arguments.options).get(FROM_NOTATION)
    try:
        text = program_text(arguments.expression)
        return resolve(parse(text if notation is None else translate(text, notation)))
    except ExprError:
        return None


def _offered(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """What fits behind an option: files, the names of all variables, inputs or all names, also behind a comma."""
    from click.shell_completion import CompletionItem

    what = OPTIONS[param.opts[0]].completes
    if what == "files":
        return click.Path().shell_complete(ctx, param, incomplete)
    if what == "variables":
        variables = _variables(ctx.obj.arguments)
        return [
            CompletionItem(f"{name}=", help=what) for name, what in variables.items() if name.startswith(incomplete)
        ]
    before, comma, last = incomplete.rpartition(",")
    names = _names_of(ctx.obj.arguments)
    if names is None:
        return []
    found = [*names.inputs] if what == "inputs" else [*names.assigned, *names.inputs]
    chosen = before.split(",")
    return [CompletionItem(before + comma + name) for name in found if name.startswith(last) and name not in chosen]


@cache
def _parameter(name: str) -> click.Option:
    """An option as click has it."""
    option = OPTIONS[name]
    read = option.read
    return _Option(
        option.spellings,
        type=_OneOf(list(option.choices)) if option.choices else None,
        is_flag=None if option.takes_value else True,
        multiple=option.several,
        metavar=option.takes,
        help=option.help,
        callback=None if read is None else lambda ctx, param, text: None if text is None else read(name, text),
        shell_complete=_offered if option.completes else None,
        expose_value=name not in SCANNED,
    )


_EXPRESSION: Final = click.Argument(["expression"], metavar="EXPR", required=False)
COMMAND: Final = _Command(
    "exprgrad",
    help="""Values and exact derivatives of equations.

    EXPR is text, - for standard input, or @FILE. Every name that it does not compute is an input: give it as
    --NAME VALUE. VALUE is a constant expression such as -5, 1/3 or 2*pi, or @FILE for the numbers in a file
    (.npy, .txt, .csv, .parquet), @FILE:COLUMN for a column. Behind -- everything is EXPR.

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

# How messages of the library write options, by Python's names; what is an option already, or quoted, is none of these.
_PARAMETERS: Final = {option.parameter: option.name for option in TABLE if option.parameter is not None}
_PARAMETER: Final = rf"(?<!{VAR} )(?<![\w'-])({'|'.join(_PARAMETERS)})=(?:\{{\"(\w+)\": ([^}}]*)\}}|\"(\w+)\")?"


def spelled(message: str) -> str:
    """A message of the library with the options as the command line has them: `--max-order` for `max_order=`."""

    def option(match: re.Match[str]) -> str:
        value = f" {match[2]}={match[3]}" if match[2] else f" {match[4]}" if match[4] else ""
        return _PARAMETERS[match[1]] + value

    return re.sub(_PARAMETER, option, message)


class Request(NamedTuple):
    """What one command line asks for."""

    settings: Settings
    variables: tuple[Given, ...]
    help: str | None

    @property
    def files_of_numbers(self) -> list[str]:
        """What stands behind an @ where the command line gives numbers: files, and columns of them."""
        settings = self.settings
        texts = [*settings.weight_by, settings.along_direction or ""]
        found = [file for text in texts for file in re.findall(r"(?:^|=)\s*@([^,]*)", text)]
        return [variable.text[1:] for variable in self.variables if variable.text.startswith("@")] + found


def request(argv: Sequence[str]) -> Request:
    """Reads a command line. Raises UsageError for what no command line may hold, whatever the program."""
    with COMMAND.make_context("exprgrad", list(argv)) as context:
        given = frozenset([name for name, _ in context.obj.arguments.options])
        fields = ["expression", *[OPTIONS[name].field for name in given]]
        settings = Settings(**DEFAULTS | {field: context.params[field] for field in fields}, given=given)
        if settings.draw_graph is not None:
            mode = GRAPHS[settings.draw_graph]
            if settings.mode != mode and MODE in given:
                other = next(name for name in GRAPHS if GRAPHS[name] == settings.mode)
                raise UsageError(
                    f"{DRAW_GRAPH} {settings.draw_graph} draws what {mode} mode makes",
                    hint=f"leave out {MODE} {settings.mode}, or write {DRAW_GRAPH} {other}",
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
