"""The table of options: what else names options, the library and what is written about them, agrees with it."""

from __future__ import annotations

import ast
import inspect
import re
from pathlib import Path
from typing import Final

import pytest

import exprgrad
from exprgrad.arguments.table import ELSEWHERE, OPTIONS, TABLE

ROOT: Final = Path(__file__).parents[2]
TEXTS: Final = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
# An option of the command; words of other programs stand beside them, such as those of pip or of Python.
_OPTION: Final = re.compile(r"(?<![\w-])--[a-z]+(?:-[a-z]+)+(?![\w-])")
OF_OTHERS: Final = {"--no-files", "--build-option", "--no-deps", "--no-build-isolation"}


def test_options_have_the_names_and_defaults_of_python_s_parameters() -> None:
    parameters = {**inspect.signature(exprgrad.Function.minimize).parameters}
    parameters |= inspect.signature(exprgrad.Function.plot).parameters
    parameters |= inspect.signature(exprgrad.compile).parameters
    for option in TABLE:
        if option.parameter is None:
            continue
        assert (option.default or None) == (parameters[option.parameter].default or None), option.name
        assert option.takes_value or parameters[option.parameter].default is False, option.name


@pytest.mark.parametrize("text", TEXTS, ids=lambda path: path.name)
def test_the_docs_name_options_that_exist(text: Path) -> None:
    assert set(_OPTION.findall(text.read_text(encoding="utf-8"))) - OF_OTHERS <= set(OPTIONS)


def test_the_docs_tell_of_each_option() -> None:
    told = "\n".join(text.read_text(encoding="utf-8") for text in TEXTS)
    words = set(re.findall(r"(?<![\w-])--?[a-z][a-z-]*", told))
    assert [option.name for option in TABLE if words.isdisjoint(option.spellings)] == []


def test_messages_name_options_that_exist() -> None:
    found: dict[str, Path] = {}
    for file in (ROOT / "exprgrad").rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                found |= dict.fromkeys(_OPTION.findall(node.value), file)
    assert len(found) > 10
    assert {word: file for word, file in found.items() if word not in {*OPTIONS, *OF_OTHERS}} == {}


def test_what_options_are_called_elsewhere_are_names_of_variables() -> None:
    assert {*ELSEWHERE.values()} <= {option.name for option in TABLE}
    assert all(word.isidentifier() and f"--{word}" not in OPTIONS for word in ELSEWHERE)
