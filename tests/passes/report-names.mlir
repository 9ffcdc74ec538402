// RUN: vae-opt --vae-differentiate %s | FileCheck %s

// Reports of a called loss come in by inlining, named as that loss named them; the caller's own follow. Each name is
// given once, by the rule that the frontend goes by: the second is `mse_2`.
vae.parameter @w : tensor<f32> init #program.init<zeros, 0.0, 0.0>

// CHECK-LABEL: func.func @b(
// CHECK-SAME: {vae.name = "loss"}
// CHECK-SAME: {vae.name = "mse", vae.report}
// CHECK-SAME: {vae.name = "mse_2", vae.report}
// CHECK-SAME: {vae.name = "mse_3", vae.report}
// CHECK-SAME: {vae.name = "kl", vae.report}
func.func @b(%x: tensor<f32> {vae.name = "x"}) -> tensor<f32> attributes {vae.kind = "loss"} {
  %w = vae.read @w : tensor<f32>
  %y = vae.mul %x, %w : tensor<f32>, tensor<f32>
  vae.report "mse" = %y : tensor<f32>
  vae.report "mse_2" = %y : tensor<f32>
  vae.report "mse" = %y : tensor<f32>
  vae.report "kl" = %y : tensor<f32>
  return %y : tensor<f32>
}
