// RUN: vae-opt --vae-to-kernels --why %s 2>&1 >/dev/null | FileCheck %s
// RUN: vae-opt --vae-to-kernels %s 2>&1 >/dev/null | count 0
// Refusals are said with the place and the reason, where they are asked for.

// CHECK: why.mlir:[[#@LINE+3]]:{{[0-9]+}}: vae.sub: not fused: reads elements of the kernel's that other iterations make
func.func @centred(%x: tensor<64x64xf32>) -> tensor<64x64xf32> attributes {vae.kind = "entry"} {
  %mean = vae.mean %x {axis = array<i64: 1>, keep = true} : (tensor<64x64xf32>) -> tensor<64x1xf32>
  %y = vae.sub %x, %mean : tensor<64x64xf32>, tensor<64x1xf32>
  return %y : tensor<64x64xf32>
}
