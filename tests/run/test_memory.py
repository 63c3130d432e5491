"""Memory for results that serves again."""

from __future__ import annotations

import numpy as np
import pytest

from exprgrad.run.memory import Pool, address, aligned, lent


def test_it_serves_again_when_nobody_holds_it() -> None:
    pool = Pool(10_000_000)
    x = lent(pool, 100_000)
    part, first = x[10:20], address(x)
    del x
    y = lent(pool, 100_000)
    assert address(y) != first, "a part of it is still held"
    del part
    assert address(lent(pool, 100_000)) == first


def test_a_pool_gives_what_has_the_shape() -> None:
    pool = Pool(1000)
    x, y, z = np.empty(10), np.empty((5, 2)), np.empty(10)
    for array in (x, y, z):
        pool.give(array)
    assert pool.take((11,)) is None
    assert pool.take((5, 2)) is y
    assert pool.take((5, 2)) is None
    assert {id(pool.take((10,))) for _ in range(2)} == {id(x), id(z)}
    assert pool.take((10,)) is None


def test_a_pool_keeps_so_many_bytes() -> None:
    """Beyond that, those of the shape that came last."""
    pool = Pool(240)  # 30 doubles
    small, others = np.empty(5), [np.empty(10) for _ in range(4)]
    pool.give(small)
    for x in others[:2]:
        pool.give(x)
    assert pool.take((5,)) is small  # 25 doubles are within
    pool.give(small)
    pool.give(others[2])  # 35 would not be
    assert pool.take((5,)) is None
    pool.give(others[3])  # nor are 40, all of which have its shape
    assert [pool.take((10,)) for _ in range(4)] == [others[2], others[1], others[0], None]
    pool.give(np.empty(31))
    assert pool.take((31,)) is None
    # What was taken has left room.
    for x in others[:3]:
        pool.give(x)
    assert [pool.take((10,)) for _ in range(4)] == [others[2], others[1], others[0], None]


@pytest.mark.parametrize("rows", [0, 1, 7, 8, 9, 1000])
def test_it_begins_where_code_that_passes_by_the_cache_can_write(rows: int) -> None:
    for _ in range(5):
        x = aligned(rows)
        assert x.shape == (rows,) and x.dtype == np.float64
        assert not rows or x.ctypes.data % 64 == 0
        assert address(x) == x.ctypes.data
