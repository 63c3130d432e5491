"""What a shell offers behind the words of a command line that is being typed."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

import click

from exprgrad.arguments.dialects import dialect_of
from exprgrad.arguments.table import COMPLETE_VARIABLE, DEFAULTS, OPTIONS, ROWS_FROM
from exprgrad.arguments.typed import names_of, variables_of
from exprgrad.diagnostics import ExprError, UsageError

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from exprgrad.arguments.scan import Arguments
    from exprgrad.arguments.typed import Typed

# click's own script of fish takes a line apart at the wrong places: descriptions are lost, and what is behind a comma.
_FISH: Final = """\
function %(complete_func)s;
    for line in (env %(complete_var)s=fish_complete COMP_WORDS=(commandline -cp | string collect) \
COMP_CWORD=(commandline -t | string collect) %(prog_name)s);
        set -l parts (string split --max 1 \\t -- $line);
        switch $parts[1];
            case dir;
                __fish_complete_directories (commandline -t);
            case file;
                __fish_complete_path (commandline -t);
            case '*';
                echo $parts[2];
        end;
    end;
end;

complete --no-files --command %(prog_name)s --arguments "(%(complete_func)s)";
"""


def words(typed: Typed, incomplete: str) -> list[CompletionItem]:
    """What fits where a word begins: the variables that have no value yet, and files behind an @."""
    from click.shell_completion import CompletionItem

    if incomplete.startswith("@"):
        return [CompletionItem(name) for name in _files(incomplete, typed.arguments)]
    if typed.waits_for_value:
        return []
    given = {variable.name for variable in typed.arguments.variables}
    variables = {f"--{name}": what for name, what in variables_of(typed.arguments).items() if name not in given}
    return [
        CompletionItem(word, help=what)
        for word, what in variables.items()
        if word.startswith(incomplete) and word not in OPTIONS
    ]


def offered(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """What fits behind an option: files, the names of all variables, inputs or all names, columns, also behind a
    comma."""
    from click.shell_completion import CompletionItem

    what = OPTIONS[param.opts[0]].completes
    arguments = ctx.obj.arguments
    if what == "files":
        return click.Path().shell_complete(ctx, param, incomplete)
    name, equals, begun = incomplete.partition("=")
    if what in ("variables", "columns by name") and not equals:
        variables = variables_of(arguments)
        return [CompletionItem(f"{x}=", help=what) for x, what in variables.items() if x.startswith(incomplete)]
    rows = [value for option, value in arguments.options if option == ROWS_FROM and value is not None]
    if what == "columns by name":
        return [CompletionItem(f"{name}={column}") for column in _columns(rows, arguments) if column.startswith(begun)]
    if what == "columns":
        found = _columns(rows, arguments)
    elif (names := names_of(arguments)) is not None:
        found = [*names.numbers] if what == "inputs" else [*names.assigned, *names.numbers]
    else:
        return []
    before, comma, last = incomplete.rpartition(",")
    chosen = before.split(",")
    return [CompletionItem(before + comma + name) for name in found if name.startswith(last) and name not in chosen]


def _files(incomplete: str, arguments: Arguments) -> Iterator[str]:
    """The files that a value such as `@data/x` may become, and of one that is whole, behind a colon, its columns."""
    name, colon, begun = incomplete[1:].rpartition(":")
    if colon and os.path.isfile(name):
        yield from (f"@{name}:{column}" for column in _columns([name], arguments) if column.startswith(begun))
        return
    folder, base = os.path.split(incomplete[1:])
    try:
        entries = sorted(os.scandir(folder or "."), key=lambda entry: entry.name)
    except OSError:
        return
    for entry in entries:
        if entry.name.startswith(base) and (base or not entry.name.startswith(".")):
            yield f"@{os.path.join(folder, entry.name)}{'/' if entry.is_dir() else ''}"


def _columns(files: list[str], arguments: Arguments) -> list[str]:
    """The columns of files of rows, as options say that they are written; none where they cannot be read."""
    from exprgrad import rows
    from exprgrad.rows.sources import is_read_once

    try:
        said = DEFAULTS | {
            option.field: True if value is None else value if option.read is None else option.read(option.name, value)
            for option, value in [(OPTIONS[name], value) for name, value in arguments.options]
            if not option.several
        }
        # What can be read once waits for the command itself.
        return rows.columns_of(files, dialect_of(said)) if files and not any(map(is_read_once, files)) else []
    except ExprError:
        return []


def complete(command: click.Command, instruction: str) -> str:
    """The answer to a shell that asks for completions, or for the script that makes it ask."""
    from click.shell_completion import FishComplete, get_completion_class

    class Fish(FishComplete):
        """A line for each: its kind, then what fish takes as it is."""

        source_template = _FISH

        def format_completion(self, item: CompletionItem) -> str:
            return "\t".join([item.type, item.value, *([item.help] if item.help else [])])

    shell, _, what = instruction.partition("_")
    kind = Fish if shell == "fish" else get_completion_class(shell)
    if kind is None or what not in ("source", "complete"):
        raise UsageError(f"{COMPLETE_VARIABLE} is {instruction!r}", hint="write bash_source, zsh_source or fish_source")
    shell_complete = kind(command, {}, "exprgrad", COMPLETE_VARIABLE)
    try:
        return (shell_complete.source() if what == "source" else shell_complete.complete()) + "\n"
    except (KeyError, ValueError):
        raise UsageError(
            f"{COMPLETE_VARIABLE} is {instruction!r}, but no command line came with it",
            hint=f"it is set by what {shell}_source prints",
        ) from None
