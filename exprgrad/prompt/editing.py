"""The editor of a line, or of several that belong together, by prompt_toolkit: history, completion, what is wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress

from prompt_toolkit import PromptSession
from prompt_toolkit.completion import CompleteEvent, Completer, Completion, PathCompleter
from prompt_toolkit.document import Document
from prompt_toolkit.enums import DEFAULT_BUFFER
from prompt_toolkit.filters import has_focus
from prompt_toolkit.formatted_text import StyleAndTextTuples
from prompt_toolkit.history import FileHistory, History, InMemoryHistory
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.lexers import Lexer
from prompt_toolkit.styles import Style

from exprgrad.diagnostics import ExprError
from exprgrad.prompt.answers import goes_on, mistake
from exprgrad.prompt.history import history_file
from exprgrad.prompt.session import Session
from exprgrad.prompt.words import called, file_begun, words

_STYLE = Style.from_dict({"mistake": "ansired underline", "bottom-toolbar": "noreverse", "toolbar-mistake": "ansired"})


def editor(session: Session, prompt: str, continuation: str) -> Callable[[], str]:
    """What reads a text that the user has sent. It raises EOFError at the end, and KeyboardInterrupt."""
    mistakes = _Mistakes(session)

    def below() -> StyleAndTextTuples:
        document = edited.default_buffer.document
        if (problem := mistakes.in_text(document.text)) is not None:
            return [("class:toolbar-mistake", ": ".join(filter(None, (problem.message, problem.hint))))]
        return [("", called(session, document.text_before_cursor) or "")]

    edited: PromptSession[str] = PromptSession(
        prompt,
        multiline=True,
        # A line that is only wider than the window has nothing before its other pieces.
        prompt_continuation=lambda width, number, wraps: " " * len(continuation) if wraps else continuation,
        history=_history(),
        enable_history_search=True,
        completer=_Words(session),
        complete_while_typing=False,
        lexer=_Marked(mistakes),
        bottom_toolbar=below,
        key_bindings=_keys(),
        style=_STYLE,
        enable_suspend=True,
    )
    return edited.prompt


class _Mistakes:
    """What is wrong with the text that is being typed, looked for once each time that it changes."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.text = ""
        self.found: ExprError | None = None

    def in_text(self, text: str) -> ExprError | None:
        if text != self.text:
            self.text, self.found = text, mistake(self.session, text)
        return self.found


class _Marked(Lexer):
    """Marks the place of a mistake."""

    def __init__(self, mistakes: _Mistakes) -> None:
        self.mistakes = mistakes

    def lex_document(self, document: Document) -> Callable[[int], StyleAndTextTuples]:
        problem = self.mistakes.in_text(document.text)
        span = None if problem is None else problem.span

        def line(number: int) -> StyleAndTextTuples:
            text = document.lines[number] if number < len(document.lines) else ""
            if span is None:
                return [("", text)]
            begin = document.translate_row_col_to_index(number, 0)
            start, end = (min(max(place - begin, 0), len(text)) for place in span)
            return [("", text[:start]), ("class:mistake", text[start:end]), ("", text[end:])]

        return line


class _Words(Completer):
    """Completes names, functions, commands and files."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.files = PathCompleter(expanduser=True)

    def get_completions(self, document: Document, event: CompleteEvent) -> Iterable[Completion]:
        before = document.text_before_cursor
        if (file := file_begun(document.current_line_before_cursor)) is not None:
            yield from self.files.get_completions(Document(file, len(file)), event)
            return
        for word in words(self.session, before):
            yield Completion(word.text, -len(word.begun), display_meta=word.what)


class _File(FileHistory):
    """A history in a file, which may become one that cannot be written: then it is of this session alone."""

    def store_string(self, string: str) -> None:
        with suppress(OSError):
            super().store_string(string)

    def load_history_strings(self) -> Iterable[str]:
        with suppress(OSError):
            return super().load_history_strings()
        return []


def _history() -> History:
    file = history_file()
    return InMemoryHistory() if file is None else _File(file)


def _keys() -> KeyBindings:
    keys = KeyBindings()

    in_text = has_focus(DEFAULT_BUFFER)  # not where history is searched

    @keys.add("enter", filter=in_text)
    def _(event: KeyPressEvent) -> None:
        """Takes the completion that is chosen; else sends a text that is whole, and continues one that is not."""
        buffer = event.current_buffer
        if buffer.complete_state is not None and buffer.complete_state.current_completion is not None:
            buffer.complete_state = None
        elif goes_on(buffer.text):
            buffer.insert_text("\n")
        else:
            buffer.validate_and_handle()

    @keys.add("escape", "enter", filter=in_text)
    def _(event: KeyPressEvent) -> None:
        """Begins another line in any case."""
        event.current_buffer.insert_text("\n")

    return keys
