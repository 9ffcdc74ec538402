"""Cases of the layers that standardise, of the softmax family and of its losses."""
from case import Case

TERMS = {"mean": "torch.mean({})", "sum": "per_sample({})", "total": "torch.sum({})", "none": "{}"}


def affine(features, names="wb"):
    paths = {"w": "fc.weight", "b": "fc.bias", "m": "fc.running_mean", "v": "fc.running_var"}
    return {name: (paths[name], (features,)) for name in names}


def norms():
    span = ((-2, 2),)
    # A variance that cancels would be lost here. The rounding of the mean remains: half a unit in its last place, as in PyTorch's float32.
    far, farther = dict(ranges=((998, 1002),), absolute=1e-4), dict(ranges=((9998, 10002),), absolute=1e-3)
    batch = dict(training="F.batch_norm(a, None, None, w, b, training=True)")
    cases = [
        Case("layer_norm", "layer_norm(a) @fc", "F.layer_norm(a, (33,), w, b)", span, (("B", 33),), parameters=affine(33)),
        Case("layer_norm", "layer_norm(a) @fc", "F.layer_norm(a, (1001,), w, b)", span, ((3, 1001),), parameters=affine(1001)),
        Case("layer_norm", "layer_norm(a, eps = 0.1, affine = false)", "F.layer_norm(a, (5,), eps=0.1)", span, (("B", 3, 5),)),
        Case("layer_norm", "layer_norm(a, affine = false)", "F.layer_norm(a, (257,))", shapes=(("B", 257),), gradient=False, **far),
        Case("layer_norm", "layer_norm(a, affine = false)", "F.layer_norm(a, (257,))", shapes=(("B", 257),), gradient=False, **farther),
        Case("group_norm", "group_norm(a, 2, affine = false)", "F.group_norm(a, 2)", span, (("B", 4, 9),)),
        Case("group_norm", "group_norm(a, 3, affine = false)", "F.group_norm(a, 3)", shapes=(("B", 6, 5, 5),), gradient=False, **farther),
        Case("group_norm", "group_norm(a, 1) @fc", "F.group_norm(a, 1, w, b)", span, (("B", 1, 3, 3),), parameters=affine(1)),
        Case("group_norm", "group_norm(a, 2) @fc", "F.group_norm(a, 2, w, b)", span, (("B", 4, 3, 5, 7),), parameters=affine(4)),
        # A mean of 100 beside a deviation of 0.6: over more rows than one sum goes over, and with gradients, where few elements add up.
        Case("group_norm", "group_norm(a, 2) @fc", "F.group_norm(a, 2, w, b)", ((99, 101),), ((2, 4, 67, 65),), parameters=affine(4), gradient=False,
             absolute=1e-5),
        Case("group_norm", "group_norm(a, 2) @fc", "F.group_norm(a, 2, w, b)", ((99, 101),), (("B", 4, 7, 5),), parameters=affine(4), absolute=1e-5),
        Case("group_norm", "group_norm(a, 11) @fc", "F.group_norm(a, 11, w, b)", span, ((2, 33, 17, 13),), parameters=affine(33)),
    ]
    cases += [
        Case("rms_norm", "rms_norm(a) @fc", "F.rms_norm(a, (33,), w, 2.0**-23)", span, (("B", 33),), parameters=affine(33, "w")),
        Case("rms_norm", "rms_norm(a, eps = 0.1, affine = false)", "F.rms_norm(a, (5,), eps=0.1)", span, (("B", 3, 5),)),
        Case("instance_norm", "instance_norm(a)", "F.instance_norm(a)", span, (("B", 3, "H", "W"),)),
        Case("instance_norm", "instance_norm(a, eps = 0.01, affine = true) @fc", "F.instance_norm(a, None, None, w, b, eps=0.01)", span, (("B", 6, 7),),
             parameters=affine(6)),
    ]
    for shape, groups in ((("B", 6, 5, 3), 3), (("B", 4, 7, 7), 1), (("B", 33), 33 // 3)):
        cases.append(Case("group_norm", f"group_norm(a, {groups}, eps = 0.01) @fc", f"F.group_norm(a, {groups}, w, b, 0.01)", span, (shape,),
                          parameters=affine(shape[1])))
    for shape in (("B", 3, 5, 5), ("B", 33), (3, 1, 7, 7), (2, 33, 19, 17)):
        cases.append(Case("batch_norm", "batch_norm(a) @fc", "F.batch_norm(a, m, v, w, b)", span, (shape,), parameters=affine(shape[1], "wbmv"), **batch))
    cases.append(Case("batch_norm", "batch_norm(a) @fc", "F.batch_norm(a, m, v, w, b)", ((98, 102),), (("B", 3, 9, 7),), parameters=affine(3, "wbmv"),
                      absolute=2e-5, **batch))
    # Outside a loss dropout changes nothing.
    cases.append(Case("dropout", "dropout(a, p = 0.0)", "1 * a", span, (("B", 5),)))
    for words, p, shape in (("", "0.5", ("B", 33)), (", p = 0.2", "single(0.2)", ("B", 3, 5))):
        cases.append(Case("dropout", f"dropout(a{words})", "1 * a", span, (shape,), training=f"dropout(a, u, {p})", noise=shape))
    cases.append(Case("dropout", "dropout(a)", "1 * a", span, ((5, 33, 131),), training="dropout(a, u, 0.5)", noise=(5, 33, 131)))
    cases.append(Case("layer_norm", "layer_norm(a) @fc", "F.layer_norm(a, (33,), w, b)", span, ((5, 131, 33),), parameters=affine(33)))
    return cases


def softmaxes():
    cases = []
    for op in ("softmax", "log_softmax"):
        cases += [Case(op, f"{op}(a)", f"torch.{op}(a, -1)", ((-4, 4),), (("B", 33),)),
                  Case(op, f"{op}(a, axis = 1)", f"torch.{op}(a, 1)", ((-4, 4),), (("B", 5, 3, 4),)),
                  Case(op, f"{op}(a, axis = 0)", f"torch.{op}(a, 0)", ((-4, 4),), (("B", 3),)),
                  Case(op, f"{op}(a)", f"torch.{op}(a, -1)", ((-300, 300),), (("B", 1001),)),
                  Case(op, f"{op}(a)", f"torch.{op}(a, -1)", ((-1e4, 1e4),), (("B", 33),)),
                  Case(op, f"{op}(a, axis = 1)", f"torch.{op}(a, 1)", ((9998, 10002),), (("B", 5, 3),)),
                  Case(op, f"{op}(a, axis = 1)", f"torch.{op}(a, 1)", ((-4, 4),), ((3, 65, 19, 17),)),
                  Case(op, f"{op}(a)", f"torch.{op}(a, -1)", ((-4, 4),), (("B", 1),))]
    return cases


def losses():
    cases = [
        Case("cross_entropy", "cross_entropy(a, b)", "F.cross_entropy(a, b)", ((-4, 4), (0, 10)), (("B", 10), ("B",)), integers="b"),
        Case("cross_entropy", "cross_entropy(a, b)", "F.cross_entropy(a, b)", ((-1e4, 1e4), (0, 10)), (("B", 10), ("B",)), integers="b"),
        Case("cross_entropy", "cross_entropy(a, b)", "F.cross_entropy(a, b)", ((9998, 10002), (0, 10)), (("B", 10), ("B",)), integers="b"),
        Case("cross_entropy", "cross_entropy(a, b)", "F.cross_entropy(a, b)", ((-4, 4), (0, 513)), (("B", 513), ("B",)), integers="b"),
        Case("kl_categorical_uniform", "kl_categorical_uniform(a)", "categorical_kl(a, -1).mean()", ((-4, 4),), (("B", 33),)),
        Case("kl_categorical_uniform", "kl_categorical_uniform(a, axis = 1)", "per_sample(categorical_kl(a, 1))", ((-4, 4),), (("B", 5, 3, 4),)),
        Case("cross_entropy", "cross_entropy(a, b)", "F.cross_entropy(a, b)", ((-4, 4), (0, 33)), ((3, 33, 19, 17), (3, 19, 17)), integers="b"),
        Case("kl_categorical_uniform", "kl_categorical_uniform(a, axis = 1)", "per_sample(categorical_kl(a, 1))", ((-4, 4),), ((3, 65, 19, 17),)),
        Case("kl_categorical_uniform", "kl_categorical_uniform(a)", "categorical_kl(a, -1).mean()", ((-1e4, 1e4),), (("B", 33),)),
    ]
    for name, reduce in TERMS.items():
        formula = reduce.format("F.cross_entropy(a, b, reduction='none')")
        cases.append(Case("cross_entropy", f'cross_entropy(a, b, axis = 1, reduction = "{name}")', formula, ((-4, 4), (0, 5)),
                          (("B", 5, 3, 4), ("B", 3, 4)), integers="b"))
    return cases


def densities():
    shapes, wide = (("B", 3, 5),) * 3, ((-2, 2), (-2, 2), (-1, 1))
    exact = 'discretized_logistic_nll(a, b, c, levels = 8, lo = 0.0, reduction = "none")'
    return [
        Case("logistic_nll", "logistic_nll(a, b, c)", "per_sample(logistic(a, b, c))", wide, shapes),
        Case("logistic_nll", 'logistic_nll(a, b, c, reduction = "none")', "logistic(a, b, c)", wide, shapes),
        Case("logistic_nll", "logistic_nll(a, b, c)", "per_sample(logistic(a, b, c))", wide, ((5, 33, 131),) * 3),
        Case("discretized_logistic_nll", "discretized_logistic_nll(a, b, c)", "per_sample(discretized(a, b, c))", ((-1, 1), (-1, 1), (-3, 1)),
             ((5, 33, 131),) * 3),
        # Far out on both sides, under narrow scales.
        Case("logistic_nll", 'logistic_nll(a, b, c, reduction = "none")', "logistic(a, b, c)", ((-100, 100), (-1, 1), (-5, -3)), shapes),
        Case("laplace_logit_nll", "laplace_logit_nll(a, b, c)", "per_sample(laplace_logit(a, b, c))", ((0, 1), (-3, 3), (-2, 1)), shapes),
        Case("laplace_logit_nll", 'laplace_logit_nll(a, b, c, eps = 0.3, reduction = "none")', "laplace_logit(a, b, c, single(0.3))",
             ((0, 1), (-1, 1), (-2, 1)), shapes),
        Case("discretized_logistic_nll", "discretized_logistic_nll(a, b, c)", "per_sample(discretized(a, b, c))", ((-0.99, 0.99), (-1, 1), (-3, 1)), shapes),
        # Both tails: 8 levels are far apart.
        Case("discretized_logistic_nll", exact, "discretized(a, b, c, 8, 0, 1)", ((0, 1), (0, 1), (-2, 2)), shapes),
        # The mass of a level is near 1, or below what a float32 holds.
        Case("discretized_logistic_nll", exact, "discretized(a, b, c, 8, 0, 1)", ((0, 1), (0, 1), (-8, -4)), shapes),
    ]


def cases():
    return norms() + softmaxes() + losses() + densities()
