"""C alone; its numbers are held against exprgrad's in test_numbers.py."""

from __future__ import annotations

import ctypes
import math
import re
import subprocess
from pathlib import Path

import pytest

import exprgrad
from exprgrad.cli import run
from exprgrad.targets.braces import Prelude
from exprgrad.targets.c import C
from tests.targets.run import GCC, library, of_c

LOOP = "y = a; for k in 0..40 { if y > b { y = sin(y)*b + y } else { for i in 0..k { y = y + b } } }"


def source(text: str, name: str = "f") -> str:
    return exprgrad.compile(text).source("c", name=name)


def test_the_prelude_is_c() -> None:
    text = Path(exprgrad.__file__).parent / "targets" / "prelude.c"
    command = [*GCC, "-pedantic", "-Wno-unused-function", "-fsyntax-only", str(text)]
    assert subprocess.run(command, capture_output=True, text=True).stderr == ""


def test_a_text_has_the_pieces_that_it_uses() -> None:
    prelude = Prelude("prelude.c")
    assert set(prelude.pieces) > {"maybe", "stack", "push", "mod", "holds"}
    text = source("c = sign(a)")
    assert [name for name in prelude.pieces if re.search(rf"\bf_{name}\b", text)] == ["sign"]
    assert re.findall("#include (.*)", text) == ["<math.h>"]
    assert re.findall("#include (.*)", source(LOOP)) == ["<math.h>", "<stdbool.h>", "<stdlib.h>"]


@pytest.mark.parametrize("flags", [("-std=gnu17", "-O3", "-march=native"), ("-pedantic", "-Wshadow", "-Wconversion")])
def test_other_compilations(flags: tuple[str, ...]) -> None:
    """Several texts in one file, in another standard and with more warnings."""
    texts = [source(text, f"f{i}") for i, text in enumerate((LOOP, "c = abs(x) % y", "y1 = j0*gamma; unix = y1"))]
    loaded = library("\n".join(texts), *flags)
    wanted = exprgrad.compile(LOOP)(a=0.5, b=0.25)
    status, found = of_c(loaded.f0, [0.5, 0.25], 3)
    assert status == 0
    assert found == pytest.approx([wanted["y"], wanted.derivative("y", "a"), wanted.derivative("y", "b")], rel=1e-13)


def test_the_prototype_at_the_top_is_enough_to_call_it(tmp_path: Path) -> None:
    text = source("c = a*b", "product")
    (prototype,) = re.findall("^//     (int .*;)$", text, re.MULTILINE)
    (struct,) = re.findall(r"^typedef struct \{[^}]*\} product_result;$", text, re.MULTILINE)
    main = "int main(void) { product_result r; return product(3, 4, &r) != 0 || r.c != 12 || r.dc_da != 4; }"
    (tmp_path / "product.c").write_text(text)
    (tmp_path / "main.c").write_text("\n".join([struct, prototype, main]))
    subprocess.run([*GCC, "product.c", "main.c", "-o", "main", "-lm"], cwd=tmp_path, check=True)
    subprocess.run(["./main"], cwd=tmp_path, check=True)


PROGRAMS = {
    "loop": f"{LOOP}; z = y; while z > 1 {{ z = z/(1 + (y % b)*abs(y - b)) }}; c = sinc(z) + (1 if b else 0)",
    "product": "new = a*b; class = b + a",
}
STRICT = ("-Wall", "-Wextra", "-Wpedantic", "-Wshadow", "-Wconversion", "-Werror")


@pytest.mark.parametrize("compiler", [("gcc", "-std=c99"), ("g++", "-x", "c++", "-std=c++17")])
def test_a_header_is_included_by_several_files(compiler: tuple[str, ...], tmp_path: Path) -> None:
    """Also twice in one, and where nothing calls it; and the sources may be linked beside it."""
    for name, text in PROGRAMS.items():
        assert run([text, "--function-name", name, "-o", str(tmp_path / f"{name}.h")]) == 0
    includes = "".join([f'#include "{name}.h"\n' for name in (*PROGRAMS, "loop")])
    (tmp_path / "unused.c").write_text(includes)
    one = "double one(double x); double one(double x) { loop_result r; return loop(x, 0.25, &r) == 0 ? r.c : -1; }"
    (tmp_path / "one.c").write_text(includes + one)
    main = "#include <stdio.h>\ndouble one(double x);\nint main(void) { product_result r; product(3, 4, &r); "
    main += 'printf("%g %.17g", r.new_ + r.dclass_da, one(0.5)); return 0; }'
    (tmp_path / "main.c").write_text(includes + main)
    command = [*compiler, *STRICT, "unused.c", "one.c", "main.c", "-lm", "-o", "main"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert done.stderr == ""
    found = subprocess.run(["./main"], cwd=tmp_path, capture_output=True, text=True).stdout.split()
    wanted = exprgrad.compile(PROGRAMS["loop"], wrt=[], fetch_names=["c"])(a=0.5, b=0.25).value
    assert float(found[0]) == 12 + 1 and float(found[1]) == pytest.approx(wanted, rel=1e-13)


def test_where_memory_ends_all_is_nan_and_nothing_is_lost() -> None:
    """Whichever allocation fails; as many are freed as were made."""
    counting = """
#include <stdlib.h>
int left, held;
static void *counted_calloc(size_t n, size_t size)
{
    if (left-- <= 0)
        return NULL;
    held++;
    return calloc(n, size);
}
static void *counted_realloc(void *old, size_t size)
{
    if (left-- <= 0)
        return NULL;
    held += old == NULL;
    return realloc(old, size);
}
static void counted_free(void *old)
{
    held -= old != NULL;
    free(old);
}
#define calloc counted_calloc
#define realloc counted_realloc
#define free counted_free
"""
    loaded = library(counting + source(LOOP))
    left, held = ctypes.c_int.in_dll(loaded, "left"), ctypes.c_int.in_dll(loaded, "held")
    statuses = []
    for allowed in [*range(30), 10_000]:
        left.value = allowed
        status, found = of_c(loaded.f, [0.5, 0.25], 3)
        statuses.append(status)
        assert held.value == 0
        assert all(math.isnan(x) is (status == 2) for x in found)
    assert statuses == [2] * 16 + [0] * 15


def test_a_refusal_is_a_status() -> None:
    loaded = library(source("c = 1 if x else y"))
    assert of_c(loaded.f, [1.0, 2.0], 3) == (0, [1.0, 0.0, 0.0])
    assert of_c(loaded.f, [0.0, 2.0], 3) == (0, [2.0, 0.0, 1.0])
    status, found = of_c(loaded.f, [math.nan, 2.0], 3)
    assert status == 1 and all(map(math.isnan, found))


def test_it_is_called_from_c() -> None:
    """By the names of the fields; one that is a word of C has an underscore behind it."""
    caller = """
double called(double a, double b)
{
    area_result r;
    return area(a, b, &r) == 0 ? r.int_ + 10.0*r.dint_da + 100.0*r.sin : -1.0;
}
"""
    text = exprgrad.compile("int = a*b; sin = b").source("c", name="area")
    loaded = library(text + caller)
    loaded.called.restype = ctypes.c_double
    assert loaded.called(ctypes.c_double(2.0), ctypes.c_double(3.0)) == 6.0 + 10.0 * 3.0 + 100.0 * 3.0


@pytest.mark.parametrize("standard", ["c11", "gnu17"])
def test_what_the_headers_declare_is_no_function(standard: str) -> None:
    """Functions, types and macros; no variable hides a macro, either."""
    headers = "".join([f"#include <{name}.h>\n" for name in ("math", "stdbool", "stdlib")])

    def preprocessed(*flags: str) -> str:
        command = ["gcc", f"-std={standard}", "-E", "-P", *flags, "-"]
        return subprocess.run(command, input=headers, capture_output=True, text=True, check=True).stdout

    macros = set(re.findall(r"#define ([A-Za-z]\w*)", preprocessed("-dM")))
    constants = set(re.findall(r"#define ([A-Za-z]\w*)(?!\w|\()", preprocessed("-dM")))
    text = preprocessed()
    functions = set(re.findall(r"\b([A-Za-z]\w*) \(", text))
    types = set(re.findall(r"typedef [^;{]*?\b([A-Za-z]\w*);", text)) | set(
        re.findall(r"^} ([A-Za-z]\w*);", text, re.M)
    )
    assert "double_t" in types and {"lgamma", "strtod"} <= functions and "NAN" in macros
    target = C()
    assert [x for x in sorted(macros | functions | types) if not target.is_no_function(x)] == []
    assert [x for x in sorted(constants) if not target.is_reserved(x)] == []


@pytest.mark.parametrize("name", ["int", "sin", "gamma", "y1", "sinf", "main", "isnan", "M_PI", "__f", "linux"])
def test_names_that_no_function_may_have(name: str) -> None:
    with pytest.raises(exprgrad.UsageError, match=f"{name} is a word of c, no name for a function"):
        exprgrad.compile("c = x").source("c", name=name)
