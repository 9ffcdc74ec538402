#!/usr/bin/env python3
"""What stays finite beside infinities and NaN, and what stays zero: results and gradients on every device against PyTorch's, which stand here.

    special_values.py --bin=build/dev/bin [--device=cpu,vulkan]
"""
import argparse
import pathlib
import subprocess
import sys
import tempfile

import numpy as np

from library import Library, Session

INF, NAN = np.inf, np.nan

MODEL = """model special_values() {{
  p = parameter([4], init = zeros)
  q = parameter([{count}], init = zeros)
  loss running(w: f32[4]) {{ return sum(cumsum(p) * w) }}
  loss running_down(w: f32[4, 1]) {{ return sum(cumsum(reshape(p, [4, 1]), axis = 0) * w) }}
  loss greatest(w: f32) {{ return amax(p) * w }}
  loss uniform(w: f32) {{ return sum(kl_categorical_uniform(reshape(p, [1, 4]))) * w }}
  loss near(x: f32[4]) {{ return huber(p, x, reduction = "total") }}
  loss logistic(x: f32[4]) {{ return logistic_nll(x, p, zeros([4]), reduction = "total") }}
  loss classes(w: f32[5]) {{ return sum(one_hot(argmax(p), 5) * w) }}
  loss spread(w: f32) {{ return perplexity(argmax(reshape(p, [2, 2])), 5) * w }}
  loss masked(x: f32[1, 1, 1, 3]) {{ return sum(masked_conv2d(x, 1, [1, 3], mask = "A", bias = false) @conv) }}
  // positions: along an axis of run time
  loss taken(x: f32[N, 4], k: i32[M], w: f32[M, 4]) {{ return sum(gather(x * p, k, axis = 0) * w) }}
  loss looked_up(k: i32[M], w: f32[M, 2]) {{ return sum(lookup(k, reshape(p, [2, 2])) * w) }}
  // hidden: what comes later leaves no trace, in results and in gradients
  func seen(q: f32[1, L, 1], v: f32[1, L, 1]) {{ return attention(q, v, v, causal = true) }}
  func weighed(q: f32[1, L, 1], k: f32[1, S, 1], v: f32[1, S, 1]) {{ return attention(q, k, v) }}
  loss hidden(w: f32[1, 4, 1]) {{ return sum(attention(zeros([1, 4, 1]), zeros([1, 4, 1]), reshape(p, [1, 4, 1]), causal = true) * w) }}
  loss bases(b: f32[4]) {{ return sum(pow(p, b)) }}
  loss exponents(a: f32[4]) {{ return sum(pow(a, p)) }}
  func rest(x: f32[N], y: f32[N]) {{ return x % y }}
  func exponentials(x: f32[B, 2]) {{ return logsumexp(x, axis = 1) }}
  func running_sums(x: f32[B, 4]) {{ return cumsum(x) }}
  func running_sums_down(x: f32[B, 2]) {{ return cumsum(x, axis = 0) }}
{entries}}}
"""

def column(*numbers):
    """One head's numbers, of one channel."""
    return np.reshape(numbers, (1, -1, 1))


# Entry, parameter p, inputs, the result, the gradient of p.
CASES = [
    ("running_sums", None, {"x": [[1, 2, 3, INF], [1, NAN, 3, 4]]}, [[1, 3, 6, INF], [1, NAN, NAN, NAN]], None),
    ("running_sums_down", None, {"x": [[1, 2], [INF, 3], [1, -INF]]}, [[1, 2], [INF, 5], [INF, -INF]], None),
    ("exponentials", None, {"x": [[INF, 1], [-INF, 1], [-INF, -INF], [INF, -INF], [1, NAN]]}, [INF, 1, -INF, INF, NAN], None),
    ("bases", [0, 0, 0, -2], {"b": [0, 2, 1, 2]}, 5, [0, 0, 1, -4]),
    ("bases", [0, 1, 2, NAN], {"b": [-1, 0, 0, 0]}, INF, [-INF, 0, 0, 0]),
    ("exponents", [0, 2, 1, 2], {"a": [0, 0, 2, 3]}, 12, [0, 0, 2 * np.log(2), 9 * np.log(3)]),
    ("running", [1, 2, 3, 4], {"w": [INF, 1, 1, 1]}, INF, [INF, 3, 2, 1]),
    ("running_down", [1, 2, 3, 4], {"w": [[1], [INF], [1], [1]]}, INF, [INF, INF, 2, 1]),
    ("seen", None, {"q": column(0, 0, 0, 0), "v": column(2, 4, INF, NAN)}, column(2, 3, NAN, NAN), None),
    ("weighed", None, {"q": column(0, 1, NAN, INF), "k": column(0, np.log(3)), "v": column(4, 8)}, column(6, 7, NAN, NAN), None),
    ("weighed", None, {"q": column(1, -1), "k": column(-INF, 0, 0), "v": column(9, 4, 8)}, column(6, NAN), None),
    ("hidden", [1, 2, 3, 4], {"w": column(INF, 1, 1, 1)}, INF, [INF, 13 / 12, 7 / 12, 1 / 4]),
    ("greatest", [1, 2, 4, 4], {"w": INF}, INF, [0, 0, INF, INF]),
    ("uniform", [-INF, 1, 1, 1], {"w": 1}, np.log(4 / 3), [0, 0, 0, 0]),
    ("uniform", [-INF, 0, np.log(3), -INF], {"w": 1}, np.log(4) + 0.25 * np.log(0.25) + 0.75 * np.log(0.75),
     [0, -0.1875 * np.log(3), 0.1875 * np.log(3), 0]),
    ("near", [1, -1e38, 3e38, 0], {"x": [1.5, 1e38, -1e37, 3]}, INF, [-0.5, -1, 1, -1]),
    ("logistic", [0, 1e30, -1e30, 2], {"x": [0, 0, 0, 2]}, 2e30, [0, 1, -1, 0]),
    ("classes", [1, 2, 4, 3], {"w": [1, 2, 3, 4, 5]}, 3, [0, 0, 0, 0]),
    ("spread", [1, 2, 4, 3], {"w": 5}, 10, [0, 0, 0, 0]),
    ("taken", [1, 2, 3, 4], {"x": np.arange(20).reshape(5, 4), "k": np.int32([1, 4, 1]), "w": [[1, 2, 3, INF], [1, 1, 1, 1], [1, 2, 3, 4]]},
     INF, [24, 37, 54, INF]),
    ("looked_up", [1, 2, 3, 4], {"k": np.int32([0, 1, 0]), "w": [[INF, 1], [2, 3], [1, 1]]}, INF, [INF, 2, 2, 3]),
]


# What arithmetic and formulas are tried at, and what they are there: NumPy's in float64, rounded.
TRIED = [0, 1, 2.0**-126, 3.4028234663852886e38, np.pi / 2, np.pi, 2 * np.pi, 0.5, 1.5, 2, 2.5, 3, 0.1, 1e-3, 1e-7, 1e-20, 1e20,
         88, 89, 104, 2.0**23 - 0.5, 2.0**24, 2.0**31, INF]
TRIED = np.array([NAN, -0.0, *TRIED, *[-value for value in TRIED[1:]]], np.float32)
FORMULAS = {
    "x * 0": lambda x: x * 0, "x / 0": lambda x: x / 0, "0 / x": lambda x: 0 / x, "1 / x": lambda x: 1 / x, "1 / (x * 0)": lambda x: 1 / (x * 0),
    "log(x * 0)": lambda x: np.log(x * 0), "x - x": lambda x: x - x, "x / x": lambda x: x / x, "0 - x": lambda x: 0 - x, "x * -1": lambda x: -x,
    "(x + 1) - x": lambda x: (x.astype(np.float32) + np.float32(1)).astype(np.float64) - x, "x * 0.5 * 2": lambda x: x,
    "relu(x)": lambda x: np.where(x < 0, 0, x), "leaky_relu(x, 0.5)": lambda x: np.where(x > 0, x, 0.5 * x), "abs(x)": np.abs, "sqrt(x)": np.sqrt,
    "square(x)": np.square, "clamp(x, -1, 0.5)": lambda x: np.clip(x, -1, 0.5), "exp(x)": np.exp, "log(x)": np.log, "tanh(x)": np.tanh,
    "sigmoid(x)": lambda x: 1 / (1 + np.exp(-x)), "softplus(x)": lambda x: np.logaddexp(x, 0), "silu(x)": lambda x: x / (1 + np.exp(-x).astype(np.float32)),
    "sin(x)": np.sin, "cos(x)": np.cos, "rsqrt(x)": lambda x: 1 / np.sqrt(x), "floor(x)": np.floor, "ceil(x)": np.ceil, "round(x)": np.rint, "sign(x)": np.sign,
    "quick_gelu(x)": lambda x: x / (1 + np.exp(-1.702 * x).astype(np.float32)), "pow(x, 2)": np.square, "pow(x, -1)": lambda x: 1 / x,
    "pow(x, 0.5)": lambda x: np.power(x, 0.5), "pow(2, x)": np.exp2, "1 / floor(x)": lambda x: 1 / np.floor(x),
    "1 / ceil(x)": lambda x: 1 / np.ceil(x), "1 / round(x)": lambda x: 1 / np.rint(x),
    # A zero that a compiler finds by computing with constants.
    "x * relu(zeros([1]) - 1)": lambda x: x * 0, "relu(zeros([1]) - 1) / x": lambda x: 0 / x, "x / (zeros([1]) * 2)": lambda x: x / 0,
    "x * one_hot(cast(zeros([1]), i32), 8)[.., 3]": lambda x: x * 0, "x * (exp(zeros([1])) - 1)": lambda x: x * 0,
    "where(x, x, 2)": lambda x: np.where(x != 0, x, 2), "where(x == x, 1, 0)": lambda x: np.where(x == x, 1, 0),
}
PAIRS = {
    "x + y": np.add, "x - y": np.subtract, "x * y": np.multiply, "x / y": np.divide, "min(x, y)": np.minimum, "max(x, y)": np.maximum,
    "where(x > y, 1, 0)": np.greater, "where(x <= y, 1, 0)": np.less_equal, "where(x == y, 1, 0)": np.equal, "where(x != y, 1, 0)": np.not_equal,
}
# Gradients of sums over the parameter q, as PyTorch's formulas give them.
GRADIENTS = {
    "q * q * 0": lambda x: 2 * x * 0, "exp(q) * 0": lambda x: np.exp(x).astype(np.float32) * 0, "0 * exp(q) * 2": lambda x: np.exp(x).astype(np.float32) * 0,
    "q / q * 0": lambda x: np.where(np.isfinite(x) & (x != 0), 0, NAN), "0 * q + 0 * q": lambda x: 0 * np.nan_to_num(x, posinf=0, neginf=0),
    "min(q, 1)": lambda x: np.where(x > 1, 0, np.where(x == 1, 0.5, 1)), "max(q, 0)": lambda x: np.where(x < 0, 0, np.where(x == 0, 0.5, 1)),
    "min(1, q)": lambda x: np.where(x > 1, 0, np.where(x == 1, 0.5, 1)), "clamp(q, -1, 0.5)": lambda x: np.where((x >= -1) & (x <= 0.5), 1, 0),
    "quick_gelu(q)": lambda x: 1 / (1 + np.exp(-1.702 * x)) * (1 + x * (1.702 * (1 - 1 / (1 + np.exp(-1.702 * x))))),
}


class Checker:
    def __init__(self, session, device):
        self.session, self.device, self.compared, self.failed = session, device, 0, 0

    def close(self, what, value, expected):
        good = np.shape(value) == np.shape(expected) and np.allclose(value, np.float32(expected), rtol=1e-5, atol=1e-6, equal_nan=True)
        self.compared, self.failed = self.compared + 1, self.failed + (not good)
        print(f"{'ok  ' if good else 'FAIL'} {what} on {self.device}{'' if good else f': {value}, expected {expected}'}")

    def check(self, entry, parameter, inputs, expected, gradient):
        given = {name: value if np.asarray(value).dtype == np.int32 else np.asarray(value, np.float32) for name, value in inputs.items()}
        if parameter is None:
            return self.close(f"{entry} of {inputs}", self.session.run(entry, given)["result"], expected)
        self.session.set_parameter("p", np.asarray(parameter, np.float32))
        results = self.session.run(f"{entry}.gradient", given)
        self.close(f"{entry} at {parameter}", results["loss"], expected)
        self.close(f"its gradient at {parameter}", results["gradient:p"], gradient)

    def check_rest(self):
        """Exactly what C's fmod leaves, of the sign of the divisor, however many times larger the dividend is."""
        random, large = np.random.RandomState(1), lambda: random.normal(size=4096) * 10.0 ** random.uniform(-20, 20, 4096)
        corners = np.array([0, 1, -1, INF, -INF, NAN, 936.68994, 0.01, 3e38, -3e38, 2.0**-126, np.pi, -7, 2, 16777217, 123456.7, 3.4028234663852886e38,
                            -3.4028234663852886e38, 2.0**127, 2.0**127 * (1 - 2.0**-24), 2e38, 1e38, 128, 3.4028234663852886e38 / 3])
        x, y = (np.append(wide, corner.reshape(-1)).astype(np.float32) for wide, corner in zip((large(), large()), np.meshgrid(corners, corners)))
        top = (random.uniform(1, 2, 4096) * 2.0 ** random.randint(90, 128, 4096)).astype(np.float32)
        x, y = np.append(x, top * random.choice(np.float32([-1, 1]), 4096)), np.append(y, np.roll(top, 1))
        with np.errstate(all="ignore"):
            expected = np.fmod(x.astype(np.float64), y.astype(np.float64)).astype(np.float32)
            expected += np.where((expected != 0) & ((expected < 0) != (y < 0)), y, np.float32(0))
        value = self.session.run("rest", {"x": x, "y": y})["result"]
        self.close("x % y", np.array_equal(value, expected, equal_nan=True), True)

    def check_formulas(self):
        """Each formula at each value and each pair of them."""
        first, second = (side.reshape(-1) for side in np.meshgrid(TRIED, TRIED))
        for name, formulas, given in (("u", FORMULAS, [TRIED]), ("b", PAIRS, [first, second])):
            for number, (text, formula) in enumerate(formulas.items()):
                with np.errstate(all="ignore"):
                    expected = formula(*[value.astype(np.float64) for value in given]).astype(np.float32)
                value = self.session.run(f"{name}{number}", dict(zip("xy", given)))["result"]
                with np.errstate(all="ignore"):
                    close = (value == expected) | (np.isnan(value) & np.isnan(expected)) | (np.abs(value - expected) <= 1e-5 * np.abs(expected) + 2.0**-126)
                wrong = [tuple(side[i] for side in given) + (value[i], expected[i]) for i in np.flatnonzero(~close)[:3]]
                self.close(f"{text} at {len(given[0])} values{' (values, result, expected): ' if wrong else ''}{wrong or ''}", len(wrong), 0)

    def check_gradients(self):
        self.session.set_parameter("q", TRIED)
        for number, (text, formula) in enumerate(GRADIENTS.items()):
            with np.errstate(all="ignore"):
                expected = formula(TRIED.astype(np.float64)).astype(np.float32)
            value = self.session.run(f"g{number}", {})["result"]
            with np.errstate(all="ignore"):
                close = (value == expected) | (np.isnan(value) & np.isnan(expected)) | (np.abs(value - expected) <= 1e-5 * np.abs(expected) + 1e-6)
            wrong = [(TRIED[i], value[i], expected[i]) for i in np.flatnonzero(~close)[:5]]
            self.close(f"gradient of {text}{' (value, result, expected): ' if wrong else ''}{wrong or ''}", len(wrong), 0)

    def check_mask(self):
        """A weight behind the mask takes no part."""
        self.session.set_parameter("conv.weight", np.asarray([2, INF, NAN], np.float32).reshape(1, 1, 1, 3))
        results = self.session.run("masked.gradient", {"x": np.asarray([1, 2, 3], np.float32).reshape(1, 1, 1, 3)})
        self.close("masked_conv2d", results["loss"], 6)
        self.close("its gradient", results["gradient:conv.weight"], np.reshape([3, 0, 0], (1, 1, 1, 3)))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--bin", type=lambda text: pathlib.Path(text).resolve(), required=True)
    parser.add_argument("--device", default="cpu,vulkan")
    arguments = parser.parse_args()
    compared = failed = 0
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "special_values.vae"
        entries = [f"  func u{i}(x: f32[N]) {{ return {text} }}\n" for i, text in enumerate(FORMULAS)]
        entries += [f"  func b{i}(x: f32[N], y: f32[N]) {{ return {text} }}\n" for i, text in enumerate(PAIRS)]
        entries += [f"  func g{i}() {{ return gradient(sum({text}), q) }}\n" for i, text in enumerate(GRADIENTS)]
        path.write_text(MODEL.format(entries="".join(entries), count=len(TRIED)))
        subprocess.run([arguments.bin / "vaec", path, "-o", path.with_suffix(".vaep")], check=True)
        for device in arguments.device.split(","):
            library = Library(arguments.bin.parent / "runtime" / "libvae_runtime.so")
            checker = Checker(Session(library, path.with_suffix(".vaep"), device), device)
            for case in CASES:
                checker.check(*case)
            checker.check_mask()
            checker.check_rest()
            checker.check_formulas()
            checker.check_gradients()
            checker.session.close()
            compared, failed = compared + checker.compared, failed + checker.failed
    print(f"{compared} compared, {failed} failed")
    sys.exit(bool(failed))


if __name__ == "__main__":
    main()
