"""What a case is: one call of the language, the inputs it runs on, and what it is compared with."""
import dataclasses
import math
import pathlib
import zlib
from typing import Callable

import numpy as np

REFERENCES = pathlib.Path(__file__).parent / "references"
FORWARD_BATCHES, GRADIENT_BATCH = (7, 1), 3
SIZES = {"H": 3, "W": 5}  # what a picture's sizes are worked out from


@dataclasses.dataclass
class Case:
    """The operands of the call are a, b, c, d. Shapes may hold "B", the batch, and formulas over H and W.

    `formula` is what the call means: a text in PyTorch's words over the operands, the layer's parameters and the noise `u`, whose results in float64
    `make_references.py` stores; or a function of NumPy float64 arrays in the same order, whose gradient is taken by central differences.
    """

    op: str
    call: str                      # in the language; statements before the value, if any, end with "; "
    formula: str | Callable
    ranges: tuple = ((-2, 2),)     # of each operand's values
    shapes: tuple = ((("B", 5)),)  # of each operand
    gradient: bool = True
    absolute: float = 1e-6         # error allowed beside 1e-5 relative
    parameters: dict = dataclasses.field(default_factory=dict)  # of layers: name in the formula -> (path, shape)
    integers: str = ""             # operands that are i32, drawn from their ranges' integers; no gradient
    training: str | Callable = None  # the formula inside a loss, where it is another
    noise: tuple = None            # shape of uniform draws, the formula's `u`; in losses alone where those have their own formula
    spacing: float = 0             # values are multiples of it: ties
    edges: bool = False            # most draws of the noise are the least and the greatest there are

    def __post_init__(self):
        self.operands = "abcd"[: len(self.ranges)]
        if len(self.shapes) != len(self.ranges):
            self.shapes = self.shapes * len(self.ranges)

    @property
    def name(self):
        return f"{self.call} of {' '.join(map(str, self.shapes))}"

    @property
    def key(self):
        """Names the case's references; another after any change that may change them."""
        fields = [self.call, self.formula, self.ranges, self.shapes, self.gradient, self.parameters, self.integers, self.training, self.noise, self.spacing]
        fields += [self.edges] if self.edges else []
        return f"{zlib.crc32(repr(['' if callable(f) else f for f in fields]).encode()):08x}"

    @property
    def batches(self):
        """Of the forward runs: one where no shape depends on it."""
        return FORWARD_BATCHES if any("B" in shape for shape in self.shapes) else FORWARD_BATCHES[:1]

    @property
    def has_forward_noise(self):
        return bool(self.noise) and not self.training

    def inputs(self, batch):
        return Inputs(self, batch)

    def expect(self, inputs, training=False):
        """The formula's value, where it is a function."""
        formula = self.training if training and self.training else self.formula
        noise = [inputs.noise] if self.noise and (training or self.has_forward_noise) else []
        return np.asarray(formula(*inputs.exact().values(), *inputs.exact_layer().values(), *noise), np.float64)


def bound(shape, batch):
    """The shape of a run."""
    return tuple(eval(size, {}, {"B": batch, **SIZES}) if isinstance(size, str) else size for size in shape)


class Inputs:
    """What a run is given: functions of the case's name and the batch, so that nothing of it needs storing."""

    def __init__(self, case, batch):
        self.case = case
        self.random = np.random.RandomState(zlib.crc32(f"{case.name} {case.ranges} {batch}".encode()))
        self.operands = {n: self.draw(n, span, bound(shape, batch)) for n, span, shape in zip(case.operands, case.ranges, case.shapes)}
        self.layer = {n: self.uniform(0.5 if path.endswith("var") else -1, 1, shape) for n, (path, shape) in case.parameters.items()}
        self.noise = self.draw_noise(bound(case.noise, batch)) if case.noise else None

    def uniform(self, low, high, shape):
        return np.asarray(self.random.uniform(low, high, shape), np.float32)

    def draw_noise(self, shape):
        """A device draws multiples of 2^-24 below 1."""
        noise, greatest = self.uniform(0, 1, shape), np.float32(1 - 2.0**-24)
        if self.case.edges:
            noise = np.where(noise < 0.4, np.float32(0), np.where(noise > 0.6, greatest, noise))
        return np.minimum(noise, greatest)

    def draw(self, name, span, shape):
        if name in self.case.integers:
            return np.asarray(self.random.randint(*span, shape), np.int32)
        values = self.uniform(*span, shape)
        spacing = self.case.spacing
        return (np.round(values / spacing) * spacing).astype(np.float32) if spacing else values

    def exact(self):
        return {n: v if n in self.case.integers else np.asarray(v, np.float64) for n, v in self.operands.items()}

    def exact_layer(self):
        return {n: np.asarray(v, np.float64) for n, v in self.layer.items()}

    def weight(self, shape):
        """What the result is weighted by in the loss whose gradients are compared."""
        return np.asarray(np.random.RandomState(math.prod(shape)).uniform(0.5, 1.5, shape), np.float32)


class Digest:
    """An array as it is stored: whole where it is small, else some elements, and sums and sums of magnitudes of its parts."""

    WHOLE, PLACES, PARTS = 200, 80, 32

    def __init__(self, shape, largest, values, sums, magnitudes):
        self.shape, self.largest, self.values, self.sums, self.magnitudes = shape, largest, values, sums, magnitudes

    @classmethod
    def of(cls, array):
        flat = np.asarray(array, np.float64).reshape(-1)
        largest = np.max(np.abs(flat), initial=0)
        if flat.size <= cls.WHOLE:
            return cls(np.shape(array), largest, flat, flat[:0], flat[:0])
        places = np.random.RandomState(flat.size).choice(flat.size, cls.PLACES, replace=False)
        starts = np.linspace(0, flat.size, cls.PARTS, endpoint=False).astype(int)
        return cls(np.shape(array), largest, flat[places], np.add.reduceat(flat, starts), np.add.reduceat(np.abs(flat), starts))

    def pack(self):
        return np.concatenate([[len(self.shape)], self.shape, [self.largest], self.values, self.sums, self.magnitudes]).astype(np.float32)

    @classmethod
    def unpack(cls, packed):
        rank = int(packed[0])
        shape = tuple(packed[1:rank + 1].astype(int).tolist())
        packed = packed.astype(np.float64)
        largest, body = packed[rank + 1], packed[rank + 2:]
        if math.prod(shape) <= cls.WHOLE:
            return cls(shape, largest, body, body[:0], body[:0])
        return cls(shape, largest, *np.split(body, [cls.PLACES, cls.PLACES + cls.PARTS]))

    def compare(self, value, relative, absolute):
        """Whether the value is this, and a few words about it."""
        if np.shape(value) != self.shape:
            return False, f"shape {np.shape(value)} in place of {self.shape}"
        other = Digest.of(value)
        difference = np.abs(other.values - self.values)
        good = np.all(difference <= absolute + relative * np.abs(self.values))
        part = math.prod(self.shape) / self.PARTS
        good &= np.all(np.abs(other.sums - self.sums) <= relative * self.magnitudes + part * absolute)
        return bool(good), f"largest error {np.max(difference, initial=0):.1e} of {self.largest:.1e}"


def load_references(op):
    """The stored digests of an op by `<key of the case>:<what>`; none where there is no file."""
    path = REFERENCES / f"{op}.npz"
    if not path.exists():
        return {}
    with np.load(path) as file:
        parts = np.split(file["data"], file["ends"][:-1])
        return {str(name): Digest.unpack(part) for name, part in zip(file["names"], parts)}


def save_references(op, digests):
    """All digests of an op, packed end to end."""
    parts = [digest.pack() for digest in digests.values()]
    REFERENCES.mkdir(exist_ok=True)
    np.savez_compressed(REFERENCES / f"{op}.npz", names=np.array(list(digests)), ends=np.cumsum([len(p) for p in parts]), data=np.concatenate(parts))
