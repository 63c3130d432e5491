"""What shells offer behind what is typed."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from exprgrad.arguments.completion import complete
from exprgrad.arguments.options import COMMAND
from exprgrad.arguments.table import GROUPS, TABLE


def offered(monkeypatch: pytest.MonkeyPatch, *words: str) -> list[str]:
    monkeypatch.setenv("COMP_WORDS", " ".join(["exprgrad", *words]))
    monkeypatch.setenv("COMP_CWORD", str(len(words)))
    lines = complete(COMMAND, "bash_complete").splitlines()
    return [line.partition(",")[2] for line in lines if line]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "data.csv").write_text("x,y,Price USD\n1,2,3\n")
    (tmp_path / "semi.csv").write_text("u;v\n1;2\n")
    (tmp_path / "day").mkdir()
    (tmp_path / ".hidden").write_text("1")
    os.mkfifo("pipe")  # nobody writes it: who reads it waits
    return tmp_path


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["alpha*beta", "--wrt", "al"], ["alpha"]),
        (["alpha*beta", "--wrt", "alpha,"], ["alpha,beta"]),
        (["u=alpha*beta", "--fetch-names", "u"], ["u"]),
        (["alpha*(", "--wrt", "a"], []),
        (["alpha*beta", "--al"], ["--alpha", "--allow-extra-values", "--along-direction"]),
        (["alpha*beta", "--alpha", "1", "--alp"], []),
        (["alpha*beta", "--alpha", ""], []),
        (["alpha*beta", "--var", "be"], ["beta="]),
        (["@da"], ["@data.csv", "@day/"]),
        (["x*y", "--x", "@data.csv:"], ["@data.csv:x", "@data.csv:y", "@data.csv:Price USD"]),
        (["x*y", "--x", "@data.csv:y"], ["@data.csv:y"]),
        (["x*y", "--x", "@none/"], []),
        (["x*y", "--rows-from", "data.csv", "--keep-columns", "x,"], ["x,y", "x,Price USD"]),
        (["x*y", "--rows-from", "data.csv", "--from-column", "x"], ["x="]),
        (["x*y", "--rows-from", "data.csv", "--from-column", "x=P"], ["x=Price USD"]),
        (["x*y", "--rows-from", "semi.csv", "--csv-separator", "';'", "--keep-columns", ""], ["u", "v"]),
        (["x*y", "--rows-from", "gone.csv", "--keep-columns", ""], []),
        (["x*y", "--rows-from", "pipe", "--keep-columns", ""], []),
        (["x*y", "--keep-columns", ""], []),
        (["x*y", "--mode", "s"], ["static"]),
    ],
)
def test_what_is_offered(words: list[str], expected: list[str], folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("polars")
    assert offered(monkeypatch, *words) == expected


@pytest.mark.skipif(shutil.which("fish") is None, reason="there is no fish")
def test_fish_has_descriptions_and_lists_with_commas(folder: Path) -> None:
    (folder / "bin").mkdir()
    program = folder / "bin" / "exprgrad"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m exprgrad "$@"\n')
    program.chmod(0o755)
    script = """
        source (env _EXPRGRAD_COMPLETE=fish_source exprgrad | psub)
        complete -C 'exprgrad "alpha*beta" --wrt alpha,'
        complete -C 'exprgrad "alpha*beta" --along'
        complete -C 'exprgrad "x*y" --x @da'
    """
    environment = {**os.environ, "HOME": str(folder), "PATH": f"{folder / 'bin'}{os.pathsep}{os.environ['PATH']}"}
    done = subprocess.run(["fish", "-c", script], env=environment, capture_output=True, text=True, timeout=100)
    assert done.stdout.splitlines() == [
        "alpha,beta",
        "--along-direction\tDerivatives along one direction instead of by each input, by forward mode.",
        "@data.csv",
        "@day/",
    ], done.stderr


def test_each_option_is_in_one_group() -> None:
    names = [option.name for group in GROUPS for option in group.options]
    assert len(set(names)) == len(names) == len(TABLE)
    assert all(group.example.startswith("exprgrad ") for group in GROUPS)
