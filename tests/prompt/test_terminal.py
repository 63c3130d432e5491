"""The prompt on a terminal: what the screen shows, and what stays."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("pty", reason="a terminal needs a Unix")

from tests.prompt.terminal import ENTER, ESCAPE, TAB, UP, C, D, R, Terminal

pytestmark = pytest.mark.slow
READY = "ctrl-D to leave\n>"
PASTED = "\x1b[200~{}\x1b[201~"


def test_a_conversation(tmp_path: Path) -> None:
    with Terminal(tmp_path) as terminal:
        terminal.shows(READY)
        terminal.type(f"a = 15{ENTER}b = 20{ENTER}c = a*b{ENTER}")
        shown = terminal.shows("respect to b = 15.0\n>")
        assert shown.splitlines() == [
            *("exprgrad 0.1.0, :help for help, ctrl-D to leave", "> a = 15", "a = 15.0", "> b = 20", "b = 20.0"),
            *("> c = a*b", "c = 300.0", "Derivative of c with respect to a = 20.0"),
            *("Derivative of c with respect to b = 15.0", ">"),
        ]
        terminal.type(D)
        assert terminal.ends() == 0


def test_lines_come_back_in_another_session(tmp_path: Path) -> None:
    with Terminal(tmp_path) as terminal:
        terminal.shows(READY)
        terminal.type(f"first = 2*3{ENTER}other = 4{ENTER}:quit{ENTER}")
        assert terminal.ends() == 0
    history = tmp_path / "exprgrad" / "history"
    assert stat.S_IMODE(history.stat().st_mode) == 0o600
    assert stat.S_IMODE(history.parent.stat().st_mode) == 0o700
    with Terminal(tmp_path) as terminal:
        terminal.shows(READY)
        terminal.type(f"{UP}{UP}")
        terminal.shows("> other = 4")
        terminal.type(f"{C}fi")
        terminal.shows("> fi")
        terminal.type(UP)
        terminal.shows("> first = 2*3")
        terminal.type(C)
        terminal.shows("> first = 2*3\n>")
        terminal.type(f"{R}her")
        terminal.shows("I-search backward: her")
        terminal.shows("> first = 2*3\n> other = 4")
        terminal.type(ENTER)
        terminal.shows(lambda text: "I-search" not in text)
        terminal.type(ENTER)
        terminal.shows("other = 4.0")


@pytest.mark.parametrize("place", ["file", "nowhere"])
def test_history_that_cannot_be_kept_is_of_the_session(place: str, tmp_path: Path) -> None:
    in_the_way = tmp_path / "exprgrad"
    in_the_way.write_text("a file")
    variables = {"file": {}, "nowhere": {"XDG_STATE_HOME": "relative", "HOME": "/proc/nothing"}}[place]
    with Terminal(tmp_path, variables=variables) as terminal:
        terminal.shows(READY)
        terminal.type(f"a = 15{ENTER}")
        terminal.shows("a = 15.0")
        terminal.type(UP)
        terminal.shows(lambda text: text.count("> a = 15") == 2)
    assert in_the_way.read_text() == "a file"
    assert [*tmp_path.iterdir()] == [in_the_way]


def test_history_that_others_could_read_is_the_users_own_from_then_on(tmp_path: Path) -> None:
    history = tmp_path / "exprgrad" / "history"
    history.parent.mkdir()
    history.write_text("\n# a day\n+a = 3\n")
    history.chmod(0o644)
    with Terminal(tmp_path) as terminal:
        terminal.shows(READY)
        terminal.type(UP)
        terminal.shows("> a = 3")
    assert stat.S_IMODE(history.stat().st_mode) == 0o600


def test_tab_completes(tmp_path: Path) -> None:
    (tmp_path / "numbers.csv").write_text("1\n2\n")
    with Terminal(tmp_path, ("--length", "3")) as terminal:
        terminal.shows(READY)
        terminal.type(f"soft{TAB}")
        shown = terminal.shows("softplus(x)")
        assert "softmax(x, axis=)" in shown
        terminal.type(f"{C}len{TAB}")
        terminal.shows("> length")
        terminal.type(f"{C}:ord{TAB}")
        terminal.shows("> :order")
        terminal.type(f"{C}:mode dyn{TAB}")
        terminal.shows("> :mode dynamic")
        terminal.type(f"{C}v = @num{TAB}")
        terminal.shows("> v = @numbers.csv")
        terminal.type(ENTER)
        terminal.shows("v = [1.0, 2.0]")


def test_a_mistake_shows_while_it_is_typed(tmp_path: Path) -> None:
    with Terminal(tmp_path) as terminal:
        terminal.shows(READY)
        terminal.type("a+*b")
        terminal.shows("expected a value after '+', found '*': write a*b or a+b")
        place = terminal.screen.cursor.x - 2
        marks = [terminal.screen.buffer[terminal.screen.cursor.y][x] for x in range(place - 2, place + 2)]
        assert [(mark.data, mark.underscore, mark.fg) for mark in marks] == [
            *(("a", False, "default"), ("+", False, "default"), ("*", True, "red"), ("b", False, "default")),
        ]
        terminal.type(ENTER)  # it does not get in the way
        shown = terminal.shows("column 3: write a*b or a+b\n>")
        assert "error: expected a value after '+', found '*'\n  a+*b\n    ^\n" in shown
        assert b"\x1b[1;31merror:\x1b[0m" in terminal.written
        terminal.type("atan2(")
        terminal.shows("atan2(y, x): the angle")
        terminal.type("1,")
        terminal.shows("atan2(y, x): the angle")


def test_what_is_not_whole_goes_on(tmp_path: Path) -> None:
    with Terminal(tmp_path) as terminal:
        terminal.shows(READY)
        terminal.type(f"x = 0{ENTER}while x < 3 {{{ENTER}x = x + 1{ENTER}}}")
        terminal.shows("> while x < 3 {\n. x = x + 1\n. }")
        terminal.type(ENTER)
        terminal.shows("x = 3.0\n>")
        terminal.type(f"y = 2{ESCAPE}{ENTER}z = 3{ENTER}")
        terminal.shows("> y = 2\n. z = 3\ny = 2.0\nz = 3.0")


def test_pasted_lines_are_one_text(tmp_path: Path) -> None:
    lines = "u = x^2\nwhile u > 100 {\n\n  u = u/2\n}\n:order 0\nv = u + 1"
    with Terminal(tmp_path) as terminal:
        terminal.shows(READY)
        terminal.type(f"x = 12{ENTER}{PASTED.format(lines)}{ENTER}")
        terminal.shows("u = 72.0\nDerivative of u with respect to x = 12.0\nv = 73.0\n>")
    with Terminal(tmp_path) as terminal:  # a terminal that does not say that it is a paste
        terminal.shows(READY)
        terminal.type("x = 12\r" + lines.replace("\n", "\r") + "\r")
        terminal.shows("> v = u + 1\nv = 73.0\n>")


def test_an_interrupt_drops_the_line(tmp_path: Path) -> None:
    with Terminal(tmp_path) as terminal:
        terminal.shows(READY)
        terminal.type(f"a = 1{C}")
        terminal.shows("> a = 1\n>")
        terminal.type(f"(a{ENTER}+ 2{C}a{ENTER}")
        terminal.shows("error: no value for a")


@pytest.mark.parametrize("mode", ["static", "dynamic"])
def test_an_interrupt_stops_a_computation(mode: str, tmp_path: Path) -> None:
    endless = "for i in 0..1000000000 { for j in 0..1000000 { y = sin(y + x) } }"
    with Terminal(tmp_path, ("--step-limit", "1000000000", "--mode", mode)) as terminal:
        terminal.shows(READY)
        terminal.type(f"x = 1{ENTER}y = x{ENTER}{endless}{ENTER}")
        terminal.shows("sin(y + x) } }")
        terminal.computes()
        terminal.type(C)
        terminal.shows("note: interrupted; the line is taken back\n>")
        terminal.type(f"y{ENTER}")
        terminal.shows("> y\ny = 1.0\nDerivative of y with respect to x = 1.0\n>")
        terminal.type(D)
        assert terminal.ends() == 0


def test_a_terminal_that_can_show_lines_alone(tmp_path: Path) -> None:
    with Terminal(tmp_path, variables={"TERM": "dumb"}) as terminal:
        terminal.shows(READY)
        terminal.type("a = 15\n")
        terminal.shows("a = 15.0\n>")
        terminal.type("(a +\n")
        terminal.shows("> (a +\n.")
        terminal.type(" 2)\n")
        terminal.shows(".  2)\nc = 17.0\nDerivative of c with respect to a = 1.0\n>")
        terminal.type("a+*b\n")
        terminal.shows("column 3: write a*b or a+b\n>")
        terminal.type("never")
        terminal.shows("> never")
        terminal.type(C)
        terminal.shows("> never^C\n>")
        terminal.type("a\n")
        terminal.shows("> a\na = 15.0")
        terminal.type(D)
        assert terminal.ends() == 0
        assert b"\x1b" not in terminal.written
    assert not [*tmp_path.iterdir()]


def test_no_colour(tmp_path: Path) -> None:
    with Terminal(tmp_path, variables={"NO_COLOR": "1"}) as terminal:
        terminal.shows(READY)
        terminal.type("a+*b")
        terminal.shows("write a*b or a+b")
        terminal.type(ENTER)
        terminal.shows("error: expected")
        screen = terminal.screen
        colours = {screen.buffer[y][x].fg for y in range(screen.lines) for x in range(screen.columns)}
        assert colours == {"default"}


@pytest.mark.parametrize(("variables", "colours"), [({}, {"cyan", "magenta"}), ({"NO_COLOR": "1"}, set())])
def test_a_plot_is_in_colours(variables: dict[str, str], colours: set[str], tmp_path: Path) -> None:
    with Terminal(tmp_path, variables=variables) as terminal:
        terminal.shows(READY)
        terminal.type(f":order 0{ENTER}:plot [sin(x), cos(x)] x=-3:3{ENTER}")
        shown = terminal.shows(lambda text: text.rstrip().endswith("x\n>"))
        screen = terminal.screen
        drawn = {
            screen.buffer[y][x].fg
            for y in range(screen.lines)
            for x in range(screen.columns)
            if "\u2800" < screen.buffer[y][x].data <= "\u28ff"
        }
        assert drawn - {"default", "brightblack"} == colours
        assert "\N{REPLACEMENT CHARACTER}" not in shown and "⠉" in shown


@pytest.mark.parametrize("columns", [12, 40])
def test_a_narrow_window_that_changes(columns: int, tmp_path: Path) -> None:
    with Terminal(tmp_path, columns=columns, lines=12) as terminal:
        terminal.shows(">")
        terminal.type("a = 1 + 1 + 1 + 1 + 1")
        terminal.shows(lambda text: "".join(text.split()).endswith(">a=1+1+1+1+1"))
        terminal.resize(70, 20)
        terminal.shows("> a = 1 + 1 + 1 + 1 + 1")
        terminal.resize(columns, 12)
        terminal.type(ENTER)
        terminal.shows("a = 5.0")


def test_a_long_line_and_much_to_show(tmp_path: Path) -> None:
    with Terminal(tmp_path, ("--x", "2")) as terminal:
        terminal.shows(READY)
        terminal.type(PASTED.format("+".join(["x"] * 10_000)) + ENTER)
        terminal.shows("c = 20000.0\nDerivative of c with respect to x = 10000.0\n>", 100)
        terminal.type(f"v = linspace(0, 1, 20000){ENTER}")
        terminal.shows("1.0]\n>")


def test_letters_of_other_scripts(tmp_path: Path) -> None:
    with Terminal(tmp_path) as terminal:
        terminal.shows(READY)
        terminal.type(f"größe = 3{ENTER}温度 = größe×2{ENTER}Δ+π·β{ENTER}")
        terminal.shows("温 度  = 6.0" if "温 度" in terminal.text else "= 6.0")
        terminal.shows("no value for Δ and β")


def test_what_a_file_holds_moves_no_cursor(tmp_path: Path) -> None:
    (tmp_path / "odd.txt").write_text("if x > 0 { u = x # \x1b[2J\x07\n } else { u = -x }\n", encoding="utf-8")
    with Terminal(tmp_path, ("--x", "2")) as terminal:
        terminal.shows(READY)
        terminal.type(f":load odd.txt{ENTER}:program{ENTER}")
        terminal.shows("# \ufffd[2J\ufffd")


def test_options_begin_a_session(tmp_path: Path) -> None:
    (tmp_path / "values.json").write_text('{"b": [1, 2]}')
    with Terminal(tmp_path, ("--a", "3", "--max-order", "0", "--values-from", "values.json")) as terminal:
        terminal.shows(READY)
        terminal.type(f"a*b{ENTER}")
        terminal.shows("c = [3.0, 6.0]\n>")
    with Terminal(tmp_path, ("--output-file", "x.txt")) as terminal:
        terminal.shows("there is no expression, and --output-file does not fit a prompt")
        assert terminal.ends() == 2
    with Terminal(tmp_path, ("--a", "1/")) as terminal:
        assert terminal.ends() == 2
        terminal.shows("the value of a")


def test_without_the_editor_the_message_says_what_to_install(tmp_path: Path) -> None:
    (tmp_path / "prompt_toolkit.py").write_text("raise ModuleNotFoundError('no', name='prompt_toolkit')")
    with Terminal(tmp_path, variables={"PYTHONPATH": str(tmp_path)}) as terminal:
        assert terminal.ends() == 2
        shown = terminal.text.replace("\n", "")
    assert "there is no expression, and a prompt needs prompt_toolkit" in shown
    assert 'write exprgrad "a*b" --a 15 --b 20' in shown and 'pip install "exprgrad[prompt]"' in shown


@pytest.mark.parametrize("piped", ["stdin", "stdout"])
def test_half_a_terminal_is_none(piped: str, tmp_path: Path) -> None:
    ours, theirs = os.openpty()
    streams = {"stdin": theirs, "stdout": theirs, "stderr": subprocess.PIPE, piped: subprocess.PIPE}
    done = subprocess.Popen([sys.executable, "-m", "exprgrad"], text=True, **streams)
    _, err = done.communicate(timeout=60)
    os.close(theirs)
    os.close(ours)
    assert done.returncode == 2 and err.startswith("exprgrad: error: there is no expression\n")
