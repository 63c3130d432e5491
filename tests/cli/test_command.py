"""What transcripts cannot show: signals, streams, locales, and what the options are called."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from exprgrad.arguments.options import request
from exprgrad.arguments.table import OPTIONS, TABLE, Option
from exprgrad.cli import run
from exprgrad.diagnostics import UsageError
from exprgrad.syntax.grammar import grammar_text
from exprgrad.syntax.parser import RESERVED

BARE = {"--mode", "--wrt", "--var", "--help", "--version"}
COMMAND_LINE = [sys.executable, "-m", "exprgrad"]


def test_no_option_can_collide_with_a_variable() -> None:
    """For ever: the bare words are these, every other option has a hyphen, which no name can have."""
    words = {spelling for spelling in OPTIONS if spelling.startswith("--")}
    assert words >= BARE
    for word in words - BARE:
        assert not word[2:].isidentifier(), word
    assert {len(spelling) for spelling in OPTIONS if not spelling.startswith("--")} == {2}


@pytest.mark.parametrize("value", ["-1", "1.5", "", " ", "1_0", "\u0663", "nothing"])
@pytest.mark.parametrize("option", TABLE, ids=lambda option: option.name)
def test_a_wrong_value_of_an_option_is_an_error_of_ours(option: Option, value: str) -> None:
    """Never one of click's, which is no error of the user but a bug: a UsageError is a ValueError, too."""
    if option.takes_value:
        with contextlib.suppress(UsageError):
            request(["a*b", f"{option.name}={value}"])


def test_what_is_not_given_is_the_default() -> None:
    """Each option is read alone, and changes itself alone."""
    plain = request(["a*b"]).settings
    assert (plain.mode, plain.max_order, plain.on_bad_row, plain.row_engine) == ("static", 1, "error", "auto")
    assert plain.keep_columns is None and plain.keep_text == () and plain.from_column == {}
    assert request(["a*b", "--keep-text=all"]).settings.keep_text is None
    assert request(["a*b", "--keep-columns=none"]).settings.keep_columns == ()
    for option in TABLE:
        if not option.takes_value:
            changed = request(["a*b", option.name]).settings._asdict()
            others = {field: value for field, value in plain._asdict().items() if changed[field] != value}
            assert others.keys() == {option.field, "given"}


def test_the_reserved_words_are_the_grammar_s() -> None:
    grammar = grammar_text()
    assert {word for word in RESERVED if f'{word.upper()}: "{word}"' in grammar} == RESERVED


def test_an_interrupt_is_quiet() -> None:
    text = "+".join(["sin(x)"] * 100_000)
    with subprocess.Popen(
        [*COMMAND_LINE, "-", "--x", "1"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        # A shell has what it runs in the background ignore interrupts, the tests for example.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    ) as process:
        assert process.stdin is not None
        process.stdin.write(text.encode())
        process.stdin.close()
        time.sleep(0.7)
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 130
        assert process.stdout is not None and process.stderr is not None
        assert process.stdout.read() == process.stderr.read() == b""


# Sends itself a signal when the command, once it has begun to load, imports its n-th module.
SIGNALLED = """
import os, sys
count = 0
def on_import(event, arguments):
    global count
    if event == "import" and "exprgrad.interrupts" in sys.modules:
        count += 1
        if count == {place}:
            os.kill(os.getpid(), {number})
sys.addaudithook(on_import)
sys.argv = ["exprgrad", "a*b", "--a", "15", "--b", "20"]
from exprgrad.__main__ import main
main()
"""


@pytest.mark.slow
@pytest.mark.parametrize("place", [1, 2, 3, 4, 6, 10, 20, 40, 80, 120, 160])
@pytest.mark.parametrize(("number", "codes"), [(signal.SIGINT, {130}), (signal.SIGTERM, {143, -signal.SIGTERM})])
def test_a_signal_while_it_starts_is_quiet(place: int, number: int, codes: set[int]) -> None:
    done = subprocess.run(
        [sys.executable, "-c", SIGNALLED.format(place=place, number=int(number))],
        capture_output=True,
        preexec_fn=lambda: signal.signal(number, signal.SIG_DFL),
    )
    assert (done.stdout, done.stderr) == (b"", b"")
    assert done.returncode in codes


def test_loading_the_command_leaves_signals_alone() -> None:
    code = "import signal; before = signal.getsignal(2); import exprgrad.cli; assert signal.getsignal(2) is before"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_an_output_file_behind_standard_output_is_not_replaced(tmp_path: Path) -> None:
    log = tmp_path / "log"
    script = f'(echo before; "{sys.executable}" -m exprgrad 1+1 -o /dev/stdout; echo after) >> {log}'
    subprocess.run(["/bin/sh", "-c", script], check=True)
    assert log.read_text() == "before\nc = 2.0\nafter\n"


def test_an_output_file_keeps_its_mode_and_its_link(tmp_path: Path) -> None:
    target, link = tmp_path / "target", tmp_path / "link"
    target.write_text("old")
    target.chmod(0o640)
    link.symlink_to(target)
    subprocess.run([*COMMAND_LINE, "1+1", "-o", str(link)], check=True)
    assert (link.is_symlink(), target.read_text(), target.stat().st_mode & 0o777) == (True, "c = 2.0\n", 0o640)
    assert sorted(tmp_path.iterdir()) == [link, target]


@pytest.mark.parametrize("name", ["nothing/", ".", "nothing/out"])
def test_a_folder_is_no_output_file(name: str, tmp_path: Path) -> None:
    done = subprocess.run([*COMMAND_LINE, "1+1", "-o", name], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 73
    assert done.stderr.startswith("exprgrad: error: cannot write")
    assert not list(tmp_path.iterdir())


def test_the_command_line_is_utf_8_in_every_locale() -> None:
    environment = {**os.environ, "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    done = subprocess.run([*COMMAND_LINE, "α*2", "--α", "3"], env=environment, capture_output=True)
    assert done.stdout.decode() == "c = 6.0\nDerivative of c with respect to α = 2.0\n"


def test_colour_is_for_terminals(tmp_path: Path) -> None:
    import pty

    def errors(**variables: str) -> bytes:
        parent, child = pty.openpty()
        environment = {**os.environ, "TERM": "xterm", **variables}
        subprocess.run([*COMMAND_LINE, "a*"], stderr=child, env=environment)
        os.close(child)
        shown = os.read(parent, 4096)
        os.close(parent)
        return shown

    assert b"\033[1;31merror:\033[0m" in errors()
    assert b"\033" not in errors(NO_COLOR="1")
    assert b"\033" not in errors(TERM="dumb")


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_scripts(shell: str) -> None:
    environment = {**os.environ, "_EXPRGRAD_COMPLETE": f"{shell}_source"}
    done = subprocess.run(COMMAND_LINE, env=environment, capture_output=True, text=True)
    assert done.returncode == 0
    assert "_EXPRGRAD_COMPLETE" in done.stdout
    with open("/dev/full", "w") as full:
        done = subprocess.run(COMMAND_LINE, env=environment, stdout=full, stderr=subprocess.PIPE, text=True)
    assert (done.returncode, done.stderr) == (
        73,
        "exprgrad: error: cannot write standard output: no space left on device\n",
    )


def test_completion_without_a_command_line_is_an_error() -> None:
    environment = {**os.environ, "_EXPRGRAD_COMPLETE": "bash_complete"}
    done = subprocess.run(COMMAND_LINE, env=environment, capture_output=True, text=True)
    assert done.returncode == 2 and "no command line came with it" in done.stderr
    environment["_EXPRGRAD_COMPLETE"] = ""
    done = subprocess.run([*COMMAND_LINE, "1+1"], env=environment, capture_output=True, text=True)
    assert done.stdout == "c = 2.0\n"


def test_a_bug_is_one_line(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    from exprgrad import cli

    def broken(argv: object) -> None:
        raise ZeroDivisionError("a\nb")

    monkeypatch.setattr(cli, "_run", broken)
    assert cli.run(["a"]) == 70
    error = capfd.readouterr().err
    assert error.startswith("exprgrad: error: a bug in exprgrad; please report it") and error.count("\n") == 1


def test_too_many_derivatives_are_refused() -> None:
    done = subprocess.run([*COMMAND_LINE, "x", "--x", "1", "--max-order", "9" * 30], capture_output=True, text=True)
    assert done.returncode == 2 and "more than 1,000,000 derivatives" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["t/tau", "--t", "1"], True),
        (["t/tau", "--sweep-over", "t=1:2:1"], True),
        (["t/tau", "--t", "1", "--tau", "2"], False),
        (["t/tau", "--t", "1", "-q"], False),
        (["tau/2"], False),
        (["tau = 2; t/tau", "--t", "1"], False),
        (["t*math.tau", "--t", "1", "--from-notation", "python"], False),
    ],
)
def test_tau_beside_inputs_is_told(arguments: list[str], told: bool, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(arguments) == 0
    assert ("note: tau is the constant 6.283185307179586" in capsys.readouterr().err) is told


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("Xw", True),
        ("2 X w + 1", True),
        (r"\|Xw\|", True),
        ("XX", True),
        ("Xk", False),
        ("ww", False),
        (r"\mathbf{X}\mathbf{w}", False),
        ("X + w", False),
    ],
)
def test_plain_letters_of_matrices_are_not_multiplied(
    text: str, wrong: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    values = {"X": "[[1, 2], [3, 4]]", "w": "[1, 2]", "k": "3"}
    given = [word for name, value in values.items() if name in text for word in (f"--{name}", value)]
    assert run([text, *given, "--from-notation", "latex", "--max-order", "0"]) == (2 if wrong else 0)
    assert ("and without bold their elements are multiplied" in capsys.readouterr().err) is wrong


def test_a_range_as_a_value_says_where_it_goes(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["x^2 == a", "--solve-for", "x", "--x", "0:2", "--a", "2"]) == 2
    assert "--sweep-over, --plot-over or --solve-for x=0:2" in capsys.readouterr().err
