#!/usr/bin/env bash
# The runtime configures and builds alone, with the system's compiler and no LLVM to be found; its library stays under 1 MB.
#   runtime_alone.sh SOURCE BUILD
set -euo pipefail
rm -rf "$2"
cmake -S "$1/runtime" -B "$2" -G Ninja -DCMAKE_BUILD_TYPE=Release -DCMAKE_CXX_COMPILER=g++ -DCMAKE_C_COMPILER=gcc \
  -DCMAKE_DISABLE_FIND_PACKAGE_LLVM=ON -DCMAKE_DISABLE_FIND_PACKAGE_MLIR=ON >/dev/null
cmake --build "$2" --target vae_runtime vae-run
library=$(find "$2" -name 'libvae_runtime.so*' -type f | head -n 1)
strip -o "$2/stripped.so" "$library"
size=$(stat -c %s "$2/stripped.so")
echo "stripped library: $size bytes"
[ "$size" -lt 1000000 ]
if ldd "$library" | grep -E 'LLVM|MLIR'; then exit 1; fi
