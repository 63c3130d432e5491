"""Nothing that is typed gives a traceback, and both modes print the same: random bytes, tokens and command lines.

EXPRGRAD_EXAMPLES=20000 python -m pytest tests/cli/test_fuzz.py searches for longer.
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from exprgrad.views import formula
from tests import generated
from tests.inside import command

EXAMPLES = int(os.environ.get("EXPRGRAD_EXAMPLES", "100"))
fuzz = settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))

WORDS = [
    *"a b c x y e pi tau inf nan if else and or not for in while where max min log sin sqrt xlogy beta diff".split(),
    *"1 0 2.5 .5 5. 1e3 1e 1e400 0x1 1_0".split(),
    *"+ - * / // % ** ^ = == != <= >= < > ( ) , ; : ! & | @ [ ] { } . .. ? ' \" # ~ $ \\ × · ÷ − ≤ ≠ ² √ ∞".split(),
    " ",
    "\n",
    "\t",
    "\r\n",
    "\0",
    "é",
    "\u0301",
    "ｉｆ",
    "\ud800",
]
ARGUMENTS = [
    *"a*b x+1 -x - -- @ @in.txt @in.json @no.txt --a --b --x --a=1 --x=nan 1 -2 1/0 inf [1]".split(),
    *"--mode static dynamic --wrt a a,b --max-order 0 2 --fetch-names c --var mode=3 --values-from in.json".split(),
    *"in.txt -f json text values -o out.txt no/out.txt . -q -h --help --version --list-functions".split(),
    *"--number-format .3g .9x --full-jacobian --max-ordr --2 ---a -a a=1 --no-such --é 1 -fjson =".split(),
    "",
    "a*b; c = a\nd = b",
]


def check(argv: Sequence[str], stdin: bytes = b"") -> tuple[int, bytes, bytes]:
    """Runs a command line, and gives its exit code and what it wrote."""
    code, out, err = command(argv, stdin)
    assert code in (0, 2, 65, 66, 73), (argv, code, err)
    assert not code or not out, (argv, out)
    assert not code or re.match(rb"(exprgrad|[^\n]+:\d+(:\d+)?): error: ", err), (argv, err)
    assert not code or len(re.findall(rb"^\S.*?: error: ", err, re.M)) == 1, (argv, err)
    out.decode()
    err.decode()
    return code, out, err


def same_in_both_modes(text: str) -> None:
    values = ["--a", "0.5", "--b", "-2", "--x", "0", "--y", "3", "--c", "1"]
    names = [v for v in ("a", "b", "x", "y", "c") if v in text]
    argv = ["--max-order", "2"]
    for name in names:
        argv += values[values.index(f"--{name}") :][:2]
    static, dynamic = (check([*argv, "--mode", mode, "--", text]) for mode in ("static", "dynamic"))
    assert static == dynamic


@pytest.mark.slow
@fuzz
@given(st.binary(max_size=40))
def test_random_bytes(data: bytes) -> None:
    check(["-"], data)


@pytest.mark.slow
@fuzz
@given(st.lists(st.sampled_from(WORDS), max_size=14), st.sampled_from(["", " "]))
def test_random_tokens(words: list[str], between: str) -> None:
    same_in_both_modes(between.join(words))


@pytest.mark.slow
@fuzz
@given(generated.programs(), st.data())
def test_mutated_programs(program: object, data: st.DataObject) -> None:
    text = formula.program(program)  # type: ignore[arg-type]
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, min(len(text), start + 4)))
    same_in_both_modes(text[:start] + data.draw(st.sampled_from(WORDS)) + text[end:])


@pytest.mark.slow
@fuzz
@given(st.lists(st.sampled_from(ARGUMENTS) | st.text(max_size=6), max_size=8))
def test_random_command_lines(tmp_path_factory: pytest.TempPathFactory, argv: list[str]) -> None:
    folder = tmp_path_factory.mktemp("fuzz", numbered=True)
    (folder / "in.txt").write_text("2.5")
    (folder / "in.json").write_text('{"a": 1, "b": "NaN"}')
    before = Path.cwd()
    os.chdir(folder)
    try:
        if "--max-order" not in argv or all(not a.isdecimal() or int(a) < 4 for a in argv):
            check(argv, b"a*b")
    finally:
        os.chdir(before)
        for path in folder.iterdir():
            path.unlink()
        folder.rmdir()
