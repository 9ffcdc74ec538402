"""Cases of padding, upsampling and pooling, written with loops over windows."""
import numpy as np


def pool(function, kernel, stride):
    def formula(x):
        height, width = ((size - kernel) // stride + 1 for size in x.shape[-2:])
        rows = [np.stack([function(x[..., i * stride:i * stride + kernel, j * stride:j * stride + kernel], axis=(-2, -1)) for j in range(width)], -1)
                for i in range(height)]
        return np.stack(rows, -2)
    return formula


def linear(x, factor, axis):
    x = np.moveaxis(x, axis, -1)
    size = x.shape[-1]
    place = np.clip((np.arange(size * factor) + 0.5) / factor - 0.5, 0, size - 1)
    low = np.floor(place).astype(int)
    part = place - low
    return np.moveaxis(x[..., low] * (1 - part) + x[..., np.minimum(low + 1, size - 1)] * part, -1, axis)


def cases(Case):
    span = ((-2, 2),)
    result = [
        Case("pad", "pad(a, [1, 2, 3, 0])", lambda a: np.pad(a, ((0, 0), (0, 0), (1, 2), (3, 0))), span, (("B", 3, 4, 5),)),
        Case("pad", "pad(a, [0, 3], value = -1.5)", lambda a: np.pad(a, ((0, 0), (0, 3)), constant_values=-1.5), span, (("B", 33),)),
        Case("pad", "pad(a, [1, 1, 0, 0])", lambda a: np.pad(a, ((1, 1), (0, 0))), span, (("B", 5),)),
    ]
    for factor, shape in ((2, ("B", 3, 5, 7)), (3, ("B", 1, 4)), (1, ("B", 2, 3))):
        result.append(Case("upsample_nearest", f"upsample_nearest(a, {factor})", lambda a, f=factor: a.repeat(f, -2).repeat(f, -1), span, (shape,)))
        result.append(Case("upsample_bilinear", f"upsample_bilinear(a, {factor})", lambda a, f=factor: linear(linear(a, f, -2), f, -1), span, (shape,)))
        result.append(Case("upsample_linear", f"upsample_linear(a, {factor}, axis = 1)", lambda a, f=factor: linear(a, f, 1), span, (shape,)))
    result.append(Case("upsample_bilinear", "upsample_bilinear(a, 4)", lambda a: linear(linear(a, 4, -2), 4, -1), span, (("B", 33, 8, 8),), gradient=False))
    for op, function in (("avg_pool", np.mean), ("max_pool", np.max)):
        for kernel, stride, shape in ((2, 2, ("B", 3, 6, 8)), (2, 2, ("B", 3, 5, 7)), (3, 2, ("B", 7, 7)), (3, 1, ("B", 1, 5, 4)), (2, 3, ("B", 2, 9, 8)), (1, 1, ("B", 4, 3))):
            result.append(Case(op, f"{op}(a, {kernel}, {stride})", pool(function, kernel, stride), span, (shape,)))
        result.append(Case(op, f"{op}(a, 4)", pool(function, 4, 4), span, (("B", 33, 16, 16),), gradient=False))
    return result
