#!/usr/bin/env python3
"""Files as people have them are the numbers that they hold: NumPy's types, archives, pictures, folders of classes, sets larger than memory.

    data.py --bin=build/dev/bin
"""
import json
import os
import pathlib
import struct
import subprocess
import zlib

import numpy as np

import harness

SOURCE = pathlib.Path(__file__).with_suffix(".vae")
REAL = ["<f4", ">f4", "<f8", ">f8", "<f2", ">f2", "|b1", "|i1", "<i2", ">i2", "<i4", ">i4", "<i8", ">i8", "<u2", ">u2", "<u4", ">u4", "<u8", ">u8"]
UNSCALED = {"numbers": ("x", np.arange(24).reshape(4, 6) % 7), "codes": ("k", np.array([3, 0, 8]))}


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(pixels, colour):
    """A PNG file of integers [height, width, channels]; colour is its type: 0 grey, 2 RGB, 4 and 6 the same with alpha."""
    height, width = pixels.shape[:2]
    depth = 8 * pixels.itemsize
    rows = b"".join(b"\0" + row.astype(pixels.dtype.newbyteorder(">")).tobytes() for row in pixels)
    head = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"gAMA", struct.pack(">I", 100000)) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


class Data:
    def __init__(self, tools):
        self.tools = tools
        tools.compile(SOURCE)

    def call(self, *words):
        return self.tools.tool("vae-run", *words, check=False, capture_output=True, text=True)

    def read(self, entry, name, path, *words):
        """What the entry makes of a file, or the error."""
        out = self.tools.folder / "y.npy"
        result = self.call("run", self.tools.package, entry, f"{name}={path}", "-o", f"y={out}", "--initial-weights", *words)
        return np.load(out) if result.returncode == 0 else result.stderr.strip()

    def holds(self, what, value, expected):
        problem = "" if isinstance(value, np.ndarray) and np.array_equal(value, expected) else f": {value}"
        self.tools.expect(what + problem, not problem)

    def refuses(self, what, value, *texts):
        self.tools.expect(f"{what} is refused: {str(value).strip()}", isinstance(value, str) and all(text in value for text in texts))

    def file(self, name, content):
        path = self.tools.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        return path

    def saved(self, array, version=None):
        path = self.tools.folder / "a.npy"
        with open(path, "wb") as file:
            np.lib.format.write_array(file, array, version=version)
        return path

    def peak(self, *words):
        """The exit code, and the most memory in MB, of a command."""
        with subprocess.Popen([str(self.tools.bin / "vae-run"), *map(str, words)], stdout=subprocess.DEVNULL) as process:
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
        return process.returncode, usage.ru_maxrss / 1024


def expected(entry, values):
    return (values * 2 + 1).astype(np.float32) if entry == "numbers" else np.eye(9, dtype=np.float32)[values]


def numpy_types(data):
    for entry, (name, values) in UNSCALED.items():
        for kind in REAL + ["|u1"]:
            array = values.astype(kind)
            data.holds(f"{entry}: {kind}", data.read(entry, name, data.saved(array)), expected(entry, array.astype(np.int64)))
    values = UNSCALED["numbers"][1].astype("<f4")
    for version in ((1, 0), (2, 0), (3, 0)):
        data.holds(f"header {version}", data.read("numbers", "x", data.saved(values, version)), expected("numbers", values))
    data.holds("fortran order", data.read("numbers", "x", data.saved(np.asfortranarray(values))), expected("numbers", values))
    for kind in ("<c8", "<U3", "|S2", "<M8[s]", "<f16"):
        data.refuses(kind, data.read("numbers", "x", data.saved(np.zeros((2, 6)).astype(kind))), "astype")
    data.refuses("half a code", data.read("codes", "k", data.saved(np.array([1, 0.5]))), "item 1 holds 0.5", "x.astype(numpy.int32)")
    data.refuses("a number beyond f32", data.read("numbers", "x", data.saved(np.full((1, 6), 1e39))), "1e+39", "x.astype(numpy.float32)")
    data.refuses("a whole number between those of f32", data.read("numbers", "x", data.saved(np.full((1, 6), 2**24 + 1))), "16777217")


def archives(data):
    arrays = {"x": UNSCALED["numbers"][1].astype(">f8"), "k": np.array([3, 0, 8])}
    for save in (np.savez, np.savez_compressed):
        path = data.tools.folder / "a.npz"
        save(path, **arrays)
        data.holds(f"{save.__name__}: x", data.read("numbers", "x", f"{path}:x"), expected("numbers", arrays["x"]))
        data.holds(f"{save.__name__}: k", data.read("codes", "k", f"{path}:k"), expected("codes", arrays["k"]))
        data.refuses("no name", data.read("codes", "k", path), "say which", "x, k")
    np.savez(path, arrays["k"])
    data.holds("the only array", data.read("codes", "k", path), expected("codes", arrays["k"]))


def ranges(data):
    """Bytes are scaled to a declared range only; other numbers must lie in it, in `run` as in `train`."""
    pixels = (np.arange(20) * 12 + 9).astype(np.uint8).reshape(4, 5, 1)
    planes = pixels.transpose(2, 0, 1)[None].astype(np.float32)
    for what, path in (("npy", data.saved(planes.astype(np.uint8))), ("png", data.file("a.PNG", png(pixels, 0)))):
        data.holds(f"{what}: a byte without a range", data.read("plain", "x", path), planes * 2)
        data.holds(f"{what}: a byte in [0, 1]", data.read("grey", "x", path), planes / np.float32(255) * 2)
    data.refuses("1.5 in [0, 1]", data.read("grey", "x", data.saved(np.full((1, 1, 4, 5), 1.5, "f4"))), "holds 1.5", "outside [0, 1] of input 'x'")
    data.refuses("2 in [0, 1]", data.call("run", data.tools.package, "grey", "x=2", "B=1", "--initial-weights").stderr, "outside [0, 1]")
    last = np.zeros((2, 4, 5, 3), np.float32)
    data.refuses("channels last", data.read("rgb", "x", data.saved(last)), "[2, 4, 5, 3] has its channels last", "numpy.moveaxis(x, -1, 1)")


def pictures(data):
    random = np.random.default_rng(7)
    for dtype, full in ((np.uint8, 255), (np.uint16, 65535)):
        for colour, channels, entry in ((0, 1, "grey"), (2, 3, "rgb"), (6, 4, "rgba")):
            pixels = random.integers(0, full, (4, 5, channels), endpoint=True).astype(dtype)
            scaled = pixels.transpose(2, 0, 1)[None].astype(np.float32) / np.float32(full)
            expected = (scaled * 2 - 1 if entry == "rgb" else scaled) * 2
            data.holds(f"{entry} of {dtype.__name__}", data.read(entry, "x", data.file("p", png(pixels, colour))), expected)
    grey = random.integers(0, 255, (4, 5, 1)).astype(np.uint8)
    three = (grey.repeat(3, 2).transpose(2, 0, 1)[None].astype(np.float32) / np.float32(255) * 2 - 1) * 2
    data.holds("grey as RGB", data.read("rgb", "x", data.file("p", png(grey, 0))), three)
    clear = np.concatenate([grey.repeat(3, 2), np.full_like(grey, 255)], 2)
    data.holds("RGB behind nothing", data.read("rgb", "x", data.file("p", png(clear, 6))), three)
    data.refuses("a transparent picture", data.read("rgb", "x", data.file("p", png(clear - 1, 6))), "transparent", "convert a.png")
    coloured = random.integers(0, 255, (4, 5, 3)).astype(np.uint8)
    data.refuses("colours", data.read("grey", "x", data.file("p", png(coloured, 2))), "convert a.png -colorspace gray")
    large = data.file("p", png(np.full((9, 7, 3), 51, np.uint8), 2))
    data.refuses("a picture of another size", data.read("rgb", "x", large), "7 x 9", "takes 5 x 4", "--resize=5x4")
    for words in (["--resize=5x4"], ["--resize=5x4", "--crop"]):
        data.holds(" ".join(words), data.read("rgb", "x", large, *words), np.full((1, 3, 4, 5), -1.2, np.float32))


def folders(data):
    """A folder of classes: each picture's mean says its class, which the loss compares with the label."""
    for label, name in enumerate(("ant", "bee", "cat")):
        for i in range(3):
            value = 51 * label
            data.file(f"birds/{name}/{i}.{'PNG' if i else 'png'}", png(np.full((4, 5, 1 if i else 3), value, np.uint8), 0 if i else 2))
    data.file("birds/.hidden/x.png", b"")
    folder = data.tools.folder / "birds"
    for words in (f"x={folder},label={folder}", f"{folder}"):
        result = data.call("train", data.tools.package, "--loss=sorted", f"--data={words}", "--epochs=1", "--json")
        loss = json.loads(result.stdout)["loss"] if result.returncode == 0 else result.stderr
        data.tools.expect(f"classes are labels: the loss is {loss}", isinstance(loss, float) and abs(loss) < 1e-6)
    data.refuses("a folder without classes", data.call("train", data.tools.package, "--loss=sorted", f"--data=x={folder},label={folder / 'ant'}").stderr,
                 "pictures without labels")


def larger_than_memory(data):
    """Files of 450 MB and 300 pictures of 3 MB each are trained on in less memory than either takes."""
    count, items = 600, 3 * 512 * 512
    idx, npy = data.tools.folder / "large.idx", data.tools.folder / "large.npy"
    idx.write_bytes(struct.pack(">BBBBIIII", 0, 0, 8, 4, count, 3, 512, 512))
    os.truncate(idx, 20 + count * items)
    with open(npy, "wb") as file:
        np.lib.format.write_array_header_1_0(file, {"descr": "<f4", "fortran_order": False, "shape": (count // 4, 3, 512, 512)})
        start = file.tell()
    os.truncate(npy, start + count * items)
    one = data.file("many/0.png", png(np.full((512, 512, 3), 7, np.uint8), 2))
    for i in range(1, count):
        os.link(one, one.with_name(f"{i}.png"))
    for what in (idx, npy, one.parent):
        code, peak = data.peak("train", data.tools.package, "--loss=fit", f"--data={what}", "--batch=2", "--steps=3")
        data.tools.expect(f"{what.name}: exit code {code}, {peak:.0f} MB", code == 0 and peak < 300)


def test(tools, _):
    data = Data(tools)
    for part in (numpy_types, archives, ranges, pictures, folders, larger_than_memory):
        part(data)


if __name__ == "__main__":
    harness.main(__doc__, test)
