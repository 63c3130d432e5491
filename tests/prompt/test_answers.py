"""What a session says: the conversations of the docs and of the cases, word for word."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.golden.transcript import ROOT
from tests.prompt.transcript import begun, replay

CASES = sorted((Path(__file__).parent / "cases").glob("*.txt"))
PAGE = ROOT / "docs" / "prompt.md"
BLOCK = re.compile(r"(?<=^```prompt\n).*?(?=^```$)", re.M | re.S)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.stem)
def test_a_conversation(case: Path, accept: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    lines = case.read_text(encoding="utf-8").splitlines()
    found = [*replay(lines, begun())]
    if accept:
        case.write_text("\n".join(found) + "\n", encoding="utf-8")
    assert found == lines


def test_the_page_is_one_conversation(accept: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    session = begun()

    def now(block: re.Match[str]) -> str:
        return "\n".join([*replay(block[0].splitlines(), session), ""])

    page = PAGE.read_text(encoding="utf-8")
    found = BLOCK.sub(now, page)
    if accept:
        PAGE.write_text(found, encoding="utf-8")
    assert found == page
    assert f"```sh\n$ cat area.txt\n{(tmp_path / 'area.txt').read_text(encoding='utf-8')}```" in page
