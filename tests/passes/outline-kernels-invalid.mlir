// RUN: vae-opt --vae-outline-kernels --verify-diagnostics %s

func.func @f(%x: tensor<4x4xf32>) -> tensor<4x4xf32> attributes {vae.kind = "entry"} {
  // expected-error @below {{'vae.group' op holds several roots}}
  %y = vae.group {
    %0 = vae.matmul %x, %x : (tensor<4x4xf32>, tensor<4x4xf32>) -> tensor<4x4xf32>
    %1 = vae.matmul %0, %x : (tensor<4x4xf32>, tensor<4x4xf32>) -> tensor<4x4xf32>
    vae.yield %1 : tensor<4x4xf32>
  } : tensor<4x4xf32>
  return %y : tensor<4x4xf32>
}
