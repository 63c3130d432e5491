"""Columns of texts, as Python gives them."""

from __future__ import annotations

import math
import pickle
from typing import Any

import numpy as np
import pytest

import exprgrad
from exprgrad.diagnostics import ExprError

F = exprgrad.compile('c = K*(kind == "put") + w')
polars = pytest.importorskip("polars")


@pytest.mark.parametrize("engine", ["numpy", "rounded", "auto"])
@pytest.mark.parametrize(
    "kinds",
    [
        ["put", " put ", "call"],
        np.array(["put", " put ", "call"]),
        np.array(["put", " put ", "call"], object),
        polars.Series(["put", " put ", "call"]),
        polars.Series(["put", " put ", "call"], dtype=polars.Categorical),
        polars.Series(["put", " put ", "call"], dtype=polars.Enum(["put", " put ", "call"])),
    ],
    ids=["list", "numpy", "objects", "series", "categories", "enum"],
)
def test_columns(kinds: Any, engine: str) -> None:
    result = pickle.loads(pickle.dumps(F.rows(engine)))(K=[3, 4, 5], kind=kinds, w=1)
    assert result["c"].tolist() == [4.0, 5.0, 1.0]
    assert result.derivative("c", "K").tolist() == [1.0, 1.0, 0.0]
    assert result.inputs["kind"] is kinds or list(result.inputs["kind"]) == list(kinds)


def test_a_text_for_all_rows_and_tables() -> None:
    assert F.rows()(K=[3, 4], kind="put", w=1)["c"].tolist() == [4.0, 5.0]
    table = polars.DataFrame({"K": [3.0, 4.0], "kind": ["put", "x"]})
    assert F.rows()(table, w=1)["c"].tolist() == [4.0, 1.0]
    assert F.rows(reduce="sum")(table, w=1).gradient("c") == {"w": 2.0}


def test_what_is_missing_is_nan() -> None:
    found = F.rows()(K=[3.0] * 5, kind=["put", None, math.nan, "", "x"], w=1)["c"]
    assert np.isnan(found).tolist() == [False, True, True, True, False]


@pytest.mark.parametrize(
    ("kinds", "message"),
    [
        ([1, 2], "kind is compared with a text, and is of other things"),
        (3.0, "kind is compared with a text, and is of other things"),
        (polars.Series([1, 2]), "kind is compared with a text, and is of Int64"),
        (["put"], "K has 2 rows, kind has 1 rows"),
        ([["put", "put"]], r"K has 2 rows, kind has shape \(1, 2\)"),
    ],
)
def test_what_is_no_text(kinds: Any, message: str) -> None:
    with pytest.raises(ExprError, match=message):
        F.rows()(K=[3, 4], kind=kinds, w=1)


def test_a_table_shows_texts() -> None:
    shown = str(F.rows()(K=[3, 4], kind=["put", None], w=1))
    assert shown.splitlines()[1].split() == ["3.0", "put", "1.0", "4.0", "1.0", "1.0"]
    assert F.rows()(K=[3, 4], kind=["put", "x"], w=1).to_polars()["kind"].to_list() == ["put", "x"]
