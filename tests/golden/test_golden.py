"""The golden output: `python -m pytest tests/golden --accept` takes what is printed now; read the diff then."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.golden.transcript import ROOT, Shell, installed, replay

CASES = sorted((Path(__file__).parent / "cases").glob("*.txt"))
# What must not change a byte of the output.
SURROUNDINGS = {
    "LC_ALL": "de_DE.UTF-8",
    "LC_NUMERIC": "de_DE.UTF-8",
    "PYTHONIOENCODING": "latin-1",
    "PYTHONHASHSEED": "random",
    "NPY_DISABLE_CPU_FEATURES": "AVX2 FMA3 AVX512F",
    "COLUMNS": "20",
}
# Of these each command is a process of its own: they have what only that shows, other letters than ASCII among it.
PROCESSES = ("article", "error_forms", "texts")


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.stem)
def test_golden(case: Path, tmp_path: Path, accept: bool) -> None:
    expected = case.read_text(encoding="utf-8")
    actual = "".join(f"{line}\n" for line in replay(expected.splitlines(), Shell(tmp_path, inside=True)))
    if accept:
        case.write_text(actual, encoding="utf-8", newline="\n")
    else:
        assert actual == expected


@pytest.mark.slow
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.stem)
def test_golden_elsewhere(case: Path, tmp_path: Path) -> None:
    """In another process, in which all commands of a case run that need none of their own."""
    replaying = [sys.executable, "-m", "tests.golden.transcript", str(case), str(tmp_path), installed().name]
    done = subprocess.run(replaying, cwd=ROOT, env={**os.environ, **SURROUNDINGS}, capture_output=True, timeout=120)
    assert done.stderr.decode() == ""
    assert done.stdout.decode().splitlines() == case.read_text(encoding="utf-8").splitlines()


@pytest.mark.slow
@pytest.mark.parametrize("name", PROCESSES)
def test_golden_in_processes(name: str, tmp_path: Path) -> None:
    (case,) = [case for case in CASES if case.stem == name]
    expected = case.read_text(encoding="utf-8").splitlines()
    assert replay(expected, Shell(tmp_path, SURROUNDINGS)) == expected


def test_there_are_cases() -> None:
    assert len(CASES) > 5
