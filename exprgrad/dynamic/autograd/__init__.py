"""PyTorch's `torch.autograd`: derivatives by call, the modes, and `functional`."""

from __future__ import annotations

from typing import Any

from exprgrad.dynamic.autograd import functional
from exprgrad.faces.answers import no_such_name
from exprgrad.faces.torch.anomaly import detect_anomaly, is_anomaly_enabled, set_detect_anomaly
from exprgrad.faces.torch.derivatives import grad
from exprgrad.faces.torch.grad_mode import enable_grad, no_grad, set_grad_enabled
from exprgrad.faces.torch.instead import MODULE

__all__ = [
    "detect_anomaly",
    "enable_grad",
    "functional",
    "grad",
    "is_anomaly_enabled",
    "no_grad",
    "set_detect_anomaly",
    "set_grad_enabled",
]


def __getattr__(name: str) -> Any:
    raise no_such_name("torch.autograd", name, MODULE, __all__)
