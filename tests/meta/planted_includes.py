#!/usr/bin/env python3
"""Plants a wrong include into a copy of each room in turn and demands that the layering test names it."""
import pathlib
import shutil
import sys
import tempfile

from include_layering import ALLOWED, OURS, violations

# room: a header that lies beyond one of its walls. A room may stand here several times.
PLANTS = (
    ("frontend", "passes/Passes.h"),
    ("frontend/diagnostics", "frontend/Frontend.h"),
    ("frontend/parse", "ir/ops/Shapes.h"),
    ("frontend/elaborate", "passes/Passes.h"),
    ("ir", "passes/Passes.h"),
    ("ir/program", "ir/ops/Shapes.h"),
    ("passes", "backends/Backend.h"),
    ("passes/grad", "passes/fused/Clusters.h"),
    ("passes/fused", "passes/kernels/KernelBuilder.h"),
    ("passes/kernels", "passes/plan/ProgramPlan.h"),
    ("passes/plan", "passes/kernels/KernelBuilder.h"),
    ("backends", "passes/Passes.h"),
    ("backends/common", "backends/cpu/CpuTarget.h"),
    ("backends/cpu", "backends/vulkan/VulkanBackend.h"),
    ("backends/vulkan", "backends/cpu/CpuTarget.h"),
    ("backends/package", "backends/cpu/CpuTarget.h"),
    ("backends/checkpoints", "ir/ops/Shapes.h"),
    ("backends/checkpoints", "runtime/session/Session.h"),
    ("backends/vaec", "backends/vulkan/VulkanBackend.h"),
    ("runtime", "ir/ops/Shapes.h"),
    ("runtime", "llvm/ADT/StringMap.h"),
    ("runtime/abi", "runtime/base/Status.h"),
    ("runtime/base", "runtime/session/Session.h"),
    ("runtime/formats", "runtime/package/Package.h"),
    ("runtime/formats/stored", "runtime/formats/Npy.h"),
    ("runtime/formats/pictures", "runtime/formats/TensorFile.h"),
    ("runtime/package", "runtime/devices/Device.h"),
    ("runtime/devices", "runtime/session/Session.h"),
    ("runtime/devices/cpu", "runtime/session/Session.h"),
    ("runtime/devices/cpu", "runtime/devices/vulkan/Device.h"),
    ("runtime/devices/null", "runtime/devices/cpu/Device.h"),
    ("runtime/devices/vulkan", "runtime/devices/null/Device.h"),
    ("runtime/devices/vulkan/context", "runtime/devices/vulkan/memory/Staging.h"),
    ("runtime/devices/vulkan/context", "runtime/devices/Device.h"),
    ("runtime/devices/vulkan/memory", "runtime/devices/vulkan/kernels/Pipeline.h"),
    ("runtime/devices/vulkan/kernels", "runtime/devices/vulkan/programs/Recording.h"),
    ("runtime/devices/vulkan/programs", "runtime/devices/vulkan/Device.h"),
    ("runtime/session", "runtime/api/Handles.h"),
    ("runtime/session", "runtime/devices/Devices.h"),
    ("runtime/session/sizes", "runtime/session/Variables.h"),
    ("runtime/session/strips", "runtime/session/Session.h"),
    ("runtime/api", "runtime/vae-run/Model.h"),
    ("runtime/vae-run", "runtime/session/Session.h"),
    ("runtime/vae-run", "runtime/api/Handles.h"),
    ("runtime/vae-run/inputs", "runtime/vae-run/training/Trainer.h"),
    ("runtime/vae-run/pictures", "runtime/vae-run/inputs/Dataset.h"),
    ("runtime/vae-run/profile", "runtime/vae-run/training/Trainer.h"),
    ("runtime/vae-run/roundtrip", "runtime/vae-run/verbs/Roundtrip.h"),
    ("runtime/vae-run/training", "runtime/vae-run/verbs/BatchRun.h"),
)


def is_caught(root, room, header):
    planted = root / room / "Planted.cpp"
    planted.parent.mkdir(parents=True, exist_ok=True)
    planted.write_text(f'#include "{header}"\n')
    found = list(violations(root))
    planted.unlink()
    return len(found) == 1 and found[0].startswith(f"{room}/Planted.cpp:1:") and found[0].endswith(header)


def main():
    source = pathlib.Path(sys.argv[1])
    wrong = [f"{room}: no wrong include is planted into this room" for room in ALLOWED if room not in dict(PLANTS)]
    wrong += [f"{room}: the layering names a room that does not exist" for room in ALLOWED if not (source / room).is_dir()]
    with tempfile.TemporaryDirectory() as scratch:
        root = pathlib.Path(scratch)
        for folder in OURS:
            shutil.copytree(source / folder, root / folder, ignore=lambda _, names: [n for n in names if n.endswith(".vae")])
        wrong += [f"{room}: an include of {header} is not caught" for room, header in PLANTS if not is_caught(root, room, header)]
    print("\n".join(wrong) or f"all {len(PLANTS)} planted includes are caught")
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
