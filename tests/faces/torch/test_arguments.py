"""PyTorch's arguments mean what they mean there: what PyTorch 2 answers, written down, in both precisions."""

from __future__ import annotations

from collections.abc import Callable
from math import inf
from typing import Any

import numpy as np
import pytest

import exprgrad.dynamic as torch
from exprgrad.diagnostics import ExprError
from exprgrad.faces.torch.arrays import METHODS, NAMES

V = [1.0, 2.0, 4.0]
M = [[1.0, 2.0, 3.0], [4.0, 0.5, 6.0]]
S = 2.5
E = [3.0, 3.0, 3.0]
Q = [[2.0, 1.0], [1.0, 3.0]]
N = [-1.5, 0.0, 2.0]

# What is called with x and y = x/2 + 1, x, the answer, and the derivative of the sum of the answer by x.
ANSWERS: list[tuple[str, Callable[..., Any], Any, Any, Any]] = [
    (
        "torch.var(x, False)",
        lambda x, y: torch.var(x, False),
        V,
        1.5555555555555554,
        [-0.888888888888889, -0.22222222222222232, 1.111111111111111],
    ),
    (
        "torch.var(x, True)",
        lambda x, y: torch.var(x, True),
        M,
        4.175,
        [[-0.7000000000000001, -0.30000000000000004, 0.1], [0.5, -0.9, 1.3]],
    ),
    (
        "torch.var(x, 0, False)",
        lambda x, y: torch.var(x, 0, False),
        M,
        [2.25, 0.5625, 2.25],
        [[-1.5, 0.75, -1.5], [1.5, -0.75, 1.5]],
    ),
    (
        "torch.var(x, 1, False, True)",
        lambda x, y: torch.var(x, 1, False, True),
        M,
        [[0.6666666666666666], [5.166666666666667]],
        [[-0.6666666666666666, 0.0, 0.6666666666666666], [0.3333333333333333, -2.0, 1.6666666666666665]],
    ),
    (
        "x.var(dim=(0, 1), correction=0, keepdim=True)",
        lambda x, y: x.var(dim=(0, 1), correction=0, keepdim=True),
        M,
        [[3.4791666666666665]],
        [[-0.5833333333333333, -0.25, 0.08333333333333333], [0.41666666666666663, -0.75, 1.0833333333333333]],
    ),
    (
        "x.var(1, unbiased=False)",
        lambda x, y: x.var(1, unbiased=False),
        M,
        [0.6666666666666666, 5.166666666666667],
        [[-0.6666666666666666, 0.0, 0.6666666666666666], [0.3333333333333333, -2.0, 1.6666666666666665]],
    ),
    (
        "x.var(correction=2)",
        lambda x, y: x.var(correction=2),
        V,
        4.666666666666666,
        [-2.666666666666667, -0.666666666666667, 3.333333333333333],
    ),
    (
        "torch.std(x, True)",
        lambda x, y: torch.std(x, True),
        M,
        2.043281674170255,
        [
            [-0.17129307448133874, -0.07341131763485946, 0.02447043921161982],
            [0.12235219605809909, -0.22023395290457837, 0.31811570975105763],
        ],
    ),
    (
        "torch.std(x, False)",
        lambda x, y: torch.std(x, False),
        V,
        1.247219128924647,
        [-0.35634832254989923, -0.08908708063747484, 0.44543540318737396],
    ),
    (
        "x.std(0, keepdim=True)",
        lambda x, y: x.std(0, keepdim=True),
        M,
        [[2.1213203435596424, 1.0606601717798212, 2.1213203435596424]],
        [
            [-0.7071067811865476, 0.7071067811865476, -0.7071067811865476],
            [0.7071067811865476, -0.7071067811865476, 0.7071067811865476],
        ],
    ),
    (
        "x.std(dim=1, correction=0)",
        lambda x, y: x.std(dim=1, correction=0),
        M,
        [0.816496580927726, 2.273030282830976],
        [
            [-0.40824829046386296, 0.0, 0.40824829046386296],
            [0.07332355751067665, -0.4399413450640599, 0.36661778755338326],
        ],
    ),
    ("x.std()", lambda x, y: x.std(), E, 0.0, [0.0, 0.0, 0.0]),
    ("x.std(correction=0)", lambda x, y: x.std(correction=0), E, 0.0, [0.0, 0.0, 0.0]),
    ("x.var(0)", lambda x, y: x.var(0), E, 0.0, [0.0, 0.0, 0.0]),
    ("x.sum(0, True)", lambda x, y: x.sum(0, True), M, [[5.0, 2.5, 9.0]], [[1.0, 1.0, 1.0], [1.0, 1.0, 1.0]]),
    (
        "x.sum(axis=1, keepdims=True)",
        lambda x, y: x.sum(axis=1, keepdims=True),
        M,
        [[6.0], [10.5]],
        [[1.0, 1.0, 1.0], [1.0, 1.0, 1.0]],
    ),
    (
        "x.sum((0, 1), keepdim=True)",
        lambda x, y: x.sum((0, 1), keepdim=True),
        M,
        [[16.5]],
        [[1.0, 1.0, 1.0], [1.0, 1.0, 1.0]],
    ),
    ("x.sum(dim=[])", lambda x, y: x.sum(dim=[]), M, 16.5, [[1.0, 1.0, 1.0], [1.0, 1.0, 1.0]]),
    ("x.sum(0)", lambda x, y: x.sum(0), S, 2.5, 1.0),
    ("x.sum(keepdim=True, dim=None)", lambda x, y: x.sum(keepdim=True, dim=None), S, 2.5, 1.0),
    (
        "torch.mean(x, (0, -1))",
        lambda x, y: torch.mean(x, (0, -1)),
        M,
        2.75,
        [
            [0.16666666666666666, 0.16666666666666666, 0.16666666666666666],
            [0.16666666666666666, 0.16666666666666666, 0.16666666666666666],
        ],
    ),
    (
        "x.mean([])",
        lambda x, y: x.mean([]),
        M,
        2.75,
        [
            [0.16666666666666666, 0.16666666666666666, 0.16666666666666666],
            [0.16666666666666666, 0.16666666666666666, 0.16666666666666666],
        ],
    ),
    (
        "x.prod(1, keepdim=True)",
        lambda x, y: x.prod(1, keepdim=True),
        M,
        [[6.0], [12.0]],
        [[6.0, 3.0, 2.0], [3.0, 24.0, 2.0]],
    ),
    ("x.amax(1, True)", lambda x, y: x.amax(1, True), M, [[3.0], [6.0]], [[0.0, 0.0, 1.0], [0.0, 0.0, 1.0]]),
    ("x.amin(dim=())", lambda x, y: x.amin(dim=()), V, 1.0, [1.0, 0.0, 0.0]),
    ("x.amax(axis=0)", lambda x, y: x.amax(axis=0), M, [4.0, 2.0, 6.0], [[0.0, 1.0, 0.0], [1.0, 0.0, 1.0]]),
    (
        "x.logsumexp((0, 1))",
        lambda x, y: x.logsumexp((0, 1)),
        M,
        6.1941370686750545,
        [
            [0.00554900265776809, 0.015083753090681945, 0.04100189193136369],
            [0.11145469776946747, 0.0033656402427632358, 0.8235450143079559],
        ],
    ),
    (
        "torch.logsumexp(x, 1, keepdim=True)",
        lambda x, y: torch.logsumexp(x, 1, keepdim=True),
        M,
        [[3.4076059644443806], [6.1305211642706094]],
        [
            [0.09003057317038043, 0.24472847105479759, 0.6652409557748217],
            [0.11877537623686378, 0.0035867055773547134, 0.877637918185781],
        ],
    ),
    ("x.logsumexp(0)", lambda x, y: x.logsumexp(0), S, 2.5, 1.0),
    (
        "x.cumsum(1)",
        lambda x, y: x.cumsum(1),
        M,
        [[1.0, 3.0, 6.0], [4.0, 4.5, 10.5]],
        [[3.0, 2.0, 1.0], [3.0, 2.0, 1.0]],
    ),
    ("x.cumsum(0)", lambda x, y: x.cumsum(0), S, 2.5, 1.0),
    (
        "torch.softmax(x, 0)",
        lambda x, y: torch.softmax(x, 0),
        M,
        [
            [0.04742587317756679, 0.8175744761936437, 0.04742587317756679],
            [0.9525741268224334, 0.18242552380635632, 0.9525741268224334],
        ],
        [
            [-1.0530659272937457e-17, 0.0, -1.0530659272937457e-17],
            [-2.1151394565209389e-16, 0.0, -2.1151394565209389e-16],
        ],
    ),
    ("x.softmax(-1)", lambda x, y: x.softmax(-1), S, 1.0, 0.0),
    (
        "x.norm()",
        lambda x, y: x.norm(),
        V,
        4.58257569495584,
        [0.2182178902359924, 0.4364357804719848, 0.8728715609439696],
    ),
    ("x.norm(1)", lambda x, y: x.norm(1), M, 16.5, [[1.0, 1.0, 1.0], [1.0, 1.0, 1.0]]),
    ("x.norm(inf, 1)", lambda x, y: x.norm(inf, 1), M, [3.0, 6.0], [[0.0, 0.0, 1.0], [0.0, 0.0, 1.0]]),
    (
        "torch.norm(x, 2, 0, True)",
        lambda x, y: torch.norm(x, 2, 0, True),
        M,
        [[4.123105625617661, 2.0615528128088303, 6.708203932499369]],
        [
            [0.24253562503633297, 0.9701425001453319, 0.4472135954999579],
            [0.9701425001453319, 0.24253562503633297, 0.8944271909999159],
        ],
    ),
    (
        'torch.norm(x, p="fro", dim=1)',
        lambda x, y: torch.norm(x, p="fro", dim=1),
        M,
        [3.7416573867739413, 7.22841614740048],
        [
            [0.2672612419124244, 0.5345224838248488, 0.8017837257372732],
            [0.5533715710928597, 0.06917144638660747, 0.8300573566392896],
        ],
    ),
    (
        "torch.linalg.norm(x)",
        lambda x, y: torch.linalg.norm(x),
        M,
        8.139410298049853,
        [
            [0.12285902336679023, 0.24571804673358047, 0.3685770701003707],
            [0.49143609346716094, 0.06142951168339512, 0.7371541402007414],
        ],
    ),
    ("torch.linalg.norm(x, 1)", lambda x, y: torch.linalg.norm(x, 1), V, 7.0, [1.0, 1.0, 1.0]),
    (
        "torch.linalg.norm(x, 2, 0)",
        lambda x, y: torch.linalg.norm(x, 2, 0),
        M,
        [4.123105625617661, 2.0615528128088303, 6.708203932499369],
        [
            [0.24253562503633297, 0.9701425001453319, 0.4472135954999579],
            [0.9701425001453319, 0.24253562503633297, 0.8944271909999159],
        ],
    ),
    (
        "torch.linalg.vector_norm(x, inf)",
        lambda x, y: torch.linalg.vector_norm(x, inf),
        M,
        6.0,
        [[0.0, 0.0, 0.0], [0.0, 0.0, 1.0]],
    ),
    ("torch.max(x, y)", lambda x, y: torch.max(x, y), V, [1.5, 2.0, 4.0], [0.0, 0.5, 1.0]),
    ("x.max()", lambda x, y: x.max(), V, 4.0, [0.0, 0.0, 1.0]),
    ("torch.max(x, other=y)", lambda x, y: torch.max(x, other=y), V, [1.5, 2.0, 4.0], [0.0, 0.5, 1.0]),
    ("torch.maximum(x, 2 * y - 2)", lambda x, y: torch.maximum(x, 2 * y - 2), V, [1.0, 2.0, 4.0], [0.5, 0.5, 0.5]),
    ("torch.add(x, y, alpha=3)", lambda x, y: torch.add(x, y, alpha=3), V, [5.5, 8.0, 13.0], [1.0, 1.0, 1.0]),
    ("x.sub(1, alpha=2)", lambda x, y: x.sub(1, alpha=2), V, [-1.0, 0.0, 2.0], [1.0, 1.0, 1.0]),
    ("torch.rsub(x, y)", lambda x, y: torch.rsub(x, y), V, [0.5, 0.0, -1.0], [-1.0, -1.0, -1.0]),
    (
        "torch.div(x, 3, rounding_mode=None)",
        lambda x, y: torch.div(x, 3, rounding_mode=None),
        V,
        [0.3333333333333333, 0.6666666666666666, 1.3333333333333333],
        [0.3333333333333333, 0.3333333333333333, 0.3333333333333333],
    ),
    ("torch.clip(x, 2)", lambda x, y: torch.clip(x, 2), V, [2.0, 2.0, 4.0], [0.0, 0.0, 1.0]),
    ("x.clamp(max=2)", lambda x, y: x.clamp(max=2), V, [1.0, 2.0, 2.0], [1.0, 0.0, 0.0]),
    ("x.clip(min=y, max=2 * y)", lambda x, y: x.clip(min=y, max=2 * y), V, [1.5, 2.0, 4.0], [0.0, 0.5, 1.0]),
    ("torch.clamp(x, 3, 1)", lambda x, y: torch.clamp(x, 3, 1), V, [1.0, 1.0, 1.0], [0.0, 0.0, 0.0]),
    (
        "torch.round(x * 1.26, decimals=1)",
        lambda x, y: torch.round(x * 1.26, decimals=1),
        V,
        [1.3, 2.5, 5.0],
        [0.0, 0.0, 0.0],
    ),
    ("torch.pow(x, exponent=2)", lambda x, y: torch.pow(x, exponent=2), V, [1.0, 4.0, 16.0], [2.0, 4.0, 8.0]),
    (
        "torch.pow(2, x)",
        lambda x, y: torch.pow(2, x),
        V,
        [2.0, 4.0, 16.0],
        [1.3862943611198906, 2.772588722239781, 11.090354888959125],
    ),
    (
        "x.polygamma(1)",
        lambda x, y: x.polygamma(1),
        V,
        [1.6449340668482264, 0.6449340668482264, 0.28382295573711532],
        [-2.4041138063191885, -0.40411380631918857, -0.080039732245114496],
    ),
    (
        "torch.polygamma(2, x)",
        lambda x, y: torch.polygamma(2, x),
        V,
        [-2.404113806319188, -0.4041138063191886, -0.0800397322451145],
        [6.493939402266829, 0.4939394022668293, 0.04486532819275508],
    ),
    (
        "torch.where(x > 1, x * x, -x)",
        lambda x, y: torch.where(x > 1, x * x, -x),
        V,
        [-1.0, 4.0, 16.0],
        [-1.0, 4.0, 8.0],
    ),
    ("torch.where(x > 1, 1.0, x)", lambda x, y: torch.where(x > 1, 1.0, x), V, [1.0, 1.0, 1.0], [1.0, 0.0, 0.0]),
    (
        "torch.cat([x, y], dim=-1)",
        lambda x, y: torch.cat([x, y], dim=-1),
        V,
        [1.0, 2.0, 4.0, 1.5, 2.0, 3.0],
        [1.0, 1.0, 1.0],
    ),
    (
        "torch.concat([x, y], axis=0)",
        lambda x, y: torch.concat([x, y], axis=0),
        V,
        [1.0, 2.0, 4.0, 1.5, 2.0, 3.0],
        [1.0, 1.0, 1.0],
    ),
    (
        "torch.stack((x, y), 1)",
        lambda x, y: torch.stack((x, y), 1),
        V,
        [[1.0, 1.5], [2.0, 2.0], [4.0, 3.0]],
        [1.0, 1.0, 1.0],
    ),
    (
        "torch.stack([x.sum(), x.mean()])",
        lambda x, y: torch.stack([x.sum(), x.mean()]),
        V,
        [7.0, 2.3333333333333335],
        [1.3333333333333333, 1.3333333333333333, 1.3333333333333333],
    ),
    ("torch.dot(x, y)", lambda x, y: torch.dot(x, y), V, 17.5, [1.5, 2.0, 3.0]),
    ("torch.mm(x, y)", lambda x, y: torch.mm(x, y), Q, [[5.5, 5.5], [6.5, 9.0]], [[3.5, 4.0], [3.5, 4.0]]),
    ("x.mv(x[0])", lambda x, y: x.mv(x[0]), Q, [5.0, 5.0], [[5.0, 5.0], [2.0, 1.0]]),
    (
        "torch.outer(x, y)",
        lambda x, y: torch.outer(x, y),
        V,
        [[1.5, 2.0, 3.0], [3.0, 4.0, 6.0], [6.0, 8.0, 12.0]],
        [6.5, 6.5, 6.5],
    ),
    ("x.reshape(3, 1)", lambda x, y: x.reshape(3, 1), V, [[1.0], [2.0], [4.0]], [1.0, 1.0, 1.0]),
    ("x.reshape([-1, 1])", lambda x, y: x.reshape([-1, 1]), V, [[1.0], [2.0], [4.0]], [1.0, 1.0, 1.0]),
    (
        "torch.reshape(x, (3, -1))",
        lambda x, y: torch.reshape(x, (3, -1)),
        M,
        [[1.0, 2.0], [3.0, 4.0], [0.5, 6.0]],
        [[1.0, 1.0, 1.0], [1.0, 1.0, 1.0]],
    ),
    (
        "x.transpose(dim0=0, dim1=1)",
        lambda x, y: x.transpose(dim0=0, dim1=1),
        M,
        [[1.0, 4.0], [2.0, 0.5], [3.0, 6.0]],
        [[1.0, 1.0, 1.0], [1.0, 1.0, 1.0]],
    ),
    (
        "torch.permute(x, (1, 0))",
        lambda x, y: torch.permute(x, (1, 0)),
        M,
        [[1.0, 4.0], [2.0, 0.5], [3.0, 6.0]],
        [[1.0, 1.0, 1.0], [1.0, 1.0, 1.0]],
    ),
    (
        "x.permute(1, 0)",
        lambda x, y: x.permute(1, 0),
        M,
        [[1.0, 4.0], [2.0, 0.5], [3.0, 6.0]],
        [[1.0, 1.0, 1.0], [1.0, 1.0, 1.0]],
    ),
    ("x.t()", lambda x, y: x.t(), V, [1.0, 2.0, 4.0], [1.0, 1.0, 1.0]),
    ("x[None].squeeze((0,))", lambda x, y: x[None].squeeze((0,)), V, [1.0, 2.0, 4.0], [1.0, 1.0, 1.0]),
    ("x.reshape(1)", lambda x, y: x.reshape(1), S, [2.5], 1.0),
    ("x[None]", lambda x, y: x[None], S, [2.5], 1.0),
    ("x.unsqueeze(0)", lambda x, y: x.unsqueeze(0), S, [2.5], 1.0),
    (
        "x.flip(0, 1)",
        lambda x, y: x.flip(0, 1),
        M,
        [[6.0, 0.5, 4.0], [3.0, 2.0, 1.0]],
        [[1.0, 1.0, 1.0], [1.0, 1.0, 1.0]],
    ),
    (
        "torch.flip(x, [1])",
        lambda x, y: torch.flip(x, [1]),
        M,
        [[3.0, 2.0, 1.0], [6.0, 0.5, 4.0]],
        [[1.0, 1.0, 1.0], [1.0, 1.0, 1.0]],
    ),
    ("x.T", lambda x, y: x.T, M, [[1.0, 4.0], [2.0, 0.5], [3.0, 6.0]], [[1.0, 1.0, 1.0], [1.0, 1.0, 1.0]]),
    (
        "x.index_select(1, torch.tensor([2, 0]))",
        lambda x, y: x.index_select(1, torch.tensor([2, 0])),
        M,
        [[3.0, 1.0], [6.0, 4.0]],
        [[1.0, 0.0, 1.0], [1.0, 0.0, 1.0]],
    ),
    (
        "torch.linalg.solve(x, y)",
        lambda x, y: torch.linalg.solve(x, y),
        Q,
        [[0.9, 0.39999999999999997], [0.2, 0.7000000000000001]],
        [[-0.52, -0.36000000000000004], [-0.26, -0.18000000000000002]],
    ),
    (
        "torch.inverse(x)",
        lambda x, y: torch.inverse(x),
        Q,
        [[0.6, -0.2], [-0.2, 0.4]],
        [[-0.15999999999999998, -0.07999999999999999], [-0.08, -0.04000000000000001]],
    ),
    ("x.det()", lambda x, y: x.det(), Q, 5.0, [[3.0, -1.0], [-1.0, 2.0]]),
    ("torch.square(x)", lambda x, y: torch.square(x), V, [1.0, 4.0, 16.0], [2.0, 4.0, 8.0]),
    ("x.reciprocal()", lambda x, y: x.reciprocal(), V, [1.0, 0.5, 0.25], [-1.0, -0.25, -0.0625]),
    (
        "torch.rsqrt(x)",
        lambda x, y: torch.rsqrt(x),
        V,
        [1.0, 0.7071067811865475, 0.5],
        [-0.5, -0.17677669529663684, -0.0625],
    ),
    (
        "torch.sinc(x)",
        lambda x, y: torch.sinc(x),
        V,
        [3.8981718325193755e-17, -3.8981718325193755e-17, -3.8981718325193755e-17],
        [-1.0, 0.5, 0.25],
    ),
    (
        "torch.log(input=x)",
        lambda x, y: torch.log(input=x),
        V,
        [0.0, 0.6931471805599453, 1.3862943611198906],
        [1.0, 0.5, 0.25],
    ),
    ("torch.mul(input=x, other=y)", lambda x, y: torch.mul(input=x, other=y), V, [1.5, 4.0, 12.0], [1.5, 2.0, 3.0]),
    ("torch.abs(x)", lambda x, y: torch.abs(x), N, [1.5, 0.0, 2.0], [-1.0, 0.0, 1.0]),
    ("torch.relu(x)", lambda x, y: torch.relu(x), N, [0.0, 0.0, 2.0], [0.0, 0.0, 1.0]),
    ("torch.sign(x)", lambda x, y: torch.sign(x), N, [-1.0, 0.0, 1.0], [0.0, 0.0, 0.0]),
    ("torch.floor(x)", lambda x, y: torch.floor(x), N, [-2.0, 0.0, 2.0], [0.0, 0.0, 0.0]),
    (
        "(x - x.mean()) / x.std()",
        lambda x, y: (x - x.mean()) / x.std(),
        V,
        [-0.8728715609439697, -0.2182178902359925, 1.0910894511799618],
        [-1.1102230246251565e-16, 0.0, 2.220446049250313e-16],
    ),
    ("x.sum(dtype=torch.float64)", lambda x, y: x.sum(dtype=torch.float64), V, 7.0, [1.0, 1.0, 1.0]),
    (
        "x * torch.tensor(2.0, dtype=torch.float64)",
        lambda x, y: x * torch.tensor(2.0, dtype=torch.float64),
        V,
        [2.0, 4.0, 8.0],
        [2.0, 2.0, 2.0],
    ),
    ("x.double().sum()", lambda x, y: x.double().sum(), V, 7.0, [1.0, 1.0, 1.0]),
    ("x.float()", lambda x, y: x.float(), V, [1.0, 2.0, 4.0], [1.0, 1.0, 1.0]),
    ("torch.ones_like(x) * x", lambda x, y: torch.ones_like(x) * x, V, [1.0, 2.0, 4.0], [1.0, 1.0, 1.0]),
    ("torch.full_like(x, 2) * x", lambda x, y: torch.full_like(x, 2) * x, V, [2.0, 4.0, 8.0], [2.0, 2.0, 2.0]),
    ("torch.zeros_like(x) + x", lambda x, y: torch.zeros_like(x) + x, V, [1.0, 2.0, 4.0], [1.0, 1.0, 1.0]),
]


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("case", ANSWERS, ids=[case[0] for case in ANSWERS])
def test_answers_of_the_model(case: Any, dtype: str) -> None:
    text, call, data, value, gradient = case
    x = torch.tensor(data, dtype=dtype, requires_grad=True)
    found = call(x, x.detach() * 0.5 + 1)
    tolerance = 1e-11 if dtype == "float64" else 1e-5
    np.testing.assert_allclose(found.numpy(), value, rtol=tolerance, atol=tolerance)
    assert found.shape == np.shape(value)
    if "double" not in text and "dtype=" not in text and "float()" not in text:
        assert found.dtype == dtype
    assert found.requires_grad == (gradient is not None)
    if gradient is not None:
        found.sum().backward()
        assert x.grad is not None and x.grad.dtype == dtype
        np.testing.assert_allclose(x.grad.numpy(), gradient, rtol=10 * tolerance, atol=10 * tolerance)


@pytest.mark.parametrize(
    "call",
    [
        lambda x: (x == x, torch.eq(x, x), x.ne(2), torch.lt(x, 2), torch.greater_equal(x, x)),
        lambda x: (torch.any(x), x.all(0), x.any(dim=[]), torch.logical_not(x)),
        lambda x: (torch.zeros_like(x), torch.ones_like(x * 2), torch.full_like(x, 3)),
        lambda x: (torch.zeros(2), torch.ones((2, 2)), torch.eye(2), torch.full([2], 1.0), torch.arange(3)),
        lambda x: (x.detach(), x.data, torch.tensor(x), torch.Tensor([1, 2])),
    ],
)
def test_what_has_no_history(call: Callable[..., Any]) -> None:
    x = torch.tensor(V, requires_grad=True)
    assert not any(found.requires_grad for found in call(x))
    with torch.no_grad():
        assert not any(found.requires_grad for found in call(x * 2))


def test_along_no_axis() -> None:
    """An empty list of axes is all of them, but for any and all, which decide element by element."""
    x = torch.tensor(M)
    assert x.sum(dim=[]).item() == 16.5 and x.std(()).shape == () and x.amax(dim=[]).item() == 6
    assert (x - 1).any(dim=[]).tolist() == [[0, 1, 1], [1, 1, 1]] == (x - 1).all(dim=()).tolist()
    with pytest.raises(ValueError, match="along no axis"):
        x.logsumexp([])


def test_one_truth_value() -> None:
    v = torch.tensor(V)
    assert torch.equal(v, v.clone()) is True and v.equal(v + 1) is False
    assert torch.equal(v, torch.tensor([V])) is False and torch.equal(torch.tensor(2.0), torch.tensor(2.0)) is True
    assert torch.equal(torch.tensor([np.nan]), torch.tensor([np.nan])) is False
    assert torch.allclose(v, v + 1e-9) is True and v.allclose(v + 1e-3) is False


def test_tensor_by_its_class() -> None:
    assert torch.Tensor([1, 2]).tolist() == [1, 2] and torch.Tensor(np.array([1.5])).tolist() == [1.5]
    x = torch.tensor(1.0)
    assert isinstance(x, torch.Tensor) and not isinstance(1.0, torch.Tensor)
    for data in ((2,), (2, 3), (2.5,), (), (x,)):
        with pytest.raises(TypeError, match="list or an array"):
            torch.Tensor(*data)


# What PyTorch refuses, or answers in a way that is not here: an error of a kind that is raised there, never a number.
REFUSED: list[tuple[str, Callable[..., Any], type[Exception]]] = [
    ("sum(5)", lambda x: x.sum(5), IndexError),
    ("sum(True)", lambda x: x.sum(True), TypeError),
    ("sum(0, 1)", lambda x: x.sum(0, 1), TypeError),
    ("sum(1.0)", lambda x: x.sum(1.0), TypeError),
    ("sum((0, 0))", lambda x: x.sum((0, 0)), ValueError),
    ("sum(of=0)", lambda x: x.sum(of=0), TypeError),
    ("prod((0, 1))", lambda x: x.prod((0, 1)), TypeError),
    ("logsumexp()", lambda x: x.logsumexp(), TypeError),
    ("softmax()", lambda x: x.softmax(), TypeError),
    ("cumsum()", lambda x: x.cumsum(), TypeError),
    ("var(unbiased, correction)", lambda x: x.var(0, unbiased=True, correction=1), ValueError),
    ("var(False, 0)", lambda x: x.var(False, 0), TypeError),
    ("max(0)", lambda x: x.max(0), TypeError),
    ("norm(3)", lambda x: x.norm(3), ValueError),
    ("linalg.norm(2)", lambda x: torch.linalg.norm(x, 2), ValueError),
    ("dot", lambda x: torch.dot(x, x), RuntimeError),
    ("mm", lambda x: torch.mm(x, torch.tensor(V)), RuntimeError),
    ("mv", lambda x: x.mv(x.t()), RuntimeError),
    ("matmul", lambda x: x @ x, RuntimeError),
    ("x + y", lambda x: x + torch.ones(2), RuntimeError),
    ("t", lambda x: x[None].t(), RuntimeError),
    ("view", lambda x: x.view(5), RuntimeError),
    ("reshape", lambda x: x.reshape(2.0, 3), TypeError),
    ("permute", lambda x: x.permute(0, 0), RuntimeError),
    ("diag(1)", lambda x: x.diag(1), ValueError),
    ("eye(2, 3)", lambda x: torch.eye(2, 3), ValueError),
    ("zeros()", lambda x: torch.zeros(), TypeError),
    ("zeros(2.5)", lambda x: torch.zeros(2.5), TypeError),
    ("zeros(-1)", lambda x: torch.zeros(-1), RuntimeError),
    ("ones on cuda", lambda x: torch.ones(2, device="cuda"), ValueError),
    ("arange", lambda x: torch.arange(0, 3, -1), ValueError),
    ("cat([])", lambda x: torch.cat([]), ValueError),
    ("cat of numbers", lambda x: torch.cat([x.sum(), x.sum()]), IndexError),
    ("stack([])", lambda x: torch.stack([]), ValueError),
    ("stack", lambda x: torch.stack([x, x[0]]), RuntimeError),
    ("where(c)", lambda x: torch.where(x > 1), TypeError),
    ("clip()", lambda x: x.clip(), ValueError),
    ("div", lambda x: torch.div(x, 2, rounding_mode="up"), ValueError),
    ("equal(2)", lambda x: torch.equal(x, 2), TypeError),
    ("x == [1]", lambda x: x == [1.0, 2.0], TypeError),
    ("x[True]", lambda x: x[True], IndexError),
    ("x[1.0]", lambda x: x[1.0], IndexError),
    ("x[[0]]", lambda x: x[[0, 0]], IndexError),
    ("x[mask]", lambda x: x[x > 1], IndexError),
    ("x[5]", lambda x: x[5], IndexError),
    ("x[0, 0, 0]", lambda x: x[0, 0, 0], IndexError),
    ("x[0][0][0]", lambda x: x[0][0][0], IndexError),
    ("len", lambda x: len(x.sum()), TypeError),
    ("iter", lambda x: list(x.sum()), TypeError),
    ("bool", lambda x: bool(x), RuntimeError),
    ("float", lambda x: float(x), ValueError),
    ("item", lambda x: x.item(), RuntimeError),
    ("tensor of rows", lambda x: torch.tensor([[1, 2], [3]]), ValueError),
    ("tensor of text", lambda x: torch.tensor("a"), RuntimeError),
    ("backward", lambda x: x.backward(), RuntimeError),
    ("a & b", lambda x: (x > 1) & (x < 3), TypeError),
    ("~a", lambda x: ~(x > 1), TypeError),
    ("hypot()", lambda x: torch.hypot(x), TypeError),
    ("sin(out=)", lambda x: torch.sin(x, out=x), TypeError),
    ("x.sin(1)", lambda x: x.sin(1), TypeError),
    ("sin()", lambda x: torch.sin(), ValueError),
    ("add(out=)", lambda x: torch.add(x, x, out=x), TypeError),
    ("to cuda", lambda x: x.to("cuda"), ValueError),
    ("to an int", lambda x: x.to("int64"), ValueError),
]


@pytest.mark.parametrize("case", REFUSED, ids=[case[0] for case in REFUSED])
def test_what_is_refused_is_an_error_of_the_model_s_kind(case: Any) -> None:
    _, call, kind = case
    with pytest.raises(kind) as raised:
        call(torch.tensor(M, requires_grad=True))
    assert isinstance(raised.value, ExprError) and raised.value.hint


def test_a_second_backward_is_a_runtime_error() -> None:
    x = torch.tensor(2.0, requires_grad=True)
    y = x * x
    y.backward()
    with pytest.raises(RuntimeError, match="second time"):
        y.backward()
    with pytest.raises(RuntimeError):
        torch.grad(y.detach(), x)


@pytest.mark.parametrize(
    "kind", [list, tuple, lambda xs: np.array(xs, dtype=object), lambda xs: [[1.0, 2.0, 3.0], list(xs)]]
)
def test_a_list_of_tensors_is_no_constant(kind: Any) -> None:
    v = torch.tensor(V, requires_grad=True)
    x = torch.tensor(2.0, requires_grad=True)
    for call in (lambda xs: v * xs, lambda xs: xs + v, lambda xs: torch.maximum(v, xs), lambda xs: v.pow(xs)):
        with pytest.raises(TypeError, match="is no operand"):
            call(kind([x, x, x]))
    assert (v * [1.0, 2.0, 3.0]).tolist() == [1, 4, 12]
    (v * torch.stack([x, x, x])).sum().backward()
    assert x.grad is not None and x.grad.item() == 7


def test_a_float32_number_is_a_number() -> None:
    x = torch.tensor(-1.0, dtype=torch.float32, requires_grad=True)
    y = torch.where(x > 0, x * 2, x * 3)
    y.backward()
    assert (y.item(), x.grad.item(), y.dtype) == (-3, 3, "float32")
    assert bool(x) and not torch.tensor(0.0, dtype=torch.float32) and float(x) == -1
    assert torch.where(torch.tensor(0.0, dtype=torch.float32), 1.0, 2.0).item() == 2
    assert torch.stack([x, torch.tensor(0.5)]).dtype == "float64"
    assert (torch.tensor([1.0, 2.0], dtype=torch.float32) * torch.tensor(0.1)).dtype == "float32"


@pytest.mark.parametrize("name", sorted({*METHODS} - {"to"}))
def test_all_methods_are_in_both_precisions(name: str) -> None:
    """What a method answers in float64 it answers in float32, for numbers, vectors and matrices."""
    calls: list[Callable[..., Any]] = [
        lambda x: METHODS[name](x),
        lambda x: METHODS[name](x, x),
        lambda x: METHODS[name](x, 0),
        lambda x: METHODS[name](x, -1, True),
        lambda x: METHODS[name](x, 0, 1),
        lambda x: METHODS[name](x, 2.0),
        lambda x: METHODS[name](x, -1),
        lambda x: METHODS[name](x, x[0]),
    ]
    answers = 0
    for data in (2.0, [2.0], [1.0, 2.0], Q):
        for call in calls:
            found: list[Any] = []
            for dtype in ("float64", "float32"):
                x = torch.tensor(data, dtype=dtype, requires_grad=True)
                try:
                    out = call(x)
                    if getattr(out, "requires_grad", False):
                        out.sum().backward()
                    found.append((out, x.grad))
                except ExprError as problem:
                    found.append(type(problem))
            double, single = found
            if isinstance(double, type):
                assert double is single
                continue
            answers += 1
            for wide, narrow in zip(double, single, strict=True):
                if isinstance(wide, torch.Tensor):
                    np.testing.assert_allclose(narrow.numpy(), wide.numpy(), rtol=1e-5, atol=1e-6)
                else:
                    assert wide == narrow or narrow is wide
    assert answers


def test_every_name_is_a_function_or_a_number() -> None:
    for name in dir(torch):
        assert hasattr(torch, name), name
    assert torch.pi == np.pi and NAMES["double"] == torch.float64


OPTIONS: list[tuple[Callable[..., Any], Any]] = [
    (lambda x: x.to(dtype=torch.float32), [1, 2]),
    (lambda x: x.to(device="cpu"), [1, 2]),
    (lambda x: x.to("cpu", torch.float32), [1, 2]),
    (lambda x: x.to(x), [1, 2]),
    (lambda x: torch.tensor([1.0], device="cpu", pin_memory=False), [1]),
    (lambda x: torch.ones(2, layout=None, pin_memory=False), [1, 1]),
    (lambda x: torch.autograd.functional.jacobian(lambda y: y * y, x, vectorize=True), [[2, 0], [0, 4]]),
    (lambda x: torch.autograd.functional.hessian(lambda y: (y * y).sum(), x, vectorize=True), [[2, 0], [0, 2]]),
]


@pytest.mark.parametrize(("call", "expected"), OPTIONS)
def test_options_that_change_no_number(call: Callable[..., Any], expected: Any) -> None:
    assert call(torch.tensor([1.0, 2.0])).tolist() == expected


REFUSED_KEYS = [np.array([0, 1]), np.array([True, False]), slice(1, np.array([2, 3])), slice(torch.tensor(2.0)), 1.5]


@pytest.mark.parametrize("key", [*REFUSED_KEYS, slice(None, None, 0), True])
def test_an_index_that_is_none(key: Any) -> None:
    with pytest.raises(IndexError):
        torch.tensor([1.0, 2.0])[key]
    with pytest.raises(IndexError):
        torch.tensor([1.0, 2.0])[..., key]


@pytest.mark.parametrize(
    ("operands", "expected"),
    [((0.0, 1.0, 1.0), [0, 1, 0]), ((1.0, 1.0, 1.0), [1, 0, 0]), ((2.0, 1.0, 1.0), [0, 0, 1]), ((1.0, 0.0, 1.0), None)],
)
def test_limits_that_are_one(operands: Any, expected: Any) -> None:
    x, low, high = leaves = [torch.tensor(value, requires_grad=True) for value in operands]
    torch.clamp(x, low, high).backward()
    assert [t.grad.item() for t in leaves if t.grad is not None] == (expected or [0.5, 0, 0.5])


def test_a_limit_that_is_nan() -> None:
    assert all(np.isnan(torch.tensor([1.0]).clamp(**{name: np.nan}).item()) for name in ("min", "max"))


@pytest.mark.parametrize(
    "call",
    [
        lambda: torch.zeros(2, colour=1),
        lambda: torch.ones_like(torch.tensor(1.0), fill_value=2),
        lambda: torch.arange(3, colour=1),
        lambda: torch.full([2], 1.0, colour=1),
    ],
)
def test_an_option_that_there_is_not(call: Any) -> None:
    with pytest.raises(ExprError, match=r"there is no option (colour|fill_value)"):
        call()
