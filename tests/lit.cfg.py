"""lit: .vae and .mlir files below tests/, run by the tools of the build tree."""
import os
import sys
import lit.formats

config.name = "vaec"
config.test_format = lit.formats.ShTest(True)
config.suffixes = [".vae", ".mlir", ".test"]
config.excludes = ["Inputs"]
config.test_source_root = os.path.join(config.source_dir, "tests")
config.test_exec_root = os.path.join(config.binary_dir, "tests")
path = [os.path.join(config.binary_dir, "bin"), config.llvm_tools_dir, os.environ.get("PATH", "")]
config.environment["PATH"] = os.pathsep.join(path)
config.substitutions.append(("%python", sys.executable))
config.substitutions.append(("%examples", os.path.join(config.source_dir, "examples")))
for name in ("HOME", "XDG_RUNTIME_DIR", "VK_ICD_FILENAMES"):
    if name in os.environ:
        config.environment[name] = os.environ[name]
