"""Cases of padding, upsampling and pooling."""
from case import Case


def pools(op):
    sizes = [(2, 2, ("B", 3, 6, 8)), (2, 2, ("B", 3, 5, 7)), (3, 2, ("B", 7, 7)), (3, 1, ("B", 1, 5, 4)), (2, 3, ("B", 2, 9, 8)), (1, 1, ("B", 4, 3)),
             (5, 5, ("B", 2, 5, 5)), (3, 2, (2, 33, 33, 31)), (2, 2, ("B", 2, "H", "W")), (3, 2, ("B", "2 * W", "H")), (2, 3, ("B", 1, "W", "W"))]
    cases = [Case(op, f"{op}(a, {kernel}, {stride})", f"F.{op}2d(a, {kernel}, {stride})", ((-2, 2),), (shape,)) for kernel, stride, shape in sizes]
    # Equal elements in a window: the first takes the gradient of a maximum.
    cases += [Case(op, f"{op}(a, {kernel}, {stride})", f"F.{op}2d(a, {kernel}, {stride})", ((-1, 1),), (("B", 2, 7, 7),), spacing=1)
              for kernel, stride in ((2, 2), (3, 1))]
    return cases + [Case(op, f"{op}(a, 4)", f"F.{op}2d(a, 4)", ((-2, 2),), (("B", 33, 16, 16),), gradient=False)]


def cases():
    span = ((-2, 2),)
    result = [
        Case("pad", "pad(a, [1, 2, 3, 0])", "F.pad(a, (3, 0, 1, 2))", span, (("B", 3, 4, 5),)),
        Case("pad", "pad(a, [0, 3], value = -1.5)", "F.pad(a, (0, 3), value=-1.5)", span, (("B", 33),)),
        Case("pad", "pad(a, [2, 1, 0, 3])", "F.pad(a, (0, 3, 2, 1))", span, ((2, 33, 19, 17),)),
        Case("pad", "pad(a, [1, 1, 0, 0])", "F.pad(a, (0, 0, 1, 1))", span, (("B", 5),)),
    ]
    for mode in ("reflect", "replicate"):
        result += [Case("pad", f'pad(a, [1, 2, 3, 0], mode = "{mode}")', f"F.pad(a, (3, 0, 1, 2), mode='{mode}')", span, (("B", 3, 4, 5),)),
                   Case("pad", f'pad(a, [0, 4], mode = "{mode}")', f"F.pad(a, (0, 4), mode='{mode}')", span, (("B", "W"),)),
                   Case("pad", f'pad(a, [2, 1], mode = "{mode}")', f"F.pad(a, (2, 1), mode='{mode}')", span, (("B", "H"),))]
    # Larger and smaller, both of no common factor; sizes of run time; the same square of pixels each.
    for size, words in (("[7, 4]", "(7, 4)"), ("[2 * shape(a)[2] + 1, floor(shape(a)[3] / 2)]", "(7, 2)"),
                        ("[2 * shape(a)[2], 2 * shape(a)[3]]", "(6, 10)"), ("4", "(4, 4)")):
        result.append(Case("upsample_nearest", f"upsample_nearest(a, size = {size})", f"F.interpolate(a, {words})", span, (("B", 2, "H", "W"),)))
    result += [
        Case("pixel_shuffle", "pixel_shuffle(a, 2)", "F.pixel_shuffle(a, 2)", span, (("B", 8, "H", "W"),)),
        Case("pixel_shuffle", "pixel_shuffle(a, 3)", "F.pixel_shuffle(a, 3)", span, ((9, 2, 5),)),
        Case("pixel_unshuffle", "pixel_unshuffle(a, 2)", "F.pixel_unshuffle(a, 2)", span, (("B", 3, "2 * H", 4),)),
    ]
    for factor, shape in ((2, ("B", 3, 5, 7)), (3, ("B", 1, 4)), (1, ("B", 2, 3)), (2, (2, 33, 9, 7)), (4, ("B", 1, 1, 1))):
        result.append(Case("upsample_nearest", f"upsample_nearest(a, {factor})", f"upsample(a, {factor}, 'nearest')", span, (shape,)))
        result.append(Case("upsample_bilinear", f"upsample_bilinear(a, {factor})", f"upsample(a, {factor}, 'bilinear')", span, (shape,)))
        result.append(Case("upsample_linear", f"upsample_linear(a, {factor}, axis = 1)", f"upsample_axis(a, {factor}, 1)", span, (shape,)))
    result.append(Case("upsample_bilinear", "upsample_bilinear(a, 4)", "upsample(a, 4, 'bilinear')", span, (("B", 33, 8, 8),), gradient=False))
    return result + pools("avg_pool") + pools("max_pool")
