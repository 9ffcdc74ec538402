"""Inputs of the end-to-end tests: weights, data and noise, made the same way by the reference script and by the checks.

NumPy's RandomState promises the same stream in every version, so nothing large has to be stored.
"""
import json
import struct
import zlib

import numpy as np

# Parameters by path and shape. Weights are [out, in] as in torch.nn.Linear.
MODELS = {
    "mnist_vae": {
        "fc1": (512, 784), "fc2": (256, 512), "mu": (20, 256), "logvar": (20, 256),
        "fc3": (256, 20), "fc4": (512, 256), "out": (784, 512),
    },
    "optimizers": {"fc1": (16, 12), "fc2": (3, 16)},
    "two_players": {"generator.up": (8, 2), "generator.out": (3, 8), "critic.down": (8, 3), "critic.out": (1, 8)},
    "autoencoder": {
        "fc1": (512, 784), "fc2": (256, 512), "code": (20, 256),
        "fc3": (256, 20), "fc4": (512, 256), "out": (784, 512),
    },
}
MODELS["beta_vae"] = MODELS["moment_vae"] = MODELS["mnist_vae"]
MODELS["options"] = MODELS["optimizers"]
MODELS["gradient"] = MODELS["two_players"]
BATCHES = (1, 7, 64, 130)
TRAIN_BATCH, TRAIN_STEPS = 64, 21  # the loss of step k + 1 is the loss after k updates
LATENT = 20
WARMUP = 10  # steps of beta_vae's schedule, so that 20 steps show it whole


def weights(model):
    random = np.random.RandomState(11)
    result = {}
    for name, (rows, columns) in MODELS[model].items():
        bound = 1.0 / np.sqrt(columns)
        result[name + ".weight"] = random.uniform(-bound, bound, (rows, columns)).astype(np.float32)
        result[name + ".bias"] = random.uniform(-bound, bound, rows).astype(np.float32)
    return result


def defines(config):
    """A model's parameters as words of vaec."""
    return [f"-D{name}={str(value).lower() if isinstance(value, (bool, list)) else value}" for name, value in config.items()]


def shapes_text(shapes):
    """Paths and shapes as one string, which a reference keeps."""
    return json.dumps(shapes)


def draw(shapes):
    """Weights for [(path, shape)], each from a stream of its own path: weights as layers begin, the rest near what they begin with."""
    result = {}
    for path, shape in shapes:
        random, name = np.random.RandomState(zlib.crc32(path.encode())), path.rpartition(".")[2]
        norm = len(shape) == 1 and name in ("weight", "running_var")
        bound = 0.3 if norm else 0.1 if len(shape) < 2 else 1 / np.sqrt(np.prod(shape[1:]))
        result[path] = (random.uniform(-bound, bound, shape) + norm).astype(np.float32)
    return result


def drawn(text):
    """The weights for the shapes of a reference."""
    return draw([(path, tuple(shape)) for path, shape in json.loads(str(text))])


def images(count):
    """Sparse pictures with values in [0, 1], as drawn digits have."""
    random = np.random.RandomState(12)
    dense = random.uniform(0, 1, (count, 784))
    return np.where(random.uniform(0, 1, (count, 784)) < 0.2, dense, 0).astype(np.float32)


def pictures(count, side):
    """Coloured pictures with values in [0, 1]: smooth waves, so that convolutions see more than noise."""
    random, place = np.random.RandomState(15), np.arange(side) / side
    low, phase = random.randint(1, 4, (2, count, 3, 1, 1)), random.uniform(0, 2 * np.pi, (count, 3, 1, 1))
    waves = np.sin(2 * np.pi * (low[0] * place[:, None] + low[1] * place) + phase)
    return (0.5 + 0.4 * waves + random.uniform(-0.1, 0.1, waves.shape)).astype(np.float32)


def points(count):
    return np.random.RandomState(14).uniform(-1, 1, (count, 12)).astype(np.float32)


def players(count):
    """What each input of two_players is given."""
    random = np.random.RandomState(15)
    z = random.uniform(-1, 1, (count, 2))
    return {
        "x": np.stack([z[:, 0], z[:, 1], z[:, 0] * z[:, 1]], 1).astype(np.float32),
        "z": z.astype(np.float32),
        "real": random.normal(0.5, 0.5, (count, 3)).astype(np.float32),
    }


def noise(count):
    return np.random.RandomState(13).standard_normal((count, LATENT)).astype(np.float32)


def sample_of(gradient, most=1500):
    """At most so many entries spread over a gradient: enough to see any error, small enough to store."""
    flat = gradient.reshape(-1)
    return flat[:: max(1, flat.size // (most - 1))]


# NumPy has no type of 16 bits for BF16.
TYPES = {"float32": "F32", "float16": "F16", "float64": "F64", "uint16": "BF16", "int64": "I64", "bool": "BOOL"}


def save_safetensors(path, tensors):
    header, offset = {}, 0
    for name in sorted(tensors):
        header[name] = {"dtype": TYPES[tensors[name].dtype.name], "shape": list(tensors[name].shape), "data_offsets": [offset, offset + tensors[name].nbytes]}
        offset += tensors[name].nbytes
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        for name in sorted(tensors):
            file.write(np.ascontiguousarray(tensors[name]).tobytes())


def load_safetensors(path):
    """The f32 tensors of a file by name."""
    with open(path, "rb") as file:
        (length,) = struct.unpack("<Q", file.read(8))
        header, data = json.loads(file.read(length)), file.read()
    places = {name: entry for name, entry in header.items() if name != "__metadata__" and entry["dtype"] == "F32"}
    return {name: np.frombuffer(data[slice(*entry["data_offsets"])], np.float32).reshape(entry["shape"]) for name, entry in places.items()}
