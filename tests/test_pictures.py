"""The pictures in docs/ are what the commands beside them draw, to the byte; `python -m pytest tests/test_pictures.py
--accept` draws them anew."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import exprgrad
from tests.golden.transcript import ROOT, Shell

PICTURES = ROOT / "docs" / "pictures"
COMMANDS = {
    match[1]: match[0]
    for page in sorted((ROOT / "docs").glob("*.md"))
    for match in re.finditer(r"^exprgrad .* -o (\S+\.svg)$", page.read_text(encoding="utf-8"), re.M)
    if f"pictures/{match[1]}" in page.read_text(encoding="utf-8")
}


@pytest.mark.parametrize("name", COMMANDS)
def test_picture(name: str, tmp_path: Path, accept: bool) -> None:
    shell = Shell(tmp_path, inside=True)
    assert shell.run(COMMANDS[name]) == ("", "", 0)
    drawn = (shell.folder / name).read_bytes()
    if accept:
        (PICTURES / name).write_bytes(drawn)
    assert (PICTURES / name).read_bytes() == drawn


def test_every_picture_has_a_command() -> None:
    assert {path.name for path in PICTURES.iterdir()} == set(COMMANDS) != set()


def test_a_trace_with_branches_loops_and_derivatives_in_them_is_drawn() -> None:
    text = "if x < 9 { for i in 0..2 { x = x*y } }; p = x*diff(x, y)"
    picture = exprgrad.draw(exprgrad.compile(text, "dynamic"), {"x": -0.7, "y": -0.3})
    assert "dp/dp = 1.0" in picture
