"""Every ```console block of the README and the docs is a transcript and says the truth; a block that cannot be
run is marked ```sh."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from tests.golden.transcript import ROOT, Shell, replay

PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


def tools(block: str) -> list[str]:
    """The programs of others that a block runs."""
    return [tool for tool in TOOLS if re.search(rf"(^\$ |[|;&] ){tool} ", block, re.M)]


# What a recipe may need that is no part of Python.
TOOLS = ("bats", "jq", "make", "mlr")
CONSOLE = re.compile(r"^```console\n(.*?)^```$", re.M | re.S)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_console_blocks(page: Path, tmp_path: Path) -> None:
    shell = Shell(tmp_path, inside=True)
    for block in CONSOLE.findall(page.read_text(encoding="utf-8")):
        lines = block.splitlines()
        if not tools(block):
            assert replay(lines, shell, as_on_a_terminal=True) == lines


BLOCKS = [
    (page, block) for page in PAGES for block in CONSOLE.findall(page.read_text(encoding="utf-8")) if tools(block)
]


@pytest.mark.parametrize(("page", "block"), BLOCKS, ids=[" ".join([page.stem, *tools(x)]) for page, x in BLOCKS])
def test_console_blocks_with_other_tools(page: Path, block: str, tmp_path: Path) -> None:
    absent = [tool for tool in tools(block) if shutil.which(tool) is None]
    if absent:
        pytest.skip(f"there is no {', '.join(absent)}")
    lines = block.splitlines()
    assert replay(lines, Shell(tmp_path), as_on_a_terminal=True) == lines


def test_what_configurations_run_runs(tmp_path: Path) -> None:
    """The commands in blocks of YAML, but for the one that installs."""
    text = (ROOT / "docs" / "cookbook.md").read_text(encoding="utf-8")
    configurations = re.findall(r"^```yaml\n(.*?)^```$", text, re.M | re.S)
    shell = Shell(tmp_path)
    (shell.folder / "area.formula").write_text("area = pi*r^2\n")
    commands = [command for block in configurations for command in re.findall(r"(?:run|entry): (.*)", block)]
    assert len(commands) == 3
    for command in commands:
        if not command.startswith("pip "):
            assert shell.run(command)[2] == 0, command


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
