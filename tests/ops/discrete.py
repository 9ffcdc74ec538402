"""Cases of positions, codes and what is drawn with them."""
import numpy as np


def with_axis(values, axis):
    return np.moveaxis(values, -1, axis)


def gumbel(u):
    return -np.log(-np.log(np.maximum(u, 2.0**-24)))


def softmax(x, axis):
    weights = np.exp(x - x.max(axis, keepdims=True))
    return weights / weights.sum(axis, keepdims=True)


def hard(x, axis):
    return (x == x.max(axis, keepdims=True)).astype(np.float64)


def cases(Case):
    span, grid = (-2, 2), ("B", 3, 4)
    result = []
    for op, formula in (("argmax", np.argmax), ("argmin", np.argmin)):
        result += [Case(op, f"{op}(a)", lambda a, f=formula: f(a, -1), (span,), (("B", 1001),), gradient=False),
                   Case(op, f"{op}(a, axis = 1)", lambda a, f=formula: f(a, 1), (span,), (("B", 5, 3, 4),), gradient=False),
                   # Ties: the lowest position.
                   Case(op, f"{op}(clamp(a, -0.2, 0.2), axis = 0)", lambda a, f=formula: f(np.clip(a, -0.2, 0.2), 0), (span,), (("B", 33),), gradient=False)]
    result += [
        Case("one_hot", "one_hot(a, 10)", lambda a: np.eye(10)[a], ((0, 10),), (("B",),), gradient=False, integers="a"),
        Case("one_hot", "one_hot(a, 10, axis = 1)", lambda a: with_axis(np.eye(10)[a], 1), ((0, 10),), (grid,), gradient=False, integers="a"),
        Case("one_hot", "one_hot(a, 4)", lambda a: np.eye(10)[a][..., :4], ((0, 10),), (("B",),), gradient=False, integers="a"),
        Case("lookup", "lookup(a, b)", lambda a, b: with_axis(b[a], 1), ((0, 7), span), (grid, (7, 5)), integers="a"),
        Case("lookup", "lookup(a, b, axis = -1)", lambda a, b: b[a], ((0, 7), span), (grid, (7, 33)), integers="a"),
        Case("lookup", "lookup(a, b)", lambda a, b: b[np.clip(a, 0, 6)] * ((a >= 0) & (a < 7))[:, None], ((-3, 12), span), (("B",), (7, 5)), integers="a"),
        Case("embedding", "embedding(a, 10, 5) @fc", lambda a, w: w[a], ((0, 10),), (("B",),), integers="a", parameters={"w": ("fc.weight", (10, 5))}),
        Case("embedding", "embedding(a, 10, 6, axis = -1) @fc", lambda a, w: w[a], ((0, 10),), (grid,), integers="a",
             parameters={"w": ("fc.weight", (10, 6))}),
        Case("mix", "mix(a, b)", lambda a, b: np.einsum("nkhw,kd->ndhw", a, b), (span, span), (("B", 7, 3, 4), (7, 5))),
        Case("mix", "mix(a, b)", lambda a, b: a @ b, (span, span), (("B", 33), (33, 5))),
        Case("mix", "mix(a, b, axis = 0)", lambda a, b: np.einsum("khw,kd->dhw", a, b), (span, span), ((7, "B", 4), (7, 5))),
        Case("mix", "mix(a, b, axis = -1)", lambda a, b: a @ b, (span, span), (("B", 3, 65), (65, 33))),
        Case("straight_through", "straight_through(a, a * a)", lambda a: a, (span,), (("B", 5),), training=lambda a: a * a),
    ]
    wide = ("B", 33)
    result += [
        Case("gumbel", "gumbel([33]) + a", lambda a, u: gumbel(u) + a, (span,), (wide,), noise=(33,)),
        Case("gumbel_softmax", "gumbel_softmax(a, 0.7)", lambda a, u: softmax((a + gumbel(u)) / 0.7, -1), (span,), (wide,), noise=wide),
        Case("gumbel_softmax", "gumbel_softmax(a, b, axis = 1)", lambda a, b, u: softmax((a + gumbel(u)) / b, 1), (span, (0.5, 2)), (("B", 5, 4), ()),
             noise=("B", 5, 4)),
        Case("gumbel_softmax", "gumbel_softmax(a, 0.5, axis = 1, hard = true)", lambda a, u: hard(a + gumbel(u), 1), (span,), (("B", 5, 4),), gradient=False,
             noise=("B", 5, 4)),
    ]
    return result
