"""Cases of integers, of places known at run time, and of draws of integers."""
import numpy as np

from case import Case


def integer_arithmetic():
    whole, row = (-40, 40), ("B", 33)
    options = {"gradient": False, "integers": "ab"}
    result = [Case(op, call, formula, (whole, whole), (row, shape), **options)
              for op, call, formula in (("add", "a + b", "a + b"), ("sub", "a - b", "a - b"), ("mul", "a * b", "a * b"), ("greater", "a > b", "a > b"),
                                        ("less_equal", "a <= b", "a <= b"), ("equal", "a == b", "a == b"), ("not_equal", "a != b", "a != b"),
                                        ("min", "min(a, b)", "torch.minimum(a, b)"), ("max", "max(a, b)", "torch.maximum(a, b)"))
              for shape in (row, (33,), ())]
    for divisors in ((1, 9), (-9, 0)):
        result += [Case("div", "a / b", "torch.div(a, b, rounding_mode='floor')", (whole, divisors), (row, row), **options),
                   Case("mod", "a % b", "torch.remainder(a, b)", (whole, divisors), (row, row), **options)]
    result += [
        # By zero: nothing, and all is left.
        Case("div", "a / (b - b)", lambda a, b: 0 * a, (whole, whole), (row, row), **options),
        Case("mod", "a % (b - b)", lambda a, b: a, (whole, whole), (row, row), **options),
        # The least integer has no opposite: it wraps around.
        Case("div", "(a * 0 - 2147483647 - 1) / b", lambda a, b: np.full(a.shape, -2.0**31), (whole, (-1, 0)), (row, row), **options),
        Case("div", "a / 7 + 33 / b", "torch.div(a, 7, rounding_mode='floor') + torch.div(33, b, rounding_mode='floor')", (whole, (1, 9)), (row, row), **options),
        Case("mod", "a % b", "torch.remainder(a, b)", ((-9, 9), (0.5, 3)), (("B", 5), ("B", 5))),
        Case("neg", "-a", "-a", (whole,), (row,), gradient=False, integers="a"),
        Case("abs", "abs(a)", "a.abs()", (whole,), (row,), gradient=False, integers="a"),
        Case("square", "square(a)", "a * a", (whole,), (row,), gradient=False, integers="a"),
        Case("where", "where(a > b, a, 7)", "torch.where(a > b, a, 7)", (whole, whole), (row, row), **options),
        Case("where", "where(a > 3, b, 0.5)", "torch.where(a > 3, b, 0.5)", (whole, (-2, 2)), (row, row), integers="a"),
        Case("size", "a * shape(a)[0] + a / shape(a)[0]", "a * len(a) + torch.div(a, len(a), rounding_mode='floor')", (whole,), (row,), gradient=False, integers="a"),
        Case("cast", "cast(a, f32) / 3", "a / 3", (whole,), (row,), gradient=False, integers="a"),
        Case("cast", "cast(a, i32)", "a.trunc()", ((-40, 40),), (row,), gradient=False),
        Case("cast", "cast(a, f32) * a", "a * a", ((-2, 2),), (row,)),
        # Beyond the range: its ends.
        Case("cast", "cast(a * 4e9, i32)", lambda a: np.where(a > 0, 2.0**31 - 1, -2.0**31), ((0.6, 2),), (row,), gradient=False),
        Case("cast", "cast(a * -4e9, i32)", lambda a: np.full(a.shape, -2.0**31), ((0.6, 2),), (row,), gradient=False),
        Case("cast", "cast(sqrt(a), i32)", lambda a: 0 * a, ((-2, -1),), (row,), gradient=False),
    ]
    return result


def places():
    span, picture = (-2, 2), ("B", 3, 6, 5)
    return [
        Case("gather", "a[b]", "a[b]", (span, (0, 9)), ((9,), ("B",)), integers="b"),
        Case("gather", "a[b, 1]", "a[b, 1]", (span, (0, 9)), ((9, 4), ("B",)), integers="b"),
        Case("gather", "gather(a, b, axis = 1)", "a[:, b]", (span, (0, 6)), ((4, 6, 3), ("B", 2)), integers="b"),
        Case("gather", "a[.., .., b, c]", "a[:, :, b, c]", (span, (0, 6), (0, 5)), (picture, (), ()), integers="bc"),
        Case("gather", "a[0..2, b]", "a[0:2, b]", (span, (0, 6)), ((3, 6), ()), integers="b"),
        Case("gather", "gather(a, b, axis = 1)", "a[:, b]", (span, (0, 5)), ((4, "W", 3), ("B", 2)), gradient=False, integers="b"),
        Case("gather", "a[.., shape(a)[1] - 1]", "a[:, -1]", (span,), (("B", 6),)),
        # An index outside gives zeros.
        Case("gather", "a[.., b]", "0 * a[:, 0]", (span, (6, 9)), (("B", 6), ()), integers="b"),
        Case("gather", "a[b]", "torch.where((b >= 0) & (b < 9), a[b.clamp(0, 8)], 0.0)", (span, (-5, 14)), ((9,), ("B", 4)), integers="b"),
        Case("put", "update(a, [.., b], c)", "put(a, (slice(None), b), c)", (span, (0, 6), span), (("B", 6), (), ("B",)), integers="b"),
        Case("put", "update(a, [.., .., b, 1..4], c)", "put(a, (slice(None), slice(None), b, slice(1, 4)), c)", (span, (0, 6), span),
             (picture, (), ("B", 3, 3)), integers="b"),
        Case("put", "update(a, [b, .., 2], c)", "put(a, (b, slice(None), 2), c)", (span, (0, 4), span), ((4, 5, 3), (), ()), integers="b"),
        Case("put", "update(a, [1..3], 0.5) * b", "put(a, slice(1, 3), 0.5) * b", (span, span), ((5, 4), (4,))),
        Case("put", "a |> update([.., b / 4, b % 4], 7)", "put(a, (slice(None), b // 4, b % 4), 7)", ((-40, 40), (0, 12)), (("B", 3, 4), ()), gradient=False,
             integers="ab"),
        # An index outside changes nothing.
        Case("put", "update(a, [.., b], c)", "a + 0 * c[:, None]", (span, (6, 9), span), (("B", 6), (), ("B",)), integers="b"),
        Case("put", "update(a, [.., b], c)", "a + 0 * c[:, None]", (span, (-9, 0), span), (("B", 6), (), ("B",)), integers="b"),
    ]


def numbers():
    span, row = (-2, 2), ("B", 33)
    return [
        Case("linspace", "linspace(-1, 3, 33) * a", "torch.linspace(-1, 3, 33, dtype=torch.float64).float().double() * a", (span,), (row,)),
        Case("linspace", "linspace(0.5, 3, 1) + a", "0.5 + a", (span,), (row,)),
        # Constants: the compiler computes them.
        Case("cumprod", "cumprod(1 - linspace(1e-4, 0.02, 33)) * a", "(1 - torch.linspace(1e-4, 0.02, 33, dtype=torch.float64)).cumprod(0) * a", (span,), (row,)),
        Case("cumprod", "cumprod(a)", "a.cumprod(-1)", (span,), (("B", 7),)),
        Case("cumprod", "cumprod(a, axis = 1)", "a.cumprod(1)", ((0.5, 1.5),), (("B", 33, 2),)),
        Case("cumprod", "cumprod(a, axis = 0)", "a.cumprod(0)", ((0.5, 1.5),), ((1, 4),)),
        Case("fill", "fill([3, 5], a[0]) * 2", "a[0].broadcast_to(3, 5) * 2", (span,), ((4,),)),
        Case("fill", "fill([5], a[0], f32) / 3", "a[:1].broadcast_to(5) / 3", ((-40, 40),), ((4,),), gradient=False, integers="a"),
        Case("fill", "fill([33], -7, i32) + a", "a - 7", ((-40, 40),), (row,), gradient=False, integers="a"),
        Case("sum", "sum(a, axis = 1)", "a.sum(1)", ((-40, 40),), (row,), gradient=False, integers="a"),
        Case("sum", "sum(where(a > 3, 1, 0))", "(a > 3).sum()", ((-40, 40),), (row,), gradient=False, integers="a"),
        Case("amax", "amax(a, axis = 1)", "a.amax(1)", ((-40, 40),), (row,), gradient=False, integers="a"),
    ]


def draws():
    span, wide = (-2, 2), ("B", 33)
    return [
        Case("categorical", "categorical(a)", "(a + gumbel(u)).argmax(-1)", (span,), (wide,), gradient=False, noise=wide),
        Case("categorical", "categorical(a, axis = 1)", "(a + gumbel(u)).argmax(1)", (span,), (("B", 5, 4),), gradient=False, noise=("B", 5, 4)),
        Case("categorical", "categorical(top_k(a, 3) / 0.5)", "(top_k(a, 3, -1) / 0.5 + gumbel(u)).argmax(-1)", (span,), (wide,), gradient=False, noise=wide),
        Case("random_int", "random_int(-3, 9, [33])", "(u * 12).floor() - 3", (), (), gradient=False, noise=(33,)),
        Case("random_int", "random_int(0, 1000, [33]) + a", "(u * 1000).floor() + a", ((-9, 9),), (("B", 33),), gradient=False, integers="a", noise=(33,)),
        Case("top_k", "exp(top_k(a, 5))", "top_k(a, 5, -1).exp()", (span,), (wide,)),
        Case("top_k", "exp(top_k(a, 2, axis = 1))", "top_k(a, 2, 1).exp()", (span,), (("B", 5, 3),)),
        Case("top_k", "exp(top_k(a, 40))", "torch.where(a >= a.topk(40).values[..., -1:], a.exp(), 0.0)", (span,), ((2, 1001),), gradient=False),
        Case("top_k", "exp(top_k(a, 1))", "top_k(a, 1, -1).exp()", (span,), ((3, 5),)),
        Case("top_k", "exp(top_k(a, 33))", "a.exp()", (span,), (wide,)),
        # Of equal ones the lowest positions.
        Case("top_k", "exp(top_k(a, 7))", "top_k(a, 7, -1).exp()", (span,), (wide,), spacing=1),
        Case("top_k", "exp(top_k(a, 2, axis = 0))", "top_k(a, 2, 0).exp()", (span,), ((5, 3),), spacing=1),
    ]


def cases():
    return integer_arithmetic() + places() + numbers() + draws()
