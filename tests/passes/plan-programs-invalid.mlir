// RUN: vae-opt --vae-plan-programs %s --split-input-file --verify-diagnostics

program.parameter @w : tensor<8xf32> init #program.init<zeros, 0.0, 0.0>
func.func private @body(%x: tensor<8xf32>) -> tensor<8xf32> {
  // expected-error @below {{changes a parameter or state inside a loop}}
  program.update @w = %x : tensor<8xf32>
  return %x : tensor<8xf32>
}
func.func @update_in_loop(%x: tensor<8xf32>) -> tensor<8xf32> {
  %y = program.repeat_call @body count "4" carrying(%x : tensor<8xf32>)
  return %y : tensor<8xf32>
}

// -----

// expected-error @below {{surplus "H -" is not a size formula}}
func.func @asking() attributes {program.requirements = [#program.requirement<"H -", "fewer keys", "">]} {
  return
}

// -----

func.func private @endless(%x: tensor<8xf32>) -> tensor<8xf32> {
  // expected-error @below {{is a loop nested deeper than 8}}
  %y = program.repeat_call @endless count "4" carrying(%x : tensor<8xf32>)
  return %y : tensor<8xf32>
}
func.func @recursion(%x: tensor<8xf32>) -> tensor<8xf32> {
  %y = program.repeat_call @endless count "4" carrying(%x : tensor<8xf32>)
  return %y : tensor<8xf32>
}
