#!/usr/bin/env python3
"""Entries that compute nothing, on each device: an input, another shape of it, a parameter; and beside others that do compute.

    copies.py --bin=build/dev/bin
"""
import numpy as np

import harness

COPIES = """  func same(x: f32[B, 2, 3]) -> (y: f32[B, 2, 3]) { return x }
  func flat(x: f32[B, 2, 3]) -> (y: f32[B, 6]) { return reshape(x, [-1, 6]) }
  func twice(x: f32[B, 2, 3]) -> (y: f32[B, 2, 3], z: f32[B, 2, 3]) { return x, x }
  func known() -> (y: f32[4, 2]) { return parameter([4, 2], init = constant(3)) @table }
"""


def test(tools, _):
    x = np.arange(12, dtype=np.float32).reshape(2, 2, 3)
    for name, others in (("alone", ""), ("beside a sum", "  func total(x: f32[B]) { return sum(x) }\n")):
        source = tools.folder / "copies.vae"
        source.write_text(f"model copies() {{\n{COPIES}{others}}}\n")
        tools.compile(source)
        for tools.device in ("cpu", "vulkan"):
            for entry, given, expected in (("same", {"x": x}, [x]), ("flat", {"x": x}, [x.reshape(2, 6)]), ("twice", {"x": x}, [x, x]), ("known", {}, [np.full((4, 2), 3)])):
                names = ["y", "z"][:len(expected)]
                got = tools.run(entry, given, names, "--initial-weights")
                tools.expect(f"{tools.device} {entry} {name}", all(np.array_equal(got[n], value) for n, value in zip(names, expected)))


if __name__ == "__main__":
    harness.main(__doc__, test)
