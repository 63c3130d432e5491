"""Conversations with a session: what is typed behind `> `, further lines of it behind `. `, and what is said to it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from exprgrad.arguments.options import request
from exprgrad.diagnostics import ExprError
from exprgrad.prompt.answers import answers, goes_on
from exprgrad.prompt.session import Drawing, Session
from exprgrad.prompt.terminal import CONTINUATION, PROMPT
from exprgrad.reports import labelled


def begun(argv: Sequence[str] = ()) -> Session:
    """The session that a command line begins."""
    asked = request(argv)
    return Session(asked.settings, asked.variables)


def said(session: Session, text: str) -> str:
    """What a session says to a text, notes and errors as a terminal shows them."""
    out = []
    try:
        for answer in answers(session, text):
            if isinstance(answer, str):
                out.append(answer)
            elif isinstance(answer, Drawing):
                out.append(answer.text)
            else:
                out.append(f"{labelled('note', answer, False)}\n")
    except ExprError as problem:
        out.append(f"{labelled('error', problem.report, False)}\n")
    return "".join(out)


def replay(transcript: Iterable[str], session: Session) -> Iterator[str]:
    """The transcript with what is said now. A remark is a line that begins with `##`."""
    text = ""
    for line in transcript:
        if line.startswith("##"):
            yield line
        if not line.startswith((PROMPT, CONTINUATION)) and line not in (PROMPT.rstrip(), CONTINUATION.rstrip()):
            continue
        yield line
        text = f"{text}\n{line[2:]}" if text else line[2:]
        if not goes_on(text):
            yield from said(session, text).splitlines()
            text = ""
