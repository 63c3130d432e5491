"""What went wrong, where, and what to do: spans, notes, the errors, and how they are drawn.

Every other module may import this one; it imports none of the program's.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from exprgrad.records import NamedTuple

# A caret line is cut to a window of this many columns around the caret.
WINDOW = 76
# A message is cut to about so many characters.
LONGEST = 200


class Span(NamedTuple):
    """A piece of a program's text, in code points: `start` included, `end` excluded."""

    start: int
    end: int


class Note(NamedTuple):
    """A rule that was used at a hard point: what it did, where, and what to do if that is not wanted."""

    message: str
    span: Span
    hint: str | None = None

    def __str__(self) -> str:
        return f"{self.message}: {self.hint}" if self.hint else self.message


class Mark(NamedTuple):
    """A piece of a program's text that an error is about, and what it is."""

    span: Span
    what: str


class Position(NamedTuple):
    """A place in a file, counted from 1; the column may not be known."""

    line: int
    column: int | None = None


class ExprError(Exception):
    """The base of every error that is not a bug in exprgrad.

    `message` says what is wrong, in lower case; `span` and `source` say where (either may be missing
    until a caller that knows it fills it in), `origin` names the file that it is about, which holds `source`;
    `hint` says what to do. `marks` are drawn instead of the span where an error is about several
    places. `position` is one in the file where its text is not at hand. `exit_code` is the command's.
    """

    exit_code = 2
    marks: Sequence[Mark] = ()
    position: Position | None = None

    def __init__(
        self,
        message: str,
        span: Span | None = None,
        *,
        hint: str | None = None,
        source: str | None = None,
        origin: str | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.span = span
        self.hint = hint
        self.source = source
        self.origin = origin

    @property
    def report(self) -> Report:
        """What is told of it."""
        return Report(self.message, self.source, self.marks or self.span, self.hint, self.origin, self.position)

    @property
    def line(self) -> int | None:
        """The line of the place in the program's text, or in a file, from 1; None where there is no place."""
        position = self.report.position
        return None if position is None else position.line

    @property
    def column(self) -> int | None:
        """The column of the place, from 1; None where there is none."""
        position = self.report.position
        return None if position is None else position.column

    def __str__(self) -> str:
        report = self.report
        return f"{report.where}: {report.text()}" if report.where else report.text()

    def __reduce__(self) -> tuple[object, ...]:
        # Exceptions pickle by their positional arguments; ours has keywords too.
        place = self.span, self.hint, self.source, self.origin
        state = {"marks": tuple(self.marks), "position": self.position}
        return (_rebuild, (type(self), self.message, *place), state)


def _rebuild(
    kind: type[ExprError],
    message: str,
    span: Span | None,
    hint: str | None,
    source: str | None,
    origin: str | None,
) -> ExprError:
    return kind(message, span, hint=hint, source=source, origin=origin)


class ErrorsIn:
    """A block in which errors are about a program's text: one that names no source and no file gets this one."""

    __slots__ = ("text",)

    def __init__(self, text: str) -> None:
        self.text = text

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: type[BaseException] | None, problem: BaseException | None, trace: object) -> None:
        if isinstance(problem, ExprError) and problem.origin is None:  # a file that is no program
            problem.source = problem.source or self.text


class ParseError(ExprError):
    """The text is not a program of the language; where it is `unfinished`, more text could make it one. `words` are two
    names with nothing between them, as that of a column may have."""

    unfinished = False
    words: tuple[str, str] | None = None


class NameProblem(ExprError):
    """A name is unknown, missing, given twice or used for something it cannot be."""


class UnknownFunction(NameProblem):
    """A function is called that there is not."""

    name = ""


class NotFetched(NameProblem):
    """A name is to be fetched that the program has not."""


class ResultProblem(NameProblem, KeyError):
    """A result or a derivative is asked for that was not computed."""


# What can be raised by operations called by hand is also one of Python's own errors, as those of PyTorch and TensorFlow
# are: who catches theirs catches ours.


class UsageError(ExprError, TypeError, ValueError):
    """An option or an argument of a call is wrong."""


def not_loaded(problem: Exception, package: str, what: str, extra: str) -> UsageError:
    """The error where a package that one of the extras brings cannot be imported: it is not installed, or it is and
    cannot be loaded, which another installation would not mend."""
    if isinstance(problem, ModuleNotFoundError) and problem.name == package:
        return UsageError(what, hint=f'pip install "exprgrad[{extra}]"')
    return UsageError(f"{what}, which cannot be loaded", hint=str(problem) or type(problem).__name__)


class EvaluationError(ExprError, RuntimeError, ValueError):
    """The program is right, but cannot be run with these values."""


class UnsolvedError(EvaluationError):
    """What is asked for, a root or a minimum, was not found, or there is none."""

    exit_code = 1


class PositionProblem(EvaluationError, IndexError):
    """There is no such position or axis."""


def nan_condition(span: Span | None = None) -> EvaluationError:
    """The error for a condition that is nan."""
    return EvaluationError("the condition is nan", span, hint="a nan is neither true nor false; test for it first")


class ShapeProblem(EvaluationError):
    """The shapes of operands do not fit together; who knows where these are written marks them."""


class GraphError(ExprError, RuntimeError, ValueError):
    """A graph, a feed, a fetch or a trace is used in a way that it does not allow."""


class KindProblem(GraphError, TypeError):
    """Something of another kind is wanted: one number, a sequence, a node."""


class AbsentName(ExprError, AttributeError):
    """A name of PyTorch's or TensorFlow's that is not here; the hint says what to write instead."""


class UnsupportedError(ExprError):
    """A form of the language that this version cannot run."""


class EntryError(ExprError):
    """The entry of an operation lacks something, or does not go with the others: a mistake of whoever adds one."""

    exit_code = 70


def incomplete(operation: str, what: str, instead: str) -> EntryError:
    """The error for the entry of an operation: what is wrong with it, and what to write."""
    return EntryError(f"the entry of {operation} {what}", hint=f"{instead}; see docs/adding-an-operation.md")


class _InputProblem(ExprError):
    """An error about an input file. Whoever raises it says which: `origin`, None where it is about all of them."""

    def __init__(
        self,
        message: str,
        span: Span | None = None,
        *,
        origin: str | None,
        hint: str | None = None,
        source: str | None = None,
    ) -> None:
        super().__init__(message, span, hint=hint, source=source, origin=origin)


class InputDataError(_InputProblem):
    """An input file holds bad data."""

    exit_code = 65


class InputFileError(_InputProblem):
    """An input file cannot be opened or read."""

    exit_code = 66


class OutputFileError(ExprError):
    """The output cannot be created or written."""

    exit_code = 73


class Report(NamedTuple):
    """What is told of an error or a note: what it is, the text that it is about and its place there, what to do, the
    file that holds the text, and a place in the file where its text is not at hand."""

    message: str
    source: str | None = None
    place: Span | Sequence[Mark] | None = None
    hint: str | None = None
    origin: str | None = None
    in_file: Position | None = None

    @property
    def marks(self) -> Sequence[Mark]:
        """The places in the text."""
        if self.source is None or self.place is None:
            return ()
        return [Mark(self.place, "")] if isinstance(self.place, Span) else self.place

    @property
    def places(self) -> list[tuple[Position, int, str]]:
        """The places in the text, the columns that each takes, and what it is."""
        found = []
        for span, what in self.marks:
            assert self.source is not None
            number, column, _, width = _locate(self.source, span)
            found.append((Position(number + 1, column + 1), width, what))
        return found

    @property
    def position(self) -> Position | None:
        """The first place, in its text or in its file."""
        places = self.places
        return places[0][0] if places else self.in_file

    @property
    def where(self) -> str:
        """`file:line:column`, as editors and continuous integration read it; "" for what is in no file."""
        if self.origin is None or (position := self.position) is None:
            return ""
        return ":".join([self.origin, *[str(x) for x in position if x is not None]])

    def text(self) -> str:
        """The message, the line with a caret under each place, and the positions with the hint. Of a place in a file
        `where` is told before."""
        lines = [_one_line(self.message)]
        hint = self.hint and _one_line(self.hint)
        drawn: dict[int, tuple[str, list[tuple[int, int]]]] = {}
        named = []
        for span, what in self.marks:
            assert self.source is not None
            number, column, line, width = _locate(self.source, span)
            drawn.setdefault(number, (line, []))[1].append((column, width))
            named.append(f"column {column + 1}")
            if "\n" in self.source.strip("\n"):
                named[-1] = f"line {number + 1}, {named[-1]}"
            if what:
                named[-1] += f" has {what}"
        for line, places in drawn.values():
            lines += _carets(line, places)
        where = "" if self.where and len(named) == 1 and not self.marks[0].what else "; ".join(named)
        tail = ": ".join(part for part in (where, hint) if part)
        if tail:
            lines.append("  " + tail)
        return "\n".join(lines)


def _one_line(text: str) -> str:
    """What a user typed may be long and may hold newlines; a message has one line that can be read."""
    text = " ".join(text.splitlines())
    return text if len(text) <= LONGEST else f"{text[: LONGEST // 2]}...{text[-LONGEST // 4 :]}"


def cut(text: str, most: int) -> str:
    """A text, or its begin and three dots, in so many characters."""
    return text if len(text) <= most else f"{text[: most - 3]}..."


def _locate(source: str, span: Span) -> tuple[int, int, str, int]:
    """Line number and column (both from 0), the line's text, and how much of the span lies on it."""
    start = min(span.start, len(source))
    begin = source.rfind("\n", 0, start) + 1
    end = source.find("\n", start)
    line = source[begin : len(source) if end < 0 else end]
    column = start - begin
    return source.count("\n", 0, start), column, line, max(1, min(span.end - span.start, len(line) - column))


def _carets(line: str, places: Sequence[tuple[int, int]]) -> list[str]:
    """The line, or a window of it, and under it for each place a caret with a tail as long as the span. Those that
    the window around the first one does not show have none."""
    first = 0
    if len(line) > WINDOW:
        first = max(0, min(places[0][0] - WINDOW // 2, len(line) - WINDOW))
    shown = line[first : first + WINDOW]
    head = "..." if first else ""
    tail = "..." if first + WINDOW < len(line) else ""
    below, done = " " * len(head), first
    for column, width in sorted(set(places)):
        if not done <= column <= first + WINDOW:
            continue
        below += "".join("\t" if c == "\t" else " " * columns(c) for c in line[done:column])
        done = min(column + width, first + WINDOW)
        below += f"^{'~' * (columns(line[column:done]) - 1)}"
    return [f"  {head}{printable(shown)}{tail}".rstrip(), f"  {below}"]


def printable(text: str) -> str:
    """Control characters and lone surrogates would move the cursor or fail to encode: each becomes U+FFFD."""
    return "".join(c if c in "\n\t" or c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)


def columns(text: str) -> int:
    """How many columns of a terminal a text takes."""
    if text.isascii():
        return len(text)
    return sum(map(_columns, text))


def _columns(character: str) -> int:
    if character < "\u0300":
        return 1
    import unicodedata  # only texts beyond Latin letters need it

    if unicodedata.category(character) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def listed(names: Sequence[str], last: str = "and") -> str:
    """`a`, `a and b`, `a, b and c`."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} {last} {names[-1]}"


def suggest(name: str, known: Iterable[str], *, abbreviated: bool = False) -> str | None:
    """The known name that a mistyped one was meant to be: it differs in capitals, or by one letter that is changed,
    left out or too many, or two that are exchanged; with `abbreviated` it may also begin with the mistyped one."""
    candidates = list(dict.fromkeys(known))
    folded = {candidate.lower(): candidate for candidate in candidates}
    if name.lower() in folded:
        return folded[name.lower()]
    if len(name) < 3 or len(name) > WINDOW:  # everything is near to x, and nothing to a page of text
        return None
    for candidate in candidates:
        if len(candidate) > 1 and _is_slip(name.lower(), candidate.lower()):
            return candidate
    begun = [candidate for candidate in candidates if abbreviated and candidate.startswith(name)]
    return begun[0] if begun else None


def meant(name: str, known: Iterable[str], otherwise: str) -> str:
    """The hint for a name that is none of the known ones: the one that was meant, else what to say `otherwise`."""
    near = suggest(name, known)
    return f"did you mean {near}?" if near else otherwise


def _is_slip(typed: str, meant: str) -> bool:
    """Whether a word is another one with one letter changed, left out or too many, or two neighbours exchanged."""
    same = 0
    while same < min(len(typed), len(meant)) and typed[same] == meant[same]:
        same += 1
    typed, meant = typed[same:], meant[same:]
    return (
        typed[1:] in (meant, meant[1:]) or typed == meant[1:] or (typed[:2] == meant[1::-1] and typed[2:] == meant[2:])
    )
