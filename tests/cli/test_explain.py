"""Each function of the language is explained, and what is said of it is so."""

from __future__ import annotations

import shlex

import pytest

from exprgrad.cli import run
from exprgrad.explanation import explanation
from exprgrad.views.catalogue import catalogue

NAMES = [entry.names[0] for entry in catalogue()]


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_an_example_is_what_the_command_prints(name: str, capfd: pytest.CaptureFixture[str]) -> None:
    text = explanation(name)
    _, _, example = text.partition("\nexample\n  $ exprgrad ")
    command, _, output = example.partition("\n")
    assert run(shlex.split(command)) == 0
    assert capfd.readouterr().out == "".join(f"{line.removeprefix('  ')}\n" for line in output.splitlines())


def test_special_points_have_notes() -> None:
    text = explanation("abs")
    assert "     0      0.0   0.0\n" in text
    assert "  at x = 0: abs has a kink at 0" in text
    assert "  dc/dx = sign(x)\n" in text


def test_second_names_are_names(capfd: pytest.CaptureFixture[str]) -> None:
    assert explanation("arctan2") == explanation("atan2")
    assert run(["--list-functions", "sincc"]) == 2
    assert "did you mean sinc?" in capfd.readouterr().err
    assert run(["--list-functions", "sinc", "--x", "1"]) == 2
