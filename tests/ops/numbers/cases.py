"""One or more cases an op: how the language calls it, and what that means in PyTorch's words. See case.py."""
import attention
import convolutions
import discrete
import indexing
import normalizations
import pooling
from case import Case

ROW = ("B", 5)
WIDE = (("B", 1001),)
PAIR = ((-2, 2), (-2, 2))
REDUCTIONS = {"mean": "torch.mean({})", "sum": "per_sample({})", "total": "torch.sum({})", "none": "{}"}


def unary(op, formula, low, high, arguments="", **options):
    """Wide for the values, narrow for the gradient."""
    call = f"{op}(a{arguments})"
    return [Case(op, call, formula, ((low, high),), WIDE, gradient=False, **options),
            Case(op, call, formula, ((max(low, -3), min(high, 3)),), (ROW,), **options)]


def binary(op, formula, second=(-2, 2), gradient=True):
    """Equal shapes, and each way of broadcasting."""
    shapes = [(ROW, ROW), (ROW, (5,)), ((5,), ROW), (ROW, ("B", 1)), ((33, 1, 5), (7, 1)), (ROW, ())]
    return [Case(op, f"{op}(a, b)", formula, ((-2, 2), second), pair, gradient) for pair in shapes]


def compare(op, symbol):
    return [Case(op, f"{op}(a, b)", f"a {symbol} b", PAIR, (ROW, (5,)), gradient=False, spacing=spacing) for spacing in (0, 1)]


def loss(op, call, term, ranges, default):
    cases = [Case(op, call.format(""), REDUCTIONS[default].format(term), ranges, (ROW, ROW))]
    for name, reduce in REDUCTIONS.items():
        cases.append(Case(op, call.format(f', reduction = "{name}"'), reduce.format(term), ranges, (("B", 3, 33),) * 2))
    # Above one workgroup and one block.
    return [*cases, Case(op, call.format(""), REDUCTIONS[default].format(term), ranges, ((5, 33, 131),) * 2)]


def extremum(op):
    return [Case(op, f"{op}(a)", f"torch.{op}(a)", shapes=(("B", 3, 33),)),
            Case(op, f"{op}(a, axis = 0)", f"torch.{op}(a, 0)", shapes=(("B", 33),)),
            Case(op, f"{op}(a, axis = 1)", f"torch.{op}(a, 1)", shapes=(("B", 785),)),
            Case(op, f"{op}(a, axis = 1)", f"torch.{op}(a, 1)", shapes=(("B", 33),), spacing=1),
            Case(op, f"{op}(a, axis = [0, 2], keep = true)", f"torch.{op}(a, (0, 2), True)", shapes=(("B", 3, 5),))]


CASES = [
    *unary("relu", "F.relu(a)", -50, 50),
    *unary("leaky_relu", "F.leaky_relu(a)", -50, 50),
    Case("leaky_relu", "leaky_relu(a, slope = 0.2)", "F.leaky_relu(a, 0.2)"),
    Case("leaky_relu", "leaky_relu(a, b)", "torch.where(a > 0, a, b * a)", ((-2, 2), (0.1, 0.3)), (ROW, ())),
    Case("clamp", "clamp(a, b, 0.5)", "torch.clamp(a, b, torch.tensor(0.5, dtype=torch.float64))", ((-2, 2), (-1, 0)), (ROW, ())),
    Case("huber", "huber(a, b, delta = c)", "torch.where((a - b).abs() <= c, (a - b)**2 / 2, c * ((a - b).abs() - c / 2)).mean()", (*PAIR, (0.5, 1)), (ROW, ROW, ())),
    *unary("silu", "F.silu(a)", -80, 80),
    *unary("gelu", "F.gelu(a)", -10, 10),
    *unary("gelu", "F.gelu(a, approximate='tanh')", -10, 10, ', approximate = "tanh"'),
    *unary("tanh", "torch.tanh(a)", -20, 20, absolute=0),
    *unary("sigmoid", "torch.sigmoid(a)", -80, 80, absolute=1e-37),
    *unary("softplus", "torch.logaddexp(a, torch.zeros_like(a))", -80, 80, absolute=1e-37),
    *unary("erf", "torch.erf(a)", -6, 6, absolute=1e-7),
    *unary("exp", "torch.exp(a)", -85, 85, absolute=0),
    *unary("log", "torch.log(a)", 1e-3, 1e6, absolute=1e-7),
    *unary("sqrt", "torch.sqrt(a)", 1e-3, 1e6, absolute=0),
    *unary("rsqrt", "torch.rsqrt(a)", 1e-3, 1e6, absolute=0),
    *unary("sin", "torch.sin(a)", -1000, 1000, absolute=1e-9),
    *unary("cos", "torch.cos(a)", -1000, 1000, absolute=1e-9),
    *[Case(op, f"{op}(a) * a", f"torch.{op}(a) * a", ((-3, 3),), (("B", 33),), spacing=0.5) for op in ("sign", "floor", "ceil", "round")],
    *unary("quick_gelu", "a * torch.sigmoid(1.702 * a)", -40, 40),
    *unary("square", "torch.square(a)", -100, 100),
    *unary("abs", "torch.abs(a)", -100, 100),
    *unary("neg", "torch.neg(a)", -100, 100),
    *unary("clamp", "torch.clamp(a, -1, 0.5)", -3, 3, ", -1, 0.5"),
    Case("stop_gradient", "stop_gradient(a) * a", "a.detach() * a"),
    *binary("add", "a + b"),
    *binary("sub", "a - b"),
    *binary("mul", "a * b"),
    *binary("div", "a / b", (0.5, 3)),
    *[Case("pow", "pow(a, b)", "a ** b", ((0.01, 3), (-3, 3)), pair) for pair in ((ROW, ROW), (ROW, ()), ((5,), ("B", 1)))],
    # Zeros and negative bases, where exponents are whole; exponents that are known.
    Case("pow", "pow(a, b)", "a ** b", ((-2, 2), (1, 3)), (("B", 33),) * 2, gradient=False, spacing=1),
    Case("pow", "pow(a, b)", "a ** b", ((0.5, 30), (-20, 20)), (("B", 1001),) * 2, gradient=False, absolute=0),
    Case("pow", "a ** 3 + pow(a, 2) * a ** -1 + 2 ** a", "a**3 + a**2 / a + 2**a", ((0.5, 2),)),
    *binary("min", "torch.minimum(a, b)"),
    *binary("max", "torch.maximum(a, b)"),
    *[Case(op, f"{op}(a, b)", f"torch.{op}imum(a, b)", PAIR, (ROW, (5,)), spacing=1) for op in ("min", "max")],
    *compare("greater", ">"),
    *compare("greater_equal", ">="),
    *compare("less", "<"),
    *compare("less_equal", "<="),
    *compare("equal", "=="),
    *compare("not_equal", "!="),
    Case("where", "where(greater(a, b), a * b, c)", "torch.where(a > b, a * b, c)", (*PAIR, (-2, 2)), (ROW, (5,), ("B", 1))),
    Case("sum", "sum(a)", "a.sum()", shapes=(("B", 3, 33),)),
    Case("sum", "sum(a, axis = 0)", "a.sum(0)", shapes=(("B", 33),)),
    Case("sum", "sum(a, axis = 1)", "a.sum(1)", shapes=(("B", 785),)),
    Case("sum", "sum(a, axis = 1, keep = true)", "a.sum(1, True)", shapes=(("B", 3, 5),)),
    *extremum("amax"),
    *extremum("amin"),
    Case("logsumexp", "logsumexp(a)", "a.logsumexp((0, 1))", shapes=(("B", 33),)),
    Case("logsumexp", "logsumexp(a, axis = 1)", "a.logsumexp(1)", ((-300, 300),), (("B", 33, 3),)),
    Case("logsumexp", "logsumexp(a, axis = [0, -1], keep = true)", "a.logsumexp((0, 2), True)", shapes=(("B", 3, 5),)),
    Case("mean", "mean(a)", "a.mean()", shapes=(("B", 33),)),
    Case("mean", "mean(a, axis = 0)", "a.mean(0)", shapes=(("B", 5),)),
    Case("norm", "norm(a)", "torch.linalg.vector_norm(a)", shapes=(("B", 33),)),
    Case("norm", "norm(a)", "torch.linalg.vector_norm(a)", shapes=(("B", 3, 1001),), gradient=False),
    # At 0, where the gradient is 0.
    Case("norm", "norm(a)", "torch.linalg.vector_norm(a)", ((0, 0),), (("B", 5),)),
    Case("matmul", "matmul(a, b)", "a @ b", PAIR, (("B", 33), (33, 20))),
    Case("matmul", "matmul(a, b, transpose_b = true)", "a @ b.T", PAIR, (("B", 5), (65, 5))),
    Case("matmul", "matmul(a, b, transpose_a = true)", "a.T @ b", PAIR, (("B", 13), ("B", 31))),
    Case("matmul", "matmul(a, b)", "a @ b", PAIR, ((7, 5), ("B", 5, 6))),
    Case("matmul", "matmul(a, b, transpose_a = true, transpose_b = true)", "a.mT @ b.mT", PAIR, ((2, 5, 3), ("B", 2, 9, 5))),
    # Above one block of rows, columns and steps.
    Case("matmul", "matmul(a, b)", "a @ b", PAIR, ((131, 517), (517, 263))),
    Case("linear", "linear(a, 20) @fc", "F.linear(a, w, b)", ((-2, 2),), (("B", 33),),
         parameters={"w": ("fc.weight", (20, 33)), "b": ("fc.bias", (20,))}),
    Case("linear", "linear(a, 3, bias = false) @fc", "F.linear(a, w)", ((-2, 2),), (("B", 4, 5),), parameters={"w": ("fc.weight", (3, 5))}),
    *attention.cases(),
    *convolutions.cases(),
    *normalizations.cases(),
    *discrete.cases(),
    *indexing.cases(),
    *pooling.cases(),
    Case("reshape", "reshape(a, [3, 11]) * 2", "a.reshape(3, 11) * 2", shapes=((33,),)),
    Case("broadcast", "broadcast(a, [4, 5])", "a.broadcast_to(4, 5)", shapes=((5,),)),
    Case("transpose", "transpose(a, [1, 0])", "a.T", shapes=(("B", 33),)),
    Case("transpose", "transpose(a, [2, 0, 1])", "a.permute(2, 0, 1)", shapes=((4, 3, 5),)),
    Case("concat", "concat(a, b, axis = 1)", "torch.cat([a, b], 1)", PAIR, (ROW, ("B", 33))),
    Case("sqrt", "a * (1 / sqrt(shape(a)[1])) + a * (1 / sqrt(shape(a)[0]))", "a / 33**0.5 + a / len(a)**0.5", shapes=(("B", 33),)),
    Case("stack", "stack(a, b)", "torch.stack([a, b])", PAIR, (ROW, ROW)),
    Case("stack", "stack([a, b, a * b], axis = -1)", "torch.stack([a, b, a * b], -1)", PAIR, (ROW, ROW)),
    Case("slice", "x, y, z = chunk(a, 3, axis = 1); concat(z * y, x, axis = 1)", "torch.cat([a[:, 6:] * a[:, 3:6], a[:, :3]], 1)", shapes=(("B", 9),)),
    Case("slice", "parts = chunk(a, 3, axis = -1); parts[0] * sum(parts[2])", "a[:, :3] * a[:, 6:].sum()", shapes=(("B", 7),)),
    Case("slice", "x, y = chunk(a, 2, axis = 1); x * y", "a[:, :3] * a[:, 3:]", shapes=(("B", "2 * H"),)),
    Case("slice", "slice(a, axis = 1, begin = 1, end = 4)", "a[:, 1:4]", shapes=(("B", 5),)),
    Case("cumsum", "cumsum(a)", "a.cumsum(-1)", shapes=(("B", 3, 33),)),
    Case("cumsum", "cumsum(a, axis = 0)", "a.cumsum(0)", shapes=(("B", 5),)),
    Case("cumsum", "cumsum(a, axis = 1)", "a.cumsum(1)", shapes=(("B", 7, 5),)),
    Case("cumsum", "cumsum(a)", "a.cumsum(-1)", shapes=((2, 1001),)),
    Case("triangle", "triangle([5, 5]) * a", "torch.triu(a)", shapes=((5, 5),)),
    Case("fill", "fill([5], 2.5) * a", "2.5 * a", shapes=(ROW,)),
    Case("zeros", "zeros([5]) + a", "0 + a", shapes=(ROW,)),
    Case("uniform", "uniform([33], -1, 3) + a", "4 * u - 1 + a", shapes=(("B", 33),), noise=(33,)),
    Case("reparameterize", "reparameterize(a, b)", "a + (b / 2).exp() * u", PAIR, (("B", 33),) * 2, noise=("B", 33)),
    *loss("kl", "kl(a, b{})", "gaussian_kl(a, b)", PAIR, "sum"),
    Case("kl", "kl(a, b)", "per_sample(gaussian_kl(a, b))", ((-100, 100), (-80, 80)), (("B", 33),) * 2),
    *loss("bce", "bce(a, b{})", "F.binary_cross_entropy(a, b, reduction='none')", ((0.01, 0.99), (0, 1)), "mean"),
    *loss("bce_with_logits", "bce_with_logits(a, b{})", "F.binary_cross_entropy_with_logits(a, b, reduction='none')", ((-5, 5), (0, 1)), "mean"),
    # Probabilities of 0 and 1, whose logarithms end at -100; logits far out.
    Case("bce", 'bce(a, b, reduction = "none")', "F.binary_cross_entropy(a, b, reduction='none')", ((0, 1), (0, 1)), (("B", 33),) * 2, spacing=1),
    Case("bce_with_logits", 'bce_with_logits(a, b, reduction = "none")', "F.binary_cross_entropy_with_logits(a, b, reduction='none')",
         ((-1e4, 1e4), (0, 1)), (("B", 33),) * 2),
    *loss("l1", "l1(a, b{})", "F.l1_loss(a, b, reduction='none')", PAIR, "mean"),
    *loss("huber", "huber(a, b{})", "F.huber_loss(a, b, reduction='none')", PAIR, "mean"),
    Case("huber", "huber(a, b, delta = 0.3)", "F.huber_loss(a, b, delta=0.3)", PAIR, (ROW, ROW)),
    *[Case(op, f"{op}(a, b)", f"F.{function}(a, b)", PAIR, (ROW, ROW), spacing=1) for op, function in (("l1", "l1_loss"), ("huber", "huber_loss"))],
    *loss("mse", "mse(a, b{})", "F.mse_loss(a, b, reduction='none')", PAIR, "mean"),
]
