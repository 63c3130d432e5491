"""Records are what typing's named tuples are."""

from __future__ import annotations

import copy
import pickle
import typing

import pytest

from exprgrad.records import NamedTuple


class Ours(NamedTuple):
    """A pair."""

    first: int
    second: list[str] | None = None

    @property
    def both(self) -> tuple[int, list[str] | None]:
        return self.first, self.second

    def __str__(self) -> str:
        return "shown"


class Theirs(typing.NamedTuple):
    """A pair."""

    first: int
    second: list[str] | None = None

    @property
    def both(self) -> tuple[int, list[str] | None]:
        return self.first, self.second

    def __str__(self) -> str:
        return "shown"


def test_a_record_is_a_named_tuple() -> None:
    assert Ours(1) == Theirs(1) == (1, None)
    assert Ours(second=["a"], first=2).both == (2, ["a"])
    assert (str(Ours(1)), repr(Ours(1))) == ("shown", repr(Theirs(1)).replace("Theirs", "Ours"))
    assert Ours(1)._replace(first=3) == (3, None)
    assert Ours(1)._asdict() == {"first": 1, "second": None}
    assert Ours._make([1, None]) == (1, None)
    for kind in (Ours, Theirs):
        for arguments in ({}, {"first": 1, "third": 2}, {"second": None}):
            with pytest.raises(TypeError):
                kind(**arguments)
        with pytest.raises(ValueError, match="unexpected field names"):
            kind(1)._replace(third=3)
        with pytest.raises(TypeError, match="Expected 2 arguments, got 1"):
            kind._make([1])
    match Ours(1):
        case Ours(first, second):
            assert (first, second) == (1, None)
    with pytest.raises(AttributeError):
        Ours(1).first = 2  # type: ignore[misc]


def test_a_record_class_tells_what_a_named_tuple_class_does() -> None:
    for name in ("_fields", "_field_defaults", "__match_args__", "__doc__", "__module__", "__bases__"):
        assert getattr(Ours, name) == getattr(Theirs, name), name
    assert Ours.__annotations__ == {"first": "int", "second": "list[str] | None"}
    assert Ours.__qualname__ == "Ours"


def test_records_are_copied_and_pickled() -> None:
    record = Ours(1, ["a"])
    for made in (copy.deepcopy(record), pickle.loads(pickle.dumps(record))):
        assert made == record
        assert type(made) is Ours


class Many(NamedTuple):
    """More fields than there are constructors for."""

    a: int
    b: int
    c: int
    d: int
    e: int
    f: int
    g: int
    h: int
    i: int
    j: int
    k: int = 10
    l: int = 11  # noqa: E741 - the name of a letter


def test_a_record_of_many_fields() -> None:
    record = Many(0, 1, 2, 3, 4, f=5, g=6, h=7, i=8, j=9)
    assert record == tuple(range(12)) and record.l == 11
    assert Many(*range(11), l=0)._replace(k=1)[-2:] == (1, 0)
    assert pickle.loads(pickle.dumps(record)) == copy.copy(record) == record
    for values, named in ((range(13), {}), (range(9), {}), (range(10), {"a": 1}), (range(10), {"z": 1})):
        with pytest.raises(TypeError, match=r"^Many\(\) (has the fields a, b|lacks j$)"):
            Many(*values, **named)
