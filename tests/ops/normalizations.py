"""Cases of the layers that standardise, of the softmax family and of its losses."""
import numpy as np


def standardize(x, axes, eps=1e-5):
    return (x - x.mean(axes, keepdims=True)) / np.sqrt(x.var(axes, keepdims=True) + eps)


def log_softmax(x, axis):
    shifted = x - x.max(axis, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis, keepdims=True))


def channels(v, x):
    return v.reshape([-1] + [1] * (x.ndim - 2))


def group_norm(x, groups, eps=1e-5):
    return standardize(x.reshape(len(x), groups, -1), 2, eps).reshape(x.shape)


def batch_norm(x, w, b, mean, variance, eps=1e-5):
    return (x - channels(mean, x)) / np.sqrt(channels(variance, x) + eps) * channels(w, x) + channels(b, x)


def train_norm(x, w, b, mean, variance, eps=1e-5):
    return standardize(x, (0, *range(2, x.ndim)), eps) * channels(w, x) + channels(b, x)


def affine(features, names="wb"):
    paths = {"w": "fc.weight", "b": "fc.bias", "m": "fc.running_mean", "v": "fc.running_var"}
    return {name: (paths[name], (features,)) for name in names}


def norms(Case):
    span = ((-2, 2),)
    offset = ((998, 1002),)  # a variance that cancels would show here
    cases = [
        Case("layer_norm", "layer_norm(a) @fc", lambda a, w, b: standardize(a, -1) * w + b, span, (("B", 33),), parameters=affine(33)),
        Case("layer_norm", "layer_norm(a, eps = 0.1, affine = false)", lambda a: standardize(a, -1, 0.1), span, (("B", 3, 5),)),
        Case("layer_norm", "layer_norm(a, affine = false)", lambda a: standardize(a, -1), offset, (("B", 257),), gradient=False, absolute=3e-4),
    ]
    for shape, groups in ((("B", 6, 5, 3), 3), (("B", 4, 7, 7), 1), (("B", 33), 33 // 3)):
        cases.append(Case("group_norm", f"group_norm(a, {groups}, eps = 0.01) @fc",
                          lambda a, w, b, g=groups: group_norm(a, g, 0.01) * channels(w, a) + channels(b, a), span, (shape,), parameters=affine(shape[1])))
    cases.append(Case("group_norm", "group_norm(a, 2, affine = false)", lambda a: group_norm(a, 2), span, (("B", 4, 9),)))
    for shape in ((("B", 3, 5, 5)), ("B", 33)):
        cases.append(Case("batch_norm", "batch_norm(a) @fc", batch_norm, span, (shape,), parameters=affine(shape[1], "wbmv"), training=train_norm))
    # Outside a loss dropout changes nothing.
    dropped = lambda p: lambda a, u: np.where(u >= p, a / (1 - p), 0)
    cases += [Case("dropout", "dropout(a)", lambda a: a, span, (("B", 33),), training=dropped(0.5), noise=("B", 33)),
              Case("dropout", "dropout(a, p = 0.2)", lambda a: a, span, (("B", 3, 5),), training=dropped(np.float32(0.2)), noise=("B", 3, 5))]
    return cases


def softmaxes(Case):
    cases = []
    for op, formula in (("softmax", lambda a, axis: np.exp(log_softmax(a, axis))), ("log_softmax", log_softmax)):
        cases += [Case(op, f"{op}(a)", lambda a, f=formula: f(a, -1), ((-4, 4),), (("B", 33),)),
                  Case(op, f"{op}(a, axis = 1)", lambda a, f=formula: f(a, 1), ((-4, 4),), (("B", 5, 3, 4),)),
                  Case(op, f"{op}(a, axis = 0)", lambda a, f=formula: f(a, 0), ((-4, 4),), (("B", 3),)),
                  Case(op, f"{op}(a)", lambda a, f=formula: f(a, -1), ((-300, 300),), (("B", 1001),), gradient=False)]
    return cases


def cross_entropy(logits, labels):
    return -np.take_along_axis(log_softmax(logits, 1), np.expand_dims(labels, 1), 1)[:, 0]


def kl_uniform(logits):
    logs = log_softmax(logits, 1)
    return (np.exp(logs) * (logs + np.log(logits.shape[1]))).sum(1)


def losses(Case):
    reduce = {"mean": np.mean, "sum": lambda x: x.reshape(len(x), -1).sum(1).mean(), "total": np.sum, "none": lambda x: x}
    cases = [
        Case("cross_entropy", "cross_entropy(a, b)", lambda a, b: cross_entropy(a, b).mean(), ((-4, 4), (0, 10)), (("B", 10), ("B",)), integers="b"),
        Case("kl_categorical_uniform", "kl_categorical_uniform(a)", lambda a: kl_uniform(a).mean(), ((-4, 4),), (("B", 33),)),
        Case("kl_categorical_uniform", "kl_categorical_uniform(a, axis = 1)", lambda a: reduce["sum"](kl_uniform(a)), ((-4, 4),), (("B", 5, 3, 4),)),
    ]
    for name, function in reduce.items():
        cases.append(Case("cross_entropy", f'cross_entropy(a, b, axis = 1, reduction = "{name}")', lambda a, b, f=function: f(cross_entropy(a, b)),
                          ((-4, 4), (0, 5)), (("B", 5, 3, 4), ("B", 3, 4)), integers="b"))
    return cases


def softplus(x):
    return np.maximum(x, 0) + np.log1p(np.exp(-np.abs(x)))


def logistic(x, mu, s):
    z = (x - mu) * np.exp(-s)
    return z + s + 2 * softplus(-z)


def laplace_logit(x, mu, s, eps=0.1):
    """-log of 1 / (2 b u (1 - u)) exp(-|logit(u) - mu| / b), as the paper writes it."""
    u, b = (1 - 2 * eps) * x + eps, np.exp(s)
    return -np.log(1 / (2 * b * u * (1 - u)) * np.exp(-np.abs(np.log(u / (1 - u)) - mu) / b))


def discretized(x, mu, s, levels=256, lo=-1, hi=1):
    half = (hi - lo) / (levels - 1) / 2
    sigmoid = lambda v: 1 / (1 + np.exp(-v))
    above, below = ((x + side * half - mu) * np.exp(-s) for side in (1, -1))
    # On the side where both are small, so that their difference is exact.
    inner = np.where(above + below > 0, sigmoid(-below) - sigmoid(-above), sigmoid(above) - sigmoid(below))
    return -np.log(np.where(x > hi - half, sigmoid(-below), np.where(x < lo + half, sigmoid(above), inner)))


def densities(Case):
    shapes, mean = (("B", 3, 5),) * 3, lambda x: x.reshape(len(x), -1).sum(1).mean()
    wide = ((-2, 2), (-2, 2), (-1, 1))
    return [
        Case("logistic_nll", "logistic_nll(a, b, c)", lambda a, b, c: mean(logistic(a, b, c)), wide, shapes),
        Case("logistic_nll", 'logistic_nll(a, b, c, reduction = "none")', logistic, wide, shapes),
        Case("discretized_logistic_nll", "discretized_logistic_nll(a, b, c)", lambda a, b, c: mean(discretized(a, b, c)), ((-0.99, 0.99), (-1, 1), (-3, 1)), shapes),
        Case("laplace_logit_nll", "laplace_logit_nll(a, b, c)", lambda a, b, c: mean(laplace_logit(a, b, c)), ((0, 1), (-3, 3), (-2, 1)), shapes),
        Case("laplace_logit_nll", 'laplace_logit_nll(a, b, c, eps = 0.3, reduction = "none")', lambda a, b, c: laplace_logit(a, b, c, 0.3),
             ((0, 1), (-1, 1), (-2, 1)), shapes),
        # Both tails: 8 levels are far apart.
        Case("discretized_logistic_nll", 'discretized_logistic_nll(a, b, c, levels = 8, lo = 0.0, reduction = "none")',
             lambda a, b, c: discretized(a, b, c, 8, 0, 1), ((0, 1), (0, 1), (-2, 2)), shapes),
    ]


def cases(Case, loss):
    return norms(Case) + softmaxes(Case) + losses(Case) + densities(Case)
