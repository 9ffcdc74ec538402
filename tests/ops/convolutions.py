"""Convolutions by their definitions, a tap at a time, and the cases that try them."""
import numpy as np


def pair(value):
    return tuple(value) if isinstance(value, (tuple, list)) else (value, value)


def sides(padding):
    """top, bottom, left, right."""
    return tuple(padding) if isinstance(padding, (tuple, list)) and len(padding) == 4 else tuple(np.repeat(pair(padding), 2))


def conv2d(x, w, b=None, stride=1, padding=0, dilation=1, groups=1):
    (sy, sx), (dy, dx), (top, bottom, left, right) = pair(stride), pair(dilation), sides(padding)
    out, inner, height, width = w.shape
    x = np.pad(x, ((0, 0), (0, 0), (top, bottom), (left, right)))
    rows = (x.shape[2] - dy * (height - 1) - 1) // sy + 1
    columns = (x.shape[3] - dx * (width - 1) - 1) // sx + 1
    y = np.zeros((len(x), out, rows, columns))
    for o in range(out):
        first = o // (out // groups) * inner
        for u in range(height):
            for v in range(width):
                window = x[:, first:first + inner, u * dy:u * dy + (rows - 1) * sy + 1:sy, v * dx:v * dx + (columns - 1) * sx + 1:sx]
                y[:, o] += (window * w[o, :, u, v][:, None, None]).sum(axis=1)
    return y if b is None else y + b[:, None, None]


def conv_transpose2d(x, w, b=None, stride=1, padding=0, output_padding=0, dilation=1, groups=1):
    (sy, sx), (dy, dx), (ey, ex), (top, bottom, left, right) = pair(stride), pair(dilation), pair(output_padding), sides(padding)
    _, inner, height, width = w.shape
    per_group, (rows, columns) = x.shape[1] // groups, x.shape[2:]
    y = np.zeros((len(x), inner * groups, (rows - 1) * sy + dy * (height - 1) + 1 + ey, (columns - 1) * sx + dx * (width - 1) + 1 + ex))
    for c in range(x.shape[1]):
        first = c // per_group * inner
        for u in range(height):
            for v in range(width):
                place = np.s_[:, first:first + inner, u * dy:u * dy + (rows - 1) * sy + 1:sy, v * dx:v * dx + (columns - 1) * sx + 1:sx]
                y[place] += x[:, c:c + 1] * w[c, :, u, v][:, None, None]
    y = y[:, :, top:y.shape[2] - bottom, left:y.shape[3] - right]
    return y if b is None else y + b[:, None, None]


def masked_conv2d(x, w, b=None, mask="A", dilation=1, groups=1):
    keep = np.zeros(w.shape[2:])
    keep.flat[:keep.size // 2 + (mask == "B")] = 1
    padding = [dilation * (side // 2) for side in w.shape[2:]]
    return conv2d(x, w * keep, b, padding=padding, dilation=dilation, groups=groups)


def text(value):
    if isinstance(value, (tuple, list)):
        return "[" + ", ".join(map(str, value)) + "]"
    return f'"{value}"' if isinstance(value, str) else str(value)


def case(make, function, shape, out, kernel, bias=True, gradient=True, **options):
    """One call: `make` is the Case class, `shape` that of the picture, the rest as in the language."""
    op, groups = function.__name__, options.get("groups", 1)
    inner, outer = shape[1], out
    if op == "conv_transpose2d":
        inner, outer = out, shape[1]
    parameters = {"w": ("fc.weight", (outer, inner // groups, *pair(kernel)))} | ({"b": ("fc.bias", (out,))} if bias else {})
    words = "".join(f", {name} = {text(value)}" for name, value in options.items()) + ("" if bias else ", bias = false")

    def formula(x, w, b=None):
        if op == "conv2d" and "padding" not in options:
            spread = [d * (k - 1) for d, k in zip(pair(options.get("dilation", 1)), pair(kernel))]
            same = [side for zeros in spread for side in (zeros // 2, zeros - zeros // 2)]
            return function(x, w, b, padding=same, **options)
        return function(x, w, b, **options)

    return make(op, f"{op}(a, {out}, {text(kernel)}{words}) @fc", formula, ((-2, 2),), (shape,), gradient, parameters=parameters)


def cases(make):
    def conv(*arguments, **options):
        return case(make, conv2d, *arguments, **options)

    def transposed(*arguments, **options):
        return case(make, conv_transpose2d, *arguments, **options)

    def masked(*arguments, **options):
        return case(make, masked_conv2d, *arguments, **options)

    return [
        conv(("B", 3, 7, 5), 4, 3),
        conv((1, 1, 5, 5), 1, 3, bias=False),
        conv(("B", 1, 6, 6), 33, 4, stride=2, padding=1, gradient=False),
        conv(("B", 33, 5, 4), 3, 1),
        conv(("B", 3, 8, 8), 4, 4, stride=2, padding=1),
        conv(("B", 2, 7, 8), 3, 3, stride=2, padding=1),
        conv(("B", 2, 7, 7), 3, 2),
        conv(("B", 3, 5, 7), 2, [3, 1], stride=[2, 3], padding=[1, 0], bias=False),
        conv(("B", 2, 9, 8), 2, 3, dilation=2, padding=2),
        conv(("B", 2, 9, 9), 2, [2, 3], dilation=[1, 3], stride=[1, 2], padding=[0, 1, 3, 2]),
        conv(("B", 4, 5, 5), 6, 3, groups=2),
        conv(("B", 3, 5, 5), 3, 3, groups=3, stride=2),
        conv(("B", 4, 4, 4), 2, 1, groups=2, bias=False),
        conv(("B", 3, 4, 4), 5, 4, padding=0),
        conv((2, 3, 3, 3), 2, 1, stride=2, padding=0),
        # Above one block of rows, columns and steps.
        conv((2, 33, 13, 11), 70, 3, gradient=False),
        conv(("B", 1, 40, 37), 5, 5, padding=2, gradient=False),
        # Sizes of a run, alone and under strides.
        conv(("B", 3, "H", "W"), 4, 3, gradient=False),
        conv(("B", 2, "2 * H", "4 * W"), 3, 4, stride=2, padding=1, gradient=False),
        conv(("B", 2, "4 * H", 6), 3, 3, stride=2, padding=1, gradient=False),
        transposed(("B", 2, "H", "W"), 3, 4, stride=2, padding=1, gradient=False),
        transposed(("B", 2, "H", 4), 3, 3, padding=1, gradient=False),
        masked(("B", 2, "H", "W"), 3, 3, mask="B", gradient=False),
        transposed(("B", 3, 4, 5), 2, 3),
        transposed(("B", 2, 4, 5), 2, [5, 3], stride=[2, 1], padding=[1, 2, 0, 1], groups=2),
        transposed(("B", 2, 3, 3), 2, 2, stride=3),
        transposed((1, 1, 3, 3), 1, 4, stride=2, padding=1, bias=False),
        transposed(("B", 3, 4, 4), 2, 4, stride=2, padding=1),
        transposed(("B", 2, 3, 4), 3, 3, stride=2, padding=1, output_padding=1),
        transposed(("B", 2, 3, 3), 2, [2, 3], stride=[3, 2], padding=[0, 1], output_padding=[2, 0], dilation=[1, 2]),
        transposed(("B", 4, 3, 3), 6, 3, stride=2, groups=2),
        transposed(("B", 3, 4, 4), 3, 1, bias=False),
        transposed(("B", 33, 7, 9), 17, 4, stride=2, padding=1, gradient=False),
        masked(("B", 3, 5, 4), 4, 3, mask="A"),
        masked(("B", 2, 5, 5), 3, [3, 5], mask="B"),
        masked(("B", 1, 6, 5), 2, 3, mask="B", dilation=2, bias=False),
    ]
