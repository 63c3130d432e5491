"""Whatever a line leads to, the session goes on."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from exprgrad.diagnostics import UsageError
from exprgrad.prompt import terminal
from exprgrad.prompt.answers import answers
from exprgrad.prompt.session import Said, Session
from tests.prompt.transcript import begun, said


@pytest.mark.parametrize(
    ("problem", "message"),
    [
        (UsageError("no", hint="write yes"), "error: no\n  write yes\n"),
        (KeyboardInterrupt(), "note: interrupted; the line is taken back\n"),
        (MemoryError(), "error: "),
        (RuntimeError("odd"), "error: a bug in exprgrad; please report it"),
    ],
)
def test_what_a_line_leads_to(
    problem: BaseException, message: str, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    def failing(session: Session, text: str) -> Iterator[Said]:
        yield "c = 1.0\n"
        raise problem

    monkeypatch.setattr(terminal, "answers", failing)
    terminal._answer(begun(), "c = 1")
    out, err = capfdbinary.readouterr()
    assert out.startswith(b"c = 1.0\n")
    assert err.decode().startswith(message)


def test_what_is_interrupted_has_changed_nothing() -> None:
    session = begun(["--a", "1"])
    said(session, "b = a")
    before = session.state
    first = answers(session, "c = a\n:order 2\nd = b")
    assert str(next(first)).startswith("c = 1.0")
    first.close()  # as an interrupt does while the first piece is shown
    assert session.state is before
    second = answers(session, "c = a\n:order 2\nd = b")
    assert [str(next(second)), str(next(second))][1].startswith("d = 1.0")
    second.close()
    assert [*session.state.sheet.names] == ["a", "b", "c"]  # what came before the piece that is interrupted stays
    assert session.state.settings.max_order == 2
    assert [step.typed for step in session.earlier] == ["b = a", "c = a", ":order 2"]


def test_a_change_of_one_session_is_none_of_another() -> None:
    one, other = begun(), begun()
    said(one, "a = 1")
    assert not other.state.sheet.names


def test_a_long_text_nests_as_deep_as_it_likes() -> None:
    session = begun(["--x", "2"])
    deep = 10_000
    assert said(session, f"y = {'(' * deep}x{')' * deep}").startswith("y = 2.0\n")
    assert said(session, f"z = {'-' * deep}y").startswith("z = 2.0\n")
    assert said(session, "(" * deep).startswith("error: ")


def test_a_chain_that_is_written_from_its_end_is_put_in_order() -> None:
    session = begun(["--x0", "1"])
    text = "\n".join(f"x{i + 1} = x{i} + 1" for i in reversed(range(100)))
    assert said(session, text).startswith("x100 = 101.0\n")
    assert [computed.names for computed in session.state.sheet.definitions] == [(f"x{i + 1}",) for i in range(100)]
