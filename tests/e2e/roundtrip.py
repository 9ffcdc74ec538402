#!/usr/bin/env python3
"""vae-run roundtrip: what comes back, how it is padded and cut, and its PSNR and SSIM, against NumPy; which entries it finds; what it refuses.

    roundtrip.py --bin=build/dev/bin
"""
import json
import signal
import struct
import subprocess
import time
import zlib

import numpy as np

import harness
from data import png

# Its sizes divide by 4, its colours by nothing.
BLUR = """model blur() {
  func reconstruct(x: f32[B, 3, 4 * H, 4 * W] in [-1, 1]) -> f32[B, 3, 4 * H, 4 * W] in [-1, 1] { return x |> avg_pool(4) |> upsample_nearest(4) }
}
"""
# Two entries; that H is even is said by what it gives alone. `other` decodes, too, but is not called so.
PAIR = """model pair() {
  func encode(x: f32[B, 1, H, W] in [0, 1]) -> (mean: f32[B, 1, H / 2, W / 2], logvar: f32[B, 1, H / 2, W / 2]) {
    m = avg_pool(x, 2)
    return m, m - 5
  }
  func decode(z: f32[B, 1, H, W]) -> f32[B, 1, 2 * H, 2 * W] in [0, 1] { return z |> upsample_nearest(2) }
  func other(z: f32[B, 1, H, W]) -> f32[B, 1, 2 * H, 2 * W] in [0, 1] { return z |> upsample_nearest(2) |> neg }
}
"""
# Two results, taken by their names.
CODES = """model codes() {
  func encode(x: f32[B, 1, H, W] in [0, 1]) -> (coarse: i32[B, 1, H, W], fine: i32[B, 1, H, W]) {
    k = cast(x * 255 + 0.5, i32)
    return k / 16, k % 16
  }
  func decode_codes(fine: i32[B, 1, H, W], coarse: i32[B, 1, H, W]) -> f32[B, 1, H, W] in [0, 1] { return cast(16 * coarse + fine, f32) / 255 }
}
"""
NO_PAIR = "model plain() { func f(x: f32[B, 8]) -> f32[B, 8] { return relu(x) } }\n"
SHRINKS = """model shrinks() {
  func reconstruct(x: f32[B, 1, 2 * H, 2 * W] in [0, 1]) -> f32[B, 1, H, W] in [0, 1] { return x |> conv2d(1, 3, stride = 2, padding = 1) @conv }
}
"""


def read_png(path):
    """The pixels of a file that the tool wrote, [height, width, channels]."""
    data, at, packed = path.read_bytes(), 8, b""
    while at < len(data):
        (length,) = struct.unpack(">I", data[at:at + 4])
        kind, body = data[at + 4:at + 8], data[at + 8:at + 8 + length]
        if kind == b"IHDR":
            width, height, depth, colour = struct.unpack(">IIBB", body[:10])
        packed += body if kind == b"IDAT" else b""
        at += length + 12
    channels = {0: 1, 2: 3}[colour]
    assert depth == 8
    stride, rows = width * channels, []
    raw, above = np.frombuffer(zlib.decompress(packed), np.uint8).reshape(height, stride + 1), [0] * stride
    for kind, *line in raw.tolist():
        row = []
        for i, value in enumerate(line):
            a, b, c = row[i - channels] if i >= channels else 0, above[i], above[i - channels] if i >= channels else 0
            guess = a + b - c
            paeth = min((abs(guess - a), 0, a), (abs(guess - b), 1, b), (abs(guess - c), 2, c))[2]
            row.append((value + (0, a, b, (a + b) // 2, paeth)[kind]) % 256)
        rows.append(row)
        above = row
    return np.array(rows, np.uint8).reshape(height, width, channels)


def psnr(a, b):
    return 10 * np.log10(1 / np.mean((a - b) ** 2))


def ssim(a, b):
    """Wang et al. 2004, window by window: a weighted mean of 11 x 11 pixels, a channel at a time."""
    distance = np.arange(-5, 6)
    line = np.exp(-distance**2 / (2 * 1.5**2))
    weights = np.outer(line, line) / line.sum() ** 2
    values = []
    for c in range(a.shape[2]):
        x, y = (np.lib.stride_tricks.sliding_window_view(image[..., c], (11, 11)) for image in (a, b))
        mean = lambda window: (window * weights).sum((2, 3))
        mx, my = mean(x), mean(y)
        dx, dy = x - mx[..., None, None], y - my[..., None, None]
        values.append((2 * mx * my + 1e-4) * (2 * mean(dx * dy) + 9e-4) / ((mx**2 + my**2 + 1e-4) * (mean(dx * dx) + mean(dy * dy) + 9e-4)))
    return np.mean(values)


def picture(random, height, width, channels):
    """Smooth, with some noise."""
    y, x, c = np.meshgrid(np.arange(height) / 9, np.arange(width) / 7, np.arange(channels), indexing="ij")
    return np.clip(128 + 90 * np.sin(x + 2 * c) * np.cos(y) + random.normal(0, 12, x.shape), 0, 255).astype(np.uint8)


def blurred(values, by):
    """[height, width, channels] in blocks of so many pixels, the last row and column repeated to fill them."""
    height, width, channels = values.shape
    padded = np.pad(values, ((0, -height % by), (0, -width % by), (0, 0)), "edge")
    blocks = padded.reshape(padded.shape[0] // by, by, padded.shape[1] // by, by, channels).mean((1, 3))
    return blocks.repeat(by, 0).repeat(by, 1)[:height, :width]


class Roundtrip:
    def __init__(self, tools):
        self.tools, self.folder, self.random = tools, tools.folder, np.random.RandomState(8)
        self.packages = {}
        for name, text in {"blur": BLUR, "pair": PAIR, "codes": CODES, "plain": NO_PAIR, "shrinks": SHRINKS}.items():
            source = self.folder / f"{name}.vae"
            source.write_text(text)
            self.packages[name] = tools.compile(source, package=self.folder / f"{name}.vaep")
        self.pictures = {"a.png": (40, 36, 3), "b.png": (21, 35, 3), "grey.png": (12, 50, 1), "small.png": (9, 17, 3)}
        self.pictures = {name: picture(self.random, *shape) for name, shape in self.pictures.items()}
        for name, pixels in self.pictures.items():
            self.write(f"in/{name}", png(pixels, 0 if pixels.shape[2] == 1 else 2))

    def write(self, name, content):
        path = self.folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content)
        return path

    def call(self, package, *words, check=False):
        return self.tools.tool("vae-run", "roundtrip", self.packages[package], *words, check=check, capture_output=True, text=True, cwd=self.folder)

    def compared(self, what, entry, original, expected):
        """One picture of the report: the file is as expected, but for a rounding, the numbers are those of that file."""
        back = read_png(self.folder / entry["output"])
        off = np.abs(back - np.floor(expected * 255 + 0.5)).max() if back.shape == expected.shape else np.inf
        self.tools.expect(f"{what}: what comes back is off by {off:g}", off <= 1)
        known = np.broadcast_to(original, back.shape), back / 255
        self.tools.expect(f"{what}: psnr {entry['psnr']:.5f}", abs(entry["psnr"] - psnr(*known)) < 1e-4)
        if min(back.shape[:2]) < 11:
            self.tools.expect(f"{what}: no window for ssim", entry["ssim"] is None)
        else:
            self.tools.expect(f"{what}: ssim {entry['ssim']:.6f}", abs(entry["ssim"] - ssim(*known)) < 1e-6)

    def folder_of_pictures(self, device):
        result = self.call("blur", "in", "--out=out/blur", "--json", f"--device={device}", check=True)
        report = json.loads(result.stdout)
        self.tools.expect(f"{device}: four pictures in order", [entry["picture"] for entry in report["pictures"]] == sorted(self.pictures))
        self.tools.expect("its entry", report["programs"] == ["reconstruct"])
        for entry in report["pictures"]:
            original = self.pictures[entry["picture"]] / 255
            self.compared(f"{device} {entry['picture']}", entry, original, np.broadcast_to(blurred(original, 4), (*original.shape[:2], 3)))
        sizes = [(entry["width"], entry["height"], entry["padded_width"], entry["padded_height"]) for entry in report["pictures"]]
        self.tools.expect(f"sizes {sizes}", sizes == [(36, 40, 36, 40), (35, 21, 36, 24), (50, 12, 52, 12), (17, 9, 20, 12)])
        mean = np.mean([entry["psnr"] for entry in report["pictures"]])
        self.tools.expect("the mean", abs(report["psnr"] - mean) < 1e-9 and report["ssim"] is None)
        line = "vae-run: note: b.png, 35 x 21, is padded with its edge to 36 x 24 and cropped back; so are 2 more, each to a size that the model takes\n"
        self.tools.expect(f"what is said of padding: {result.stderr!r}", result.stderr == line)

    def table(self):
        result = self.call("blur", "in", "--out=out/table", check=True)
        rows = [line.split() for line in result.stdout.splitlines()]
        whole = len(rows) == 6 and rows[1][:4] == ["a.png", "36", "x", "40"] and rows[5][:3] == ["mean", "of", "4"]
        self.tools.expect("a line a picture between a head and the mean", whole)
        self.tools.expect("no number where there is none", rows[4][-1] == "-" and rows[5][-1] == "-")

    def pairs(self):
        pixels = picture(self.random, 15, 23, 1)
        self.write("one/x.png", png(pixels, 0))
        report = json.loads(self.call("pair", "one", "--out=out/pair", "--json", check=True).stdout)
        self.tools.expect("encode and decode", report["programs"] == ["encode", "decode"] and report["pictures"][0]["padded_width"] == 24)
        self.compared("pair", report["pictures"][0], pixels / 255, blurred(pixels / 255, 2))
        report = json.loads(self.call("pair", "one", "--out=out/other", "--json", "--decoder=other", check=True).stdout)
        self.tools.expect("the decoder that is named", report["programs"] == ["encode", "other"] and read_png(self.folder / "out/other/x.png").max() == 0)
        report = json.loads(self.call("codes", "one/x.png", "--out=out/codes", "--json", check=True).stdout)
        self.tools.expect("two results by name", report["programs"] == ["encode", "decode_codes"])
        same = np.array_equal(read_png(self.folder / "out/codes/x.png"), pixels)
        self.tools.expect("equal pictures: no psnr, ssim 1", same and report["psnr"] is None and abs(report["ssim"] - 1) < 1e-9)
        self.tools.expect("equal pictures in the table", " inf   1.0000" in self.call("codes", "one", "--out=out/codes", check=True).stdout)

    def batches(self):
        """Items of an array, classes in folders, 16 bits, a size that is asked for."""
        values = np.stack([picture(self.random, 16, 12, 3) for _ in range(11)]) / 255 * 2 - 1
        np.save(self.folder / "x.npy", np.moveaxis(values, -1, 1).astype(np.float32))
        report = json.loads(self.call("blur", "x.npy", "--out=out/npy", "--json", check=True).stdout)
        self.tools.expect("an item a picture", [e["output"] for e in report["pictures"]] == [f"out/npy/x-{i:02}.png" for i in range(11)])
        original = (values[10] + 1) / 2
        self.compared("the last of a batch", report["pictures"][10], original, blurred(original, 4))
        pixels = picture(self.random, 12, 12, 3)
        self.write("classes/x", b"").unlink()
        (self.folder / "classes/one").mkdir()
        self.write("classes/one/p.png", png(pixels, 2))
        report = json.loads(self.call("blur", "classes/", "--out=out/classes", "--json", check=True).stdout)
        self.compared("a class", report["pictures"][0], pixels / 255, blurred(pixels / 255, 4))
        self.tools.expect("a folder a class", report["pictures"][0]["output"] == "out/classes/one/p.png")
        wide = self.random.randint(0, 65536, (13, 14, 3)).astype(np.uint16)
        self.write("wide/p.png", png(wide, 2))
        report = json.loads(self.call("blur", "wide", "--out=out/wide", "--json", check=True).stdout)
        self.compared("16 bits", report["pictures"][0], wide / 65535, blurred(wide / 65535, 4))
        report = json.loads(self.call("blur", "in", "--out=out/sized", "--json", "--resize=20x12", check=True).stdout)
        self.tools.expect("a size that is asked for", all(e["width"] == 20 and e["padded_height"] == 12 for e in report["pictures"]))

    def refused(self, what, text, package, *words, out="none"):
        result = self.call(package, *words, f"--out={out}")
        line = result.stderr.strip().splitlines()[-1] if result.stderr.strip() else ""
        self.tools.expect(f"{what}: {line[:200]}", result.returncode == 1 and text in line and not (self.folder / "none").exists())

    def bad_input(self):
        self.refused("no entry", "no entry reconstructs pictures", "plain", "in")
        self.refused("an entry that does not", "'decode' reconstructs no pictures", "pair", "in", "--entry=decode")
        self.refused("an entry that is not there", "model 'pair' has no entry 'decod'", "pair", "in", "--decoder=decod")
        self.refused("entries that do not go together", "no pictures go through decode and any decoder", "pair", "in", "--encoder=decode")
        self.refused("one and two at once", "have no place beside it", "pair", "in", "--entry=encode", "--decoder=decode")
        self.refused("several pairs", "say with --encoder and --decoder what pictures go through: enter and decode, enter and other",
                     self.renamed("pair", "encode", "enter"), "one")
        self.refused("colours where there is grey", "grey", "pair", "in")
        self.refused("pictures over themselves", "would be written, but is an input", "blur", "in", out="in")
        self.write("named/x.jpg", png(self.pictures["a.png"], 2))
        self.refused("pictures into their own folder", "whose pictures are an input", "blur", "named", out="named")
        (self.folder / "empty").mkdir()
        self.refused("no pictures", "a folder without .png or .jpg", "blur", "empty")
        self.refused("numbers that are no pictures", "takes pictures", "blur", self.tools.array("flat", np.zeros((4, 7), np.float32)))
        self.refused("numbers out of range", "outside [-1, 1]", "blur", self.tools.array("far", np.full((2, 3, 8, 8), 3, np.float32)))
        self.refused("another size comes back", "only pictures of one size can be compared", "shrinks", "one", "--initial-weights")
        self.refused("a folder that cannot be", "Not a directory", "blur", "in", out="/dev/null/back")
        self.refused("no weights", "give --weights=FILE", "shrinks", "one")
        self.write("twice/p.png", png(self.pictures["a.png"], 2))
        self.write("twice/p.PNG", png(self.pictures["a.png"], 2))
        self.refused("two of one name", "would both come back as", "blur", "twice")
        cut = png(self.pictures["a.png"], 2)
        self.write("cut/a.png", cut)
        self.write("cut/b.png", cut[:len(cut) // 2])
        self.refused("a file cut short, before the first one runs", "b.png", "blur", "cut")
        words = ("vae-run", "run", self.packages["blur"], "reconstruct", f"x={self.folder / 'in/b.png'}")
        result = self.tools.tool(*words, check=False, capture_output=True, text=True)
        text = "takes 36 x 24; --resize=36x24 makes it fit, --crop without squeezing it, and `vae-run roundtrip` pads it"
        self.tools.expect(f"run does not pad: {result.stderr.strip()}", result.returncode == 1 and text in result.stderr)

    def renamed(self, package, name, other):
        source = self.folder / "renamed.vae"
        source.write_text((self.folder / f"{package}.vae").read_text().replace(f"func {name}(", f"func {other}("))
        self.packages["renamed"] = self.tools.compile(source, package=self.folder / "renamed.vaep")
        return "renamed"

    def interrupted(self):
        """What is there after a signal is whole."""
        np.save(self.folder / "many.npy", self.random.uniform(-1, 1, (3000, 3, 32, 32)).astype(np.float32))
        command = [self.tools.bin / "vae-run", "roundtrip", self.packages["blur"], "many.npy", "--out=many"]
        process = subprocess.Popen(command, cwd=self.folder, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        deadline = time.monotonic() + 30
        while len(list((self.folder / "many").glob("*.png"))) < 3 and time.monotonic() < deadline:
            time.sleep(0.002)
        process.send_signal(signal.SIGINT)
        code, errors = process.wait(timeout=60), process.stderr.read()
        made = sorted((self.folder / "many").iterdir())
        whole = all(read_png(path).shape == (32, 32, 3) for path in made)
        self.tools.expect(f"interrupted after {len(made)} pictures, exit {code}: {errors.strip()}", code == 130 and 3 <= len(made) < 3000 and whole)


def test(tools, _):
    roundtrip = Roundtrip(tools)
    for device in ("cpu", "vulkan"):
        roundtrip.folder_of_pictures(device)
    roundtrip.table()
    roundtrip.pairs()
    roundtrip.batches()
    roundtrip.bad_input()
    roundtrip.interrupted()


if __name__ == "__main__":
    harness.main(__doc__, test)
