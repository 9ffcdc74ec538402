"""Cases of the convolutions, as PyTorch's call of the same arguments."""
from case import Case


def pair(value):
    return tuple(value) if isinstance(value, (tuple, list)) else (value, value)


def sides(padding):
    """top, bottom, left, right."""
    if isinstance(padding, (tuple, list)) and len(padding) == 4:
        return tuple(padding)
    rows, columns = pair(padding)
    return rows, rows, columns, columns


def text(value):
    if isinstance(value, (tuple, list)):
        return "[" + ", ".join(map(str, value)) + "]"
    return f'"{value}"' if isinstance(value, str) and value != "same" else str(value)


def case(op, shape, out, kernel, bias=True, gradient=True, ranges=((-2, 2),), **options):
    """One call on a picture of that shape; what else it is given reads as in the language."""
    groups = options.get("groups", 1)
    inner, outer = (out, shape[1]) if op == "conv_transpose2d" else (shape[1], out)
    parameters = {"w": ("fc.weight", (outer, inner // groups, *pair(kernel)))} | ({"b": ("fc.bias", (out,))} if bias else {})
    words = "".join(f", {name} = {text(value)}" for name, value in options.items()) + ("" if bias else ", bias = false")
    meant = dict(options)
    if "padding" in meant and op != "masked_conv2d":
        meant["padding"] = "'same'" if meant["padding"] == "same" else sides(meant["padding"])
    meant |= {name: f"'{meant[name]}'" for name in ("mask", "padding_mode") if name in meant}
    formula = f"{op}(a, w, {'b' if bias else 'None'}{''.join(f', {name}={value}' for name, value in meant.items())})"
    return Case(op, f"{op}(a, {out}, {text(kernel)}{words}) @fc", formula, ranges, (shape,), gradient, parameters=parameters)


def conv(*arguments, **options):
    return case("conv2d", *arguments, **options)


def transposed(*arguments, **options):
    return case("conv_transpose2d", *arguments, **options)


def masked(*arguments, **options):
    return case("masked_conv2d", *arguments, **options)


def cases():
    return [
        conv(("B", 3, 7, 5), 4, 3),
        conv(("B", 3, 7, 5), 4, [3, 4], padding="same"),
        conv((1, 1, 5, 5), 1, 3, bias=False),
        conv(("B", 1, 6, 6), 33, 4, stride=2, padding=1),
        conv(("B", 33, 5, 4), 3, 1),
        conv(("B", 33, 5, 5), 33, 3),
        conv(("B", 3, 8, 8), 4, 4, stride=2, padding=1),
        conv(("B", 2, 7, 8), 3, 3, stride=2, padding=1),
        conv(("B", 2, 7, 7), 3, 2),
        conv(("B", 3, 5, 7), 2, [3, 1], stride=[2, 3], padding=[1, 0], bias=False),
        conv(("B", 2, 9, 8), 2, 3, dilation=2, padding=2),
        conv(("B", 2, 9, 9), 2, [2, 3], dilation=[1, 3], stride=[1, 2], padding=[0, 1, 3, 2]),
        conv(("B", 2, "H", "W"), 3, 3, padding_mode="reflect"),
        conv(("B", 2, 5, 4), 3, [3, 2], stride=2, padding=[0, 2, 1, 0], padding_mode="replicate"),
        conv(("B", 4, 5, 5), 6, 3, groups=2),
        conv(("B", 33, 5, 5), 33, 3, groups=33),
        conv(("B", 3, 5, 5), 3, 3, groups=3, stride=2),
        conv(("B", 4, 4, 4), 2, 1, groups=2, bias=False),
        conv(("B", 3, 4, 4), 5, 4, padding=0),
        # The kernel is as large as the padded picture; a picture of one place; a stride beyond the kernel; padding beyond the kernel's half.
        conv(("B", 2, 3, 4), 3, [5, 6], padding=1),
        conv(("B", 3, 1, 1), 2, 1),
        conv(("B", 3, 1, 1), 2, 3),
        conv(("B", 2, 8, 7), 2, 2, stride=3, padding=0),
        conv(("B", 2, 4, 3), 3, 2, padding=2),
        conv((2, 3, 3, 3), 2, 1, stride=2, padding=0),
        # Above one block of rows, columns and steps.
        conv((2, 33, 13, 11), 70, 3),
        conv(("B", 1, 40, 37), 5, 5, padding=2),
        conv((1, 65, 33, 31), 129, 3, gradient=False),
        # Sizes of a run, alone and under strides.
        conv(("B", 3, "H", "W"), 4, 3),
        conv(("B", 2, "2 * H", "4 * W"), 3, 4, stride=2, padding=1),
        conv(("B", 2, "4 * H", 6), 3, 3, stride=2, padding=1),
        # Sizes of a run that the stride does not divide, and what stays behind the last window.
        conv(("B", 2, "H", "W"), 3, 3, stride=2, padding=1),
        conv(("B", 2, "W", "3 * H"), 3, 2, stride=2, padding=[0, 0, 0, 1]),
        conv(("B", 2, "W", "2 * H"), 3, [2, 3], stride=[3, 4], padding=1, dilation=[1, 2]),
        transposed(("B", 2, "H", "W"), 3, 3, stride=2, padding=1, output_padding=1),
        # PyTorch takes an output padding below the dilation too; an element of the gradient has no window in x there.
        transposed(("B", 2, 3, "H"), 2, 3, stride=2, dilation=4, output_padding=[3, 2]),
        transposed(("B", 2, "H", "W"), 3, 4, stride=2, padding=1),
        transposed(("B", 2, "H", 4), 3, 3, padding=1),
        masked(("B", 2, "H", "W"), 3, 3, mask="B"),
        transposed(("B", 3, 4, 5), 2, 3),
        transposed(("B", 2, 4, 5), 2, [5, 3], stride=[2, 1], padding=[1, 2, 0, 1], groups=2),
        transposed(("B", 2, 3, 3), 2, 2, stride=3),
        transposed((1, 1, 3, 3), 1, 4, stride=2, padding=1, bias=False),
        transposed(("B", 1, 3, 5), 33, 3, stride=2, padding=1, output_padding=1),
        transposed(("B", 3, 4, 4), 2, 4, stride=2, padding=1),
        transposed(("B", 2, 3, 4), 3, 3, stride=2, padding=1, output_padding=1),
        transposed(("B", 2, 3, 3), 2, [2, 3], stride=[3, 2], padding=[0, 1], output_padding=[2, 0], dilation=[1, 2]),
        transposed(("B", 4, 3, 3), 6, 3, stride=2, groups=2),
        transposed(("B", 33, 3, 3), 33, 2, stride=2, groups=33, bias=False),
        transposed(("B", 3, 4, 4), 3, 1, bias=False),
        transposed(("B", 3, 1, 1), 2, 4),
        transposed(("B", 33, 7, 9), 17, 4, stride=2, padding=1),
        transposed((1, 65, 17, 15), 70, 4, stride=2, padding=1, gradient=False),
        masked(("B", 3, 5, 4), 4, 3, mask="A"),
        masked(("B", 2, 5, 5), 3, [3, 5], mask="B"),
        masked(("B", 33, 4, 5), 3, 1, mask="B"),
        masked(("B", 1, 6, 5), 2, 3, mask="B", dilation=2, bias=False),
        masked(("B", 4, 5, 5), 6, 3, mask="A", groups=2),
        masked((1, 33, 19, 17), 66, 5, mask="A"),
    ]
