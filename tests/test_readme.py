"""Every ```console block of the README and the docs is a transcript and says the truth; a block that cannot be
run is marked ```sh."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.golden.transcript import ROOT, Shell, replay

PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_console_blocks(page: Path, tmp_path: Path) -> None:
    shell = Shell(tmp_path, inside=True)
    for block in re.findall(r"^```console\n(.*?)^```$", page.read_text(encoding="utf-8"), re.M | re.S):
        lines = block.splitlines()
        assert replay(lines, shell, as_on_a_terminal=True) == lines


def test_the_readme_has_console_blocks() -> None:
    assert "```console\n$ exprgrad" in PAGES[0].read_text(encoding="utf-8")


# What looks like a path of the repository: `ops/registry.py`, `grammar.lark`, `tests/ops/`.
PATHS = re.compile(r"`((?:[\w.]+/)+|(?:[\w.]+/)*\w+\.(?:py|lark|jsonl|md))(?:`|::)")


@pytest.mark.parametrize("page", [*PAGES, ROOT / "CONTRIBUTING.md"], ids=lambda page: page.stem)
def test_the_files_that_a_page_names_are_there(page: Path) -> None:
    named = set(PATHS.findall(page.read_text(encoding="utf-8")))
    assert named or page.stem not in ("tour", "adding-an-operation", "CONTRIBUTING")
    absent = {name for name in named if not any((folder / name).exists() for folder in (ROOT, ROOT / "exprgrad"))}
    assert not absent
