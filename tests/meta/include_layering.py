#!/usr/bin/env python3
"""Fails where an #include (or a .td include) goes against the layering: frontend -> ir <- passes -> backends -> runtime/abi,
and inside each folder the order of its rooms."""
import pathlib
import re
import sys

PASSES = ("passes/Passes.h", "passes/Passes.h.inc", "passes/Messages.h", "passes/Prepared.h", "passes/Refusals.h")  # what all passes share
TOOL_ROOT = tuple(f"runtime/vae-run/{name}.h" for name in ("Handles", "Interrupt", "Json", "Model", "NearestWord", "Options", "Outputs", "ProgressBar"))


def device(name):
    """A device sees what all devices see, and none of the others."""
    return (f"runtime/devices/{name}", "runtime/devices/Device.h", "runtime/devices/Devices.h", "runtime/devices/BoundProgram.h", "runtime/devices/HostMemory.h",
            "runtime/package", "runtime/base", "runtime/abi")


def vulkan(*rooms):
    """A room of the Vulkan device, above those that are named."""
    inside = tuple(f"runtime/devices/vulkan/{room}" for room in rooms)
    return tuple(header for header in device("vulkan") if header != "runtime/devices/vulkan") + inside


def tool(*rooms):
    """Rooms of the command line share the files at its root; programs are reached through the C API alone."""
    return tuple(f"runtime/vae-run/{room}" for room in rooms) + TOOL_ROOT + ("runtime/formats", "runtime/base")


# room: the folders and single headers that it may include. The longest matching room decides; a folder without a line of
# its own belongs to the room around it.
ALLOWED = {
    "frontend": ("frontend", "ir"),
    "frontend/diagnostics": ("frontend/diagnostics", "ir"),
    "frontend/parse": ("frontend/parse", "frontend/diagnostics", "ir/program/Limits.h"),
    "frontend/elaborate": ("frontend/elaborate", "frontend/parse", "frontend/diagnostics", "frontend/Frontend.h", "ir"),
    "ir": ("ir",),
    "ir/program": ("ir/program",),
    "passes": ("passes", "ir"),
    "passes/grad": ("passes/grad", *PASSES, "ir"),
    "passes/fused": ("passes/fused", *PASSES, "ir"),
    "passes/kernels": ("passes/kernels", "passes/fused", *PASSES, "ir"),
    "passes/plan": ("passes/plan", *PASSES, "ir"),
    "backends": ("backends", "ir/program", "runtime/abi"),
    "backends/common": ("backends/common", "backends/Backend.h", "ir/program", "runtime/abi"),
    "backends/cpu": ("backends/cpu", "backends/common", "backends/Backend.h", "ir/program", "runtime/abi"),
    "backends/vulkan": ("backends/vulkan", "backends/common", "backends/Backend.h", "ir/program", "runtime/abi"),
    "backends/package": ("backends/package", "backends/Backend.h", "ir/program", "runtime/abi"),
    "backends/checkpoints": ("backends/checkpoints", "runtime/formats", "runtime/base"),
    "backends/vaec": ("backends/vaec", "backends/package", "backends/checkpoints", "backends/Backend.h", "backends/TargetLimits.h", "frontend", "ir", "passes", "runtime/base",
                      "runtime/formats"),  # the weights that a package carries
    "runtime": ("runtime",),
    "runtime/abi": ("runtime/abi",),
    "runtime/base": ("runtime/base",),
    "runtime/formats": ("runtime/formats", "runtime/base"),
    "runtime/formats/stored": ("runtime/formats/stored", "runtime/base"),
    "runtime/formats/pictures": ("runtime/formats/pictures", "runtime/formats/stored", "runtime/base"),
    "runtime/package": ("runtime/package", "runtime/base", "runtime/abi"),
    "runtime/devices": ("runtime/devices", "runtime/package", "runtime/base", "runtime/abi"),
    "runtime/devices/cpu": device("cpu"),
    "runtime/devices/null": device("null"),
    "runtime/devices/vulkan": device("vulkan"),
    "runtime/devices/vulkan/context": ("runtime/devices/vulkan/context", "runtime/base", "runtime/abi"),
    "runtime/devices/vulkan/memory": vulkan("memory", "context"),
    "runtime/devices/vulkan/kernels": vulkan("kernels", "memory", "context"),
    "runtime/devices/vulkan/programs": vulkan("programs", "kernels", "memory", "context"),
    "runtime/session": ("runtime/session", "runtime/devices/Device.h", "runtime/devices/BoundProgram.h", "runtime/formats", "runtime/package", "runtime/base", "runtime/abi"),
    "runtime/session/sizes": ("runtime/session/sizes", "runtime/devices/Device.h", "runtime/package", "runtime/base"),
    "runtime/session/strips": ("runtime/session/strips", "runtime/session/sizes", "runtime/session/BoundCommands.h", "runtime/session/Stages.h", "runtime/devices/Device.h",
                               "runtime/devices/BoundProgram.h", "runtime/package", "runtime/base"),
    "runtime/api": ("runtime/api", "runtime/session", "runtime/devices/Devices.h", "runtime/formats", "runtime/package", "runtime/base", "runtime/abi"),
    "runtime/vae-run": ("runtime/vae-run", "runtime/api/vae_runtime.h", "runtime/formats", "runtime/base"),
    "runtime/vae-run/inputs": tool("inputs"),
    "runtime/vae-run/pictures": tool("pictures", "training/LossCurve.h"),
    "runtime/vae-run/profile": tool("profile"),
    "runtime/vae-run/roundtrip": tool("roundtrip", "inputs"),
    "runtime/vae-run/training": tool("training", "inputs", "pictures", "profile", "verbs/Samples.h"),
}
OURS = ("frontend/", "ir/", "passes/", "backends/", "runtime/")
EXTERNAL = ("mlir/", "llvm/", "lld/")


def folder_of(path):
    return max((f for f in ALLOWED if path == f or path.startswith(f + "/")), key=len)


def is_within(target, allowed):
    return target == allowed or target.startswith(allowed + "/")


def violations(root):
    for file in sorted(p for folder in OURS for p in (root / folder).rglob("*") if p.suffix in (".h", ".cpp", ".td", ".c")):
        name = file.relative_to(root).as_posix()
        folder = folder_of(name)
        for number, line in enumerate(file.read_text().splitlines(), 1):
            match = re.match(r'\s*#?\s*include\s+[<"]([^>"]+)[>"]', line)
            if not match:
                continue
            target = match[1]
            ours = target.startswith(OURS)
            fits = any(is_within(target, allowed) for allowed in ALLOWED[folder])
            if (ours and not fits) or (folder.startswith("runtime") and target.startswith(EXTERNAL)):
                yield f"{name}:{number}: {folder}/ may not include {target}"


def main():
    root = pathlib.Path(sys.argv[1])
    found = list(violations(root))
    print("\n".join(found) or "no include goes against the layering")
    sys.exit(bool(found))


if __name__ == "__main__":
    main()
