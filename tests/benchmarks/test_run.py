"""Every section of the benchmarks runs: once, on tiny sizes, without the peers."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

PEERS = ("torch", "autograd", "casadi", "jax", "tensorflow", "numexpr", "numba", "heyoka", "sympy", "duckdb")
FOLDER = str(Path(__file__).parents[2] / "benchmarks")

sys.path.append(FOLDER)  # its files import each other as scripts do
import run  # noqa: E402
from peers import installed  # noqa: E402


@pytest.mark.slow
@pytest.mark.parametrize("section", run.SECTIONS)
def test_a_section_runs_without_its_peers(
    section: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    installed.cache_clear()
    for peer in PEERS:
        monkeypatch.setitem(sys.modules, peer, None)  # as if it were not there
    monkeypatch.setattr(sys, "argv", ["run.py", section, "--rounds", "1", "--smaller", "10000"])
    run.main()
    printed = capsys.readouterr()
    head, *lines = [line for line in printed.out.splitlines() if line.startswith("| ")]
    assert head == "| what | exprgrad | peer | ratio | bar |" and lines
    for line in lines:
        assert re.fullmatch(r"\| .+ \| \d+\.\d\d \S+ \| (.+ \d+\.\d\d \S+)? \| (\d+\.\d\d)? \| .* \|", line), line
    assert all(line.endswith("is not installed: left out") for line in printed.err.splitlines())


def test_a_peer_that_is_not_installed_is_told_once(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    installed.cache_clear()
    monkeypatch.setitem(sys.modules, "torch", None)
    assert not installed("torch") and not installed("torch")
    assert capsys.readouterr().err == "torch is not installed: left out\n"
