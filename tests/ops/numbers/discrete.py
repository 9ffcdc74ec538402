"""Cases of positions, codes and what is drawn with them."""
from case import Case


def cases():
    span, grid, wide = (-2, 2), ("B", 3, 4), ("B", 33)
    result = []
    for op in ("argmax", "argmin"):
        result += [Case(op, f"{op}(a)", f"torch.{op}(a, -1)", (span,), (("B", 1001),), gradient=False),
                   Case(op, f"{op}(a, axis = 1)", f"torch.{op}(a, 1)", (span,), (("B", 5, 3, 4),), gradient=False),
                   # Ties: the lowest position.
                   Case(op, f"{op}(a, axis = 0)", f"torch.{op}(a, 0)", (span,), (wide,), gradient=False, spacing=1),
                   Case(op, f"{op}(a)", f"torch.{op}(a, -1)", (span,), ((2, 2, 3001),), gradient=False, spacing=1)]
    result += [
        Case("one_hot", "one_hot(a, 10)", "one_hot(a, 10, -1)", ((0, 10),), (("B",),), gradient=False, integers="a"),
        Case("one_hot", "one_hot(a, 10, axis = 1)", "one_hot(a, 10, 1)", ((0, 10),), (grid,), gradient=False, integers="a"),
        # What is no class.
        Case("one_hot", "one_hot(a - 3, 4)", "one_hot(a, 10, -1)[..., 3:7]", ((0, 10),), (("B",),), gradient=False, integers="a"),
        Case("one_hot", "one_hot(a, 1)", "one_hot(a, 1, -1)", ((0, 1),), (("B",),), gradient=False, integers="a"),
        Case("one_hot", "one_hot(a, 65, axis = 1)", "one_hot(a, 65, 1)", ((0, 65),), ((3, 19, 17),), gradient=False, integers="a"),
        Case("lookup", "lookup(a, b)", "lookup(a, b, 1)", ((0, 7), span), (grid, (7, 5)), integers="a"),
        Case("lookup", "lookup(a, b, axis = -1)", "lookup(a, b, -1)", ((0, 7), span), (grid, (7, 33)), integers="a"),
        Case("lookup", "lookup(a, b)", "lookup(a, b, 1)", ((0, 1), span), (grid, (1, 5)), integers="a"),
        # An index outside gives zeros.
        Case("lookup", "lookup(a - 3, b)", "lookup((a - 3).clamp(0, 6), b, 1) * ((a >= 3) & (a < 10))[:, None]", ((0, 15), span), (("B",), (7, 5)), integers="a"),
        Case("lookup", "lookup(a, b, axis = -1)", "lookup(a, b, -1)", ((0, 513), span), ((2, 19, 17), (513, 65)), integers="a"),
        Case("embedding", "embedding(a, 10, 5) @fc", "lookup(a, w, 1)", ((0, 10),), (("B",),), integers="a", parameters={"w": ("fc.weight", (10, 5))}),
        Case("embedding", "embedding(a, 10, 6, axis = -1) @fc", "lookup(a, w, -1)", ((0, 10),), (grid,), integers="a",
             parameters={"w": ("fc.weight", (10, 6))}),
        Case("mix", "mix(a, b)", "torch.einsum('nkhw,kd->ndhw', a, b)", (span, span), (("B", 7, 3, 4), (7, 5))),
        Case("mix", "mix(a, b)", "a @ b", (span, span), (("B", 33), (33, 5))),
        Case("mix", "mix(a, b, axis = 0)", "torch.einsum('khw,kd->dhw', a, b)", (span, span), ((7, "B", 4), (7, 5))),
        Case("mix", "mix(a, b, axis = -1)", "a @ b", (span, span), (("B", 3, 65), (65, 33))),
        Case("straight_through", "straight_through(a, a * a)", "1 * a", (span,), (("B", 5),), training="straight_through(a, a * a)"),
        Case("gumbel", "gumbel([33]) + a", "gumbel(u) + a", (span,), (wide,), noise=(33,)),
        Case("gumbel_softmax", "gumbel_softmax(a, 0.7)", "gumbel_softmax(a, u, single(0.7), -1)", (span,), (wide,), noise=wide),
        Case("gumbel_softmax", "gumbel_softmax(a, b, axis = 1)", "gumbel_softmax(a, u, b, 1)", (span, (0.5, 2)), (("B", 5, 4), ()), noise=("B", 5, 4)),
        Case("gumbel_softmax", "gumbel_softmax(a, 0.5, axis = 1, hard = true)", "gumbel_softmax(a, u, 0.5, 1, True)", (span,), (("B", 5, 4),),
             noise=("B", 5, 4)),
        Case("gumbel", "gumbel([33]) + a", "gumbel(u) + a", (span,), (wide,), noise=(33,), edges=True),
        Case("gumbel_softmax", "gumbel_softmax(a, 0.25)", "gumbel_softmax(a, u, 0.25, -1)", (span,), (wide,), noise=wide, edges=True),
        Case("gumbel_softmax", "gumbel_softmax(a, 0.5, axis = 1)", "gumbel_softmax(a, u, 0.5, 1)", (span,), ((3, 65, 19, 17),), noise=(3, 65, 19, 17)),
        # Saturated: large logits over a small temperature.
        Case("gumbel_softmax", "gumbel_softmax(a, 0.125)", "gumbel_softmax(a, u, 0.125, -1)", ((-1e4, 1e4),), (wide,), noise=wide),
    ]
    return result + quantize()


def quantize():
    """vector_quantize: each of its results. Gradients flow through the first and the last."""
    span, cases = ((-2, 2), (-2, 2)), []
    for shapes, words, arguments in (((("B", 4, 3, 5), (7, 4)), "", ""), (((3, 33, 19, 17), (65, 33)), "", ""), (((1, 3, 1, 1), (2, 3)), "", ""),
                                     ((("B", 6), (5, 6)), ", beta = 0.5, codebook_weight = 2, axis = -1", ", 0.5, 2.0, -1"), (((2, 5, 8), (2, 8)), ", axis = -1", ", axis=-1")):
        for position, name in enumerate("qkl"):
            cases.append(Case("vector_quantize", f"q, k, l = vector_quantize(a, b{words}); {name}", f"vector_quantize(a, b{arguments})[{position}]", span, shapes,
                              gradient=name != "k"))
    for codes, shape in ((10, ("B", 3, 4)), (1, (5,)), (513, (3, 19, 17))):
        cases.append(Case("perplexity", f"perplexity(a, {codes})", f"perplexity(a, {codes})", ((0, codes),), (shape,), gradient=False, integers="a"))
    return cases
