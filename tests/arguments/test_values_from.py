"""What files of values give to variables, where they are no JSON and no TOML: lines."""

from __future__ import annotations

from pathlib import Path

import pytest

from exprgrad.arguments.values_from import values_in
from exprgrad.diagnostics import InputDataError

# A line, and the name and the value that it gives.
LINES = [
    ("a=15", "a", "15"),
    ("a = 2*pi", "a", "2*pi"),
    ("  export a=15 ", "a", "15"),
    ("export=15", "export", "15"),
    ('a="1.5" # of "all"', "a", "1.5"),
    ("a='put'", "a", "put"),
    ('a="it\'s"', "a", "it's"),
    ('a="open', "a", '"open'),
    ("a=1 # one", "a", "1"),
    ("a=b#c", "a", "b#c"),
    ("a=", "a", ""),
    ("a= # none", "a", ""),
    ("a=b=c", "a", "b=c"),
    ("a = [1, 2]", "a", "[1, 2]"),
    ("PATH=/bin:/usr/bin", "PATH", "/bin:/usr/bin"),
    ("e\u0301=1", "\u00e9", "1"),
]


@pytest.mark.parametrize(("line", "name", "value"), LINES)
@pytest.mark.parametrize("file", [".env", "values", "values.txt"])
def test_lines(tmp_path: Path, file: str, line: str, name: str, value: str) -> None:
    path = tmp_path / file
    path.write_text(f"# first\n\n{line}\nz=1\n", encoding="utf-8")
    found = {given.name: given.text for given in values_in([str(path)], ())}
    assert found == {name: value, "z": "1"}


def test_the_last_of_several_lines_counts(tmp_path: Path) -> None:
    path = tmp_path / ".env"
    path.write_text("a=1\na=2\n")
    assert [given.text for given in values_in([str(path)], ())] == ["2"]


@pytest.mark.parametrize("line", ["a", "a 1", "f() {", "[table]", "# a\n}", "a: 1", "=1"])
def test_lines_without_a_value(tmp_path: Path, line: str) -> None:
    path = tmp_path / ".env"
    path.write_text(f"a=1\n{line}\n")
    with pytest.raises(InputDataError, match="the line gives no value") as caught:
        values_in([str(path)], ())
    assert f".env:{2 + line.count(chr(10))}:1: " in str(caught.value)
    assert [given.text for given in values_in([str(path)], (), lenient=True)] == ["1"]


@pytest.mark.parametrize(("file", "text"), [("a.json", "a=1"), ("a.toml", '{"a": 1}'), ("a.txt", '{"a"=1}')])
def test_what_an_ending_or_a_brace_says_holds(tmp_path: Path, file: str, text: str) -> None:
    path = tmp_path / file
    path.write_text(text)
    with pytest.raises(InputDataError, match=r"is not (JSON|TOML): "):
        values_in([str(path)], (), lenient=True)
