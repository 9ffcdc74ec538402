#!/usr/bin/env bash
# The runtime configures and builds alone, with the system's compiler and no LLVM to be found. Unoptimised and in units, for speed: the library's
# size is another test's business, and that each source compiles by itself the dev build's.
#   runtime_alone.sh SOURCE BUILD
set -euo pipefail
rm -rf "$2"
cmake -S "$1/runtime" -B "$2" -G Ninja -DCMAKE_BUILD_TYPE=None -DCMAKE_CXX_COMPILER=g++ -DCMAKE_C_COMPILER=gcc \
  -DCMAKE_UNITY_BUILD=ON -DCMAKE_DISABLE_FIND_PACKAGE_LLVM=ON -DCMAKE_DISABLE_FIND_PACKAGE_MLIR=ON >/dev/null
cmake --build "$2" --target vae_runtime vae-run
if ldd "$2/libvae_runtime.so" | grep -E 'LLVM|MLIR'; then exit 1; fi
