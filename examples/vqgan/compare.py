"""Draws originals and what two models make of them, a row each, and prints how sharp and how near the rows are.

    compare.py ORIGINALS.npy WITHOUT.npy WITH.npy PICTURE.png
"""
import struct
import sys
import zlib

import numpy as np

SCALE, GAP, SHOWN = 2, 2, 16


def sharpness(x):
    """The mean magnitude of the gradient where it is steepest, in a twentieth of each picture: at edges, wherever the model has put them."""
    down, right = np.diff(x, axis=2)[..., :-1], np.diff(x, axis=3)[..., :-1, :]
    steepness = np.sort(np.hypot(down, right).reshape(len(x), -1))
    return steepness[:, -(steepness.shape[1] // 20):].mean()


def chunk(name, data):
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def save_png(path, pixels):
    height, width, _ = pixels.shape
    rows = b"".join(b"\0" + row.tobytes() for row in pixels)
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    with open(path, "wb") as file:
        file.write(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows, 9)) + chunk(b"IEND", b""))


def grid(rows):
    bytes_of = lambda x: np.clip((x + 1) * 127.5 + 0.5, 0, 255).astype(np.uint8)
    pad = lambda x: np.pad(x, ((0, 0), (0, 0), (0, GAP), (0, GAP)))
    lines = [np.concatenate(list(pad(bytes_of(x[:SHOWN]))), axis=2) for x in rows]
    return np.concatenate(lines, axis=1)[:, :-GAP, :-GAP].transpose(1, 2, 0).repeat(SCALE, 0).repeat(SCALE, 1)


originals = np.load(sys.argv[1]).astype(np.float64) / 127.5 - 1
rows = [originals, *(np.load(path).astype(np.float64) for path in sys.argv[2:4])]
save_png(sys.argv[4], grid(rows))
for name, x in zip(("without", "with"), rows[1:]):
    sharp, error = sharpness(x) / sharpness(originals), np.abs(x - originals).mean()
    print(f"{name} the discriminator: sharpness {sharp:.0%} of the originals', mean absolute error {error:.4f}")
