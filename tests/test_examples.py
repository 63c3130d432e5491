"""The programs under examples/: microsoft/ADBench's objectives, on its own small data; and the pages."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import exprgrad

ROOT = Path(__file__).parent.parent
DATA = ROOT.parent / "shared" / "corpus" / "adbench"
MODES = ("static", "dynamic")
needs_data = pytest.mark.skipif(not DATA.exists(), reason="ADBench's data is not part of the project")


def program(name: str) -> str:
    return (ROOT / "examples" / f"{name}.txt").read_text(encoding="utf-8")


def rows(name: str) -> list[list[float]]:
    lines = (DATA / name).read_text(encoding="utf-8").splitlines()
    return [[float(word) for word in line.split()] for line in lines if line.strip()]


def mixture(name: str) -> dict[str, Any]:
    (d, k, n), *rest = rows(name)
    d, k, n = int(d), int(k), int(n)
    numbers = np.array([number for row in rest for number in row])
    sizes = [k, k * d, k * d * (d + 1) // 2, n * d]
    alphas, means, icf, x, (gamma, m) = np.split(numbers, np.cumsum(sizes))
    shapes = {"means": means.reshape(k, d), "icf": icf.reshape(k, -1), "x": x.reshape(n, d)}
    return {"alphas": alphas, **shapes, "gamma": float(gamma), "m": float(m)}


@needs_data
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("name", ["gmm_test.txt", "gmm_1k_d2_K5.txt", "gmm_1k_d2_K10.txt"])
def test_mixture(name: str, mode: str) -> None:
    reference = json.loads((DATA / "gmm_refs.json").read_text(encoding="utf-8"))[name]
    wrt = ("alphas", "means", "icf")
    result = exprgrad.compile(program("gmm"), mode, wrt=wrt)(**mixture(name))
    objective = float(reference["objective"])
    assert abs(result["objective"] - objective) <= 1e-10 * abs(objective)
    gradient = np.concatenate([result.derivative("objective", name).reshape(-1) for name in wrt])
    expected = np.array(reference["gradient"], dtype=float)
    assert np.abs(gradient - expected).max() <= 1e-10 * np.abs(expected).max()


def adjustment(n: int, m: int, p: int, seed: int = 1) -> dict[str, Any]:
    """Cameras that look at points from afar; one does not turn at all."""
    rng = np.random.default_rng(seed)
    cameras = rng.normal(size=(n, 11)) * ([0.3] * 3 + [1.0] * 3 + [100.0, 5.0, 5.0, 0.01, 0.001])
    cameras[:, 3:6] += [0, 0, -20]
    cameras[0, :3] = 0
    seen = np.stack([np.arange(p) % n, np.arange(p) % m], axis=1).astype(float)
    points, measured = rng.normal(size=(m, 3)), rng.normal(size=(p, 2))
    return {"cameras": cameras, "points": points, "weights": rng.uniform(size=p), "seen": seen, "measured": measured}


def errors(cameras: Any, points: Any, weights: Any, seen: Any, measured: Any) -> Any:
    """The same one observation at a time, and with a matrix for each rotation; of complex numbers, too."""
    found = np.zeros((2, len(seen)), dtype=np.result_type(cameras, points, weights))
    for i, (at, point) in enumerate(seen.astype(int)):
        turn, centre, (f, u, v, k1, k2) = cameras[at, :3], cameras[at, 3:6], cameras[at, 6:]
        angle = np.sqrt(turn @ turn)
        axis = turn / angle if angle else turn
        cross = np.array([[0, -axis[2], axis[1]], [axis[2], 0, -axis[0]], [-axis[1], axis[0], 0]])
        rotation = np.eye(3) + np.sin(angle) * cross + (1 - np.cos(angle)) * cross @ cross
        x, y, z = rotation @ (points[point] - centre)
        far = (x / z) ** 2 + (y / z) ** 2
        scale = (1 + k1 * far + k2 * far**2) * f
        seen_at = np.array([x / z * scale + u, y / z * scale + v])
        found[:, i] = weights[i] * (seen_at - measured[i])
    return found


@pytest.mark.parametrize("mode", MODES)
def test_adjustment(mode: str) -> None:
    """The sparse Jacobian against that of an independent program, by steps into the complex plane (Squire & Trapp,
    1998): nothing cancels, so that all digits count."""
    values = adjustment(5, 12, 30)
    wrt = ("cameras", "points", "weights")
    result = exprgrad.compile(program("ba"), mode, wrt=wrt, sparse=True)(**values)
    assert np.allclose(result["errors"], errors(**values), rtol=1e-12, atol=1e-12)
    assert np.allclose(result["apart"], 1 - values["weights"] ** 2)
    for name in wrt:
        found = result.derivative("errors", name)
        assert len(found.values) <= 60 * 14
        whole = found.toarray().reshape(60, -1)
        for column in range(whole.shape[1]):
            x = values[name].astype(complex)
            x.reshape(-1)[column] += 1e-30j
            expected = errors(**{**values, name: x}).imag.reshape(-1) / 1e-30
            assert np.abs(whole[:, column] - expected).max() <= 1e-10 * np.abs(expected).max(), (name, column)


@needs_data
@pytest.mark.parametrize("name", ["ba_test.txt", "ba1_n49_m7776_p31843.txt"])
def test_adjustment_of_adbench(name: str) -> None:
    """One camera, point, weight and measurement, repeated: each row is the row of textbook.jsonl."""
    (n, m, p), camera, point, weight, measured = rows(name)
    n, m, p = 3, 4, min(int(p), 12)
    seen = np.stack([np.arange(p) % n, np.arange(p) % m], axis=1).astype(float)
    values = {
        "cameras": np.tile(camera, (n, 1)),
        "points": np.tile(point, (m, 1)),
        "weights": np.full(p, weight[0]),
        "seen": seen,
        "measured": np.tile(measured, (p, 1)),
    }
    wrt = ("cameras", "points", "weights")
    result = exprgrad.compile(program("ba"), wrt=wrt, sparse=True)(**values)
    assert np.allclose(result["errors"], errors(**values), rtol=1e-10)
    if name == "ba_test.txt":
        file = ROOT / "tests" / "corpus" / "textbook.jsonl"
        lines = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
        for i in (0, 1):
            (row,) = [line for line in lines if line["id"] == f"adbench-ba-test-{i}"]
            assert abs(result["errors"][i, 0] - float(row["value"])) < 1e-10
            jacobian = result.derivative("errors", "cameras").toarray()[i, 0, 0]
            names = ["r1", "r2", "r3", "C1", "C2", "C3", "f", ("u0", "v0")[i], "k1", "k2"]
            places = [0, 1, 2, 3, 4, 5, 6, 7 + i, 9, 10]
            expected = np.array([float(row["grad"][name]) for name in names])
            assert np.abs(jacobian[places] - expected).max() <= 1e-10 * np.abs(expected).max()


def lstm(main: Any, extra: Any, state: Any, text: Any) -> tuple[float, Any, Any]:
    """Value and gradient by backpropagation written out by hand."""
    layers, b = len(main) // 2, text.shape[1]

    def sigmoid(x: Any) -> Any:
        return 1 / (1 + np.exp(-x))

    s, tapes, total = state.copy(), [], 0.0
    for t in range(len(text) - 1):
        x, tape = text[t] * extra[0], []
        for i in range(layers):
            w, bias = main[2 * i].reshape(4, b), main[2 * i + 1].reshape(4, b)
            h, c = s[2 * i], s[2 * i + 1]
            f, g, o = sigmoid(x * w[0] + bias[0]), sigmoid(h * w[1] + bias[1]), sigmoid(x * w[2] + bias[2])
            u = np.tanh(h * w[3] + bias[3])
            new = c * f + g * u
            tape.append((x, h, c, f, g, o, u, np.tanh(new)))
            x = o * np.tanh(new)
            s = s.copy()
            s[2 * i], s[2 * i + 1] = x, new
        y = x * extra[1] + extra[2]
        total += float(text[t + 1] @ (y - np.log(2 + np.exp(y).sum())))
        tapes.append((tape, x, y))
    count = -(len(text) - 1) * b
    d_main, d_extra, d_s = np.zeros_like(main), np.zeros_like(extra), np.zeros_like(state)
    for t in reversed(range(len(text) - 1)):
        tape, x, y = tapes[t]
        d_y = (text[t + 1] - text[t + 1].sum() * np.exp(y) / (2 + np.exp(y).sum())) / count
        d_extra[1] += d_y * x
        d_extra[2] += d_y
        d_x = d_y * extra[1]
        for i in reversed(range(layers)):
            x, h, c, f, g, o, u, last = tape[i]
            w = main[2 * i].reshape(4, b)
            d_h = d_x + d_s[2 * i]
            d_new = d_s[2 * i + 1] + d_h * o * (1 - last**2)
            d = np.stack(
                [d_new * c * f * (1 - f), d_new * u * g * (1 - g), d_h * last * o * (1 - o), d_new * g * (1 - u**2)]
            )
            d_main[2 * i] += (d * np.stack([x, h, x, h])).reshape(-1)
            d_main[2 * i + 1] += d.reshape(-1)
            d_x = d[0] * w[0] + d[2] * w[2]
            d_s[2 * i], d_s[2 * i + 1] = d[1] * w[1] + d[3] * w[3], d_new * f
        d_extra[0] += d_x * text[t]
    return total / count, d_main, d_extra


@pytest.mark.parametrize("mode", MODES)
def test_lstm(mode: str) -> None:
    rng = np.random.default_rng(1)
    shapes = {"main": (4, 20), "extra": (3, 5), "state": (4, 5), "text": (9, 5)}
    check_lstm({name: rng.uniform(size=shape) for name, shape in shapes.items()}, mode)


@needs_data
def test_lstm_of_adbench() -> None:
    (layers, _, _), *rest = rows("lstm_l2_c1024.txt")
    at = 2 * int(layers)
    state = np.array(rest[at + 3 : 2 * at + 3])
    text = np.array(rest[2 * at + 3 :][:100])
    check_lstm(
        {"main": np.array(rest[:at]), "extra": np.array(rest[at : at + 3]), "state": state, "text": text}, "static"
    )


def check_lstm(values: dict[str, Any], mode: str) -> None:
    loss, d_main, d_extra = lstm(**values)
    result = exprgrad.compile(program("lstm"), mode, wrt=["main", "extra"])(**values)
    assert abs(result["loss"] - loss) <= 1e-10 * abs(loss)
    for name, expected in (("main", d_main), ("extra", d_extra)):
        assert np.abs(result.derivative("loss", name) - expected).max() <= 1e-10 * np.abs(expected).max()


@pytest.mark.parametrize(
    ("name", "text", "values"),
    [
        ("ab", "a*b", {"a": 15.0, "b": 20.0}),
        ("newton", "x = a; while abs(x*x - a) > 1e-12 { x = (x + a/x)/2 }; c = x", {"a": 2.0}),
    ],
)
def test_pages_are_what_is_written_now(name: str, text: str, values: dict[str, float], accept: bool) -> None:
    file = ROOT / "examples" / f"{name}.html"
    page = exprgrad.compile(text).page(**values)
    if accept:
        file.write_text(page, encoding="utf-8", newline="\n")
    assert file.read_text(encoding="utf-8") == page, "python -m pytest tests/test_examples.py --accept writes it"
