"""One or more cases an op: how the language calls it, and the same in NumPy's float64, written from the op's definition.

A case's operands are named a, b, c. Shapes may hold "B", bound to 7 when run forward and to 3 for gradients.
"""
import dataclasses
import math
from typing import Callable

import numpy as np

import convolutions
import discrete
import normalizations
import pooling

erf = np.vectorize(math.erf)


def sigmoid(x):
    return np.where(x >= 0, 1 / (1 + np.exp(-np.abs(x))), np.exp(-np.abs(x)) / (1 + np.exp(-np.abs(x))))


def batch_sum(x):
    return x.reshape(len(x), -1).sum(axis=1).mean()


def bce(y, x):
    return -(x * np.maximum(np.log(y), -100) + (1 - x) * np.maximum(np.log(1 - y), -100))


def bce_logits(l, x):
    return np.maximum(l, 0) - l * x + np.log1p(np.exp(-np.abs(l)))


def huber(delta):
    return lambda y, x: np.where(np.abs(y - x) <= delta, (y - x) ** 2 / 2, delta * (np.abs(y - x) - delta / 2))


@dataclasses.dataclass
class Case:
    op: str
    call: str                      # in the language
    formula: Callable              # of float64 arrays
    ranges: tuple = ((-2, 2),)     # of each operand's values
    shapes: tuple = ((("B", 5)),)  # of each operand
    gradient: bool = True
    absolute: float = 1e-6         # error allowed beside 1e-5 relative
    parameters: dict = dataclasses.field(default_factory=dict)  # of layers: name in the formula -> (path, shape)
    integers: str = ""             # operands that are i32, drawn from their ranges' integers; no gradient
    training: Callable = None      # the formula inside a loss, where it is another
    noise: tuple = None            # shape of uniform draws, the formula's last argument; in losses alone where those have their own formula


ROW = ("B", 5)
WIDE = (("B", 1001),)
PAIR = ((-2, 2), (-2, 2))


def unary(op, formula, low, high, arguments="", **options):
    """Wide for the values, narrow for the gradient."""
    call = f"{op}(a{arguments})"
    return [Case(op, call, formula, ((low, high),), WIDE, gradient=False, **options),
            Case(op, call, formula, ((max(low, -3), min(high, 3)),), (ROW,), **options)]


def binary(op, formula, second=(-2, 2), gradient=True):
    """Equal shapes, and each way of broadcasting."""
    shapes = [(ROW, ROW), (ROW, (5,)), ((5,), ROW), (ROW, ("B", 1)), ((33, 1, 5), (7, 1)), (ROW, ())]
    return [Case(op, f"{op}(a, b)", formula, ((-2, 2), second), pair, gradient) for pair in shapes]


def compare(op, formula):
    return [Case(op, f"{op}(a, b)", lambda a, b: formula(a, b).astype(np.float64), PAIR, (ROW, (5,)), gradient=False)]


def loss(op, call, term, ranges, default):
    reduce = {"mean": np.mean, "sum": batch_sum, "total": np.sum, "none": lambda x: x}
    cases = [Case(op, call.format(""), lambda a, b: reduce[default](term(a, b)), ranges, (ROW, ROW))]
    for name, function in reduce.items():
        cases.append(Case(op, call.format(f', reduction = "{name}"'), lambda a, b, f=function: f(term(a, b)), ranges, (("B", 3, 33),) * 2))
    return cases


def extremum(op, formula):
    return [Case(op, f"{op}(a)", formula, shapes=(("B", 3, 33),)),
            Case(op, f"{op}(a, axis = 0)", lambda a: formula(a, axis=0), shapes=(("B", 33),)),
            Case(op, f"{op}(a, axis = 1)", lambda a: formula(a, axis=1), shapes=(("B", 785),)),
            Case(op, f"{op}(a, axis = [0, 2], keep = true)", lambda a: formula(a, axis=(0, 2), keepdims=True), shapes=(("B", 3, 5),))]


CASES = [
    *unary("relu", lambda a: np.maximum(a, 0), -50, 50),
    *unary("leaky_relu", lambda a: np.where(a > 0, a, 0.01 * a), -50, 50),
    Case("leaky_relu", "leaky_relu(a, slope = 0.2)", lambda a: np.where(a > 0, a, 0.2 * a)),
    *unary("silu", lambda a: a * sigmoid(a), -80, 80),
    *unary("gelu", lambda a: a * (1 + erf(a / np.sqrt(2))) / 2, -10, 10),
    *unary("gelu", lambda a: a * (1 + np.tanh(np.sqrt(2 / np.pi) * (a + 0.044715 * a**3))) / 2, -10, 10, ', approximate = "tanh"'),
    *unary("tanh", np.tanh, -20, 20, absolute=0),
    *unary("sigmoid", sigmoid, -80, 80, absolute=1e-37),
    *unary("softplus", lambda a: np.maximum(a, 0) + np.log1p(np.exp(-np.abs(a))), -80, 80, absolute=1e-37),
    *unary("erf", erf, -6, 6, absolute=1e-7),
    *unary("exp", np.exp, -85, 85, absolute=0),
    *unary("log", np.log, 1e-3, 1e6, absolute=1e-7),
    *unary("sqrt", np.sqrt, 1e-3, 1e6, absolute=0),
    *unary("square", np.square, -100, 100),
    *unary("abs", np.abs, -100, 100),
    *unary("neg", np.negative, -100, 100),
    *unary("clamp", lambda a: np.clip(a, -1, 0.5), -3, 3, ", -1, 0.5"),
    Case("stop_gradient", "stop_gradient(a) * a", lambda a: a * a, gradient=False),
    *binary("add", np.add),
    *binary("sub", np.subtract),
    *binary("mul", np.multiply),
    *binary("div", np.divide, (0.5, 3)),
    *binary("min", np.minimum),
    *binary("max", np.maximum),
    *compare("greater", np.greater),
    *compare("greater_equal", np.greater_equal),
    *compare("less", np.less),
    *compare("less_equal", np.less_equal),
    *compare("equal", np.equal),
    *compare("not_equal", np.not_equal),
    Case("where", "where(greater(a, b), a * b, c)", lambda a, b, c: np.where(a > b, a * b, c), (*PAIR, (-2, 2)), (ROW, (5,), ("B", 1))),
    Case("sum", "sum(a)", np.sum, shapes=(("B", 3, 33),)),
    Case("sum", "sum(a, axis = 0)", lambda a: a.sum(0), shapes=(("B", 33),)),
    Case("sum", "sum(a, axis = 1)", lambda a: a.sum(1), shapes=(("B", 785),)),
    Case("sum", "sum(a, axis = 1, keep = true)", lambda a: a.sum(1, keepdims=True), shapes=(("B", 3, 5),)),
    *extremum("amax", np.max),
    *extremum("amin", np.min),
    Case("mean", "mean(a)", np.mean, shapes=(("B", 33),)),
    Case("mean", "mean(a, axis = 0)", lambda a: a.mean(0), shapes=(("B", 5),)),
    Case("matmul", "matmul(a, b)", lambda a, b: a @ b, PAIR, (("B", 33), (33, 20))),
    Case("matmul", "matmul(a, b, transpose_b = true)", lambda a, b: a @ b.T, PAIR, (("B", 5), (65, 5))),
    Case("matmul", "matmul(a, b, transpose_a = true)", lambda a, b: a.T @ b, PAIR, (("B", 13), ("B", 31))),
    Case("matmul", "matmul(a, b)", lambda a, b: a @ b, PAIR, ((7, 5), ("B", 5, 6))),
    Case("matmul", "matmul(a, b, transpose_a = true, transpose_b = true)", lambda a, b: a.transpose(0, 2, 1) @ b.transpose(0, 1, 3, 2), PAIR,
         ((2, 5, 3), ("B", 2, 9, 5))),
    Case("linear", "linear(a, 20) @fc", lambda a, w, b: a @ w.T + b, ((-2, 2),), (("B", 33),),
         parameters={"w": ("fc.weight", (20, 33)), "b": ("fc.bias", (20,))}),
    Case("linear", "linear(a, 3, bias = false) @fc", lambda a, w: a @ w.T, ((-2, 2),), (("B", 4, 5),), parameters={"w": ("fc.weight", (3, 5))}),
    *convolutions.cases(Case),
    *normalizations.cases(Case, loss),
    *discrete.cases(Case),
    *pooling.cases(Case),
    Case("reshape", "reshape(a, [3, 11]) * 2", lambda a: a.reshape(3, 11) * 2, shapes=((33,),)),
    Case("broadcast", "broadcast(a, [4, 5])", lambda a: np.broadcast_to(a, (4, 5)), shapes=((5,),)),
    Case("transpose", "transpose(a, [1, 0])", lambda a: a.T, shapes=(("B", 33),)),
    Case("transpose", "transpose(a, [2, 0, 1])", lambda a: a.transpose(2, 0, 1), shapes=((4, 3, 5),)),
    Case("concat", "concat(a, b, axis = 1)", lambda a, b: np.concatenate([a, b], 1), PAIR, (ROW, ("B", 33))),
    Case("slice", "slice(a, axis = 1, begin = 1, end = 4)", lambda a: a[:, 1:4], shapes=(("B", 5),)),
    Case("cumsum", "cumsum(a)", lambda a: np.cumsum(a, -1), shapes=(("B", 3, 33),)),
    Case("cumsum", "cumsum(a, axis = 0)", lambda a: np.cumsum(a, 0), shapes=(("B", 5),)),
    Case("cumsum", "cumsum(a, axis = 1)", lambda a: np.cumsum(a, 1), shapes=(("B", 7, 5),)),
    Case("triangle", "triangle([5, 5]) * a", lambda a: np.triu(np.ones((5, 5))) * a, shapes=((5, 5),)),
    Case("fill", "fill([5], 2.5) * a", lambda a: 2.5 * a, shapes=(ROW,)),
    Case("zeros", "zeros([5]) + a", lambda a: a, shapes=(ROW,)),
    *loss("kl", "kl(a, b{})", lambda a, b: -0.5 * (1 + b - a * a - np.exp(b)), PAIR, "sum"),
    *loss("bce", "bce(a, b{})", bce, ((0.01, 0.99), (0, 1)), "mean"),
    *loss("bce_with_logits", "bce_with_logits(a, b{})", bce_logits, ((-5, 5), (0, 1)), "mean"),
    *loss("l1", "l1(a, b{})", lambda a, b: np.abs(a - b), PAIR, "mean"),
    *loss("huber", "huber(a, b{})", huber(1), PAIR, "mean"),
    Case("huber", "huber(a, b, delta = 0.3)", lambda a, b: np.mean(huber(0.3)(a, b)), PAIR, (ROW, ROW)),
    *loss("mse", "mse(a, b{})", lambda a, b: (a - b) ** 2, PAIR, "mean"),
]

# Builtins without a case, and why.
ELSEWHERE = {
    "normal": "tests/e2e/noise.py: distribution and bits",
    "uniform": "tests/e2e/noise.py: distribution and bits",
    "reparameterize": "tests/e2e/check.py: value and gradient against PyTorch with the same noise",
}
