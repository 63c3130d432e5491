"""One file for each mistake: the program, `---`, and the whole error.

`python -m pytest tests/syntax/test_errors.py --accept` writes the errors as they are now; read the diff.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from exprgrad.compiled import compile
from exprgrad.diagnostics import ExprError

CASES = sorted((Path(__file__).parent / "errors").glob("*.txt"))


@pytest.mark.parametrize("case", CASES, ids=lambda path: path.stem)
def test_error(case: Path, accept: bool) -> None:
    program, _, expected = case.read_text(encoding="utf-8").partition("\n---\n")
    with pytest.raises(ExprError) as caught:
        compile(program)
    found = f"{type(caught.value).__name__}: {caught.value}\n"
    if accept:
        case.write_text(f"{program}\n---\n{found}", encoding="utf-8")
    else:
        assert found == expected


def test_every_error_is_lower_case_and_says_what_to_do() -> None:
    assert len(CASES) > 50
    for case in CASES:
        _, _, expected = case.read_text(encoding="utf-8").partition("\n---\n")
        message = expected.split(": ", 1)[1]
        assert message[0] == message[0].lower()
        assert "column" in message or "the program is empty" in message, case
        last = expected.rstrip().splitlines()[-1]
        assert last.startswith("  "), case
