"""What a build adds to the package: the grammar, and the parser's tables made from it.

setup.cfg names these classes as `cmdclass`; nothing here is imported when exprgrad runs.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from setuptools.command.build_py import build_py
from setuptools.command.sdist import sdist

ROOT = Path(__file__).resolve().parent.parent


def write_grammar(package: Path) -> list[str]:
    """Writes the grammar and its tables into a package folder, and tables of the notations' grammars, which lie there;
    returns the files written."""
    sys.path.insert(0, str(ROOT))  # an isolated build does not have the project on its path
    try:
        from exprgrad.syntax.tables import made
    finally:
        sys.path.remove(str(ROOT))
    source = next(p for p in (ROOT / "grammar.lark", ROOT / "exprgrad" / "grammar.lark") if p.exists())
    grammar = source.read_text(encoding="utf-8")
    package.mkdir(parents=True, exist_ok=True)
    (package / "grammar.lark").write_text(grammar, encoding="utf-8", newline="\n")
    (package / "grammar.tables").write_bytes(made(grammar))
    written = [package / "grammar.lark", package / "grammar.tables"]
    for notation in sorted((ROOT / "exprgrad" / "notations").glob("*.lark")):
        tables = package / "notations" / f"{notation.stem}.tables"
        tables.parent.mkdir(exist_ok=True)
        tables.write_bytes(made(notation.read_text(encoding="utf-8")))
        written.append(tables)
    return [str(path) for path in written]


class BuildPy(build_py):
    """Puts the grammar and its tables beside the modules of a wheel; an editable install needs neither."""

    written: list[str]

    def run(self) -> None:
        super().run()
        self.written = []
        if not self.editable_mode:
            self.written = write_grammar(Path(self.build_lib) / "exprgrad")

    def get_outputs(self, include_bytecode: bool = True) -> list[str]:
        return [*super().get_outputs(include_bytecode), *self.written]


class Sdist(sdist):
    """Puts them into a source distribution too."""

    def make_release_tree(self, base_dir: Any, files: Any) -> None:
        super().make_release_tree(base_dir, files)
        write_grammar(Path(base_dir) / "exprgrad")
