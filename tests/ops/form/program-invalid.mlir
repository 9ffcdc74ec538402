// RUN: vae-opt %s --split-input-file --verify-diagnostics

// expected-error @below {{argument 0 of type 'index' is out of order; tensors come before sizes}}
program.kernel @order(%d0: index, %x: tensor<4xf32>) -> tensor<4xf32> attributes {ties = array<i64: -1>} {
  program.yield %x : tensor<4xf32>
}

// -----

// expected-error @below {{argument of type 'tensor<?xf32>' names size -1 of 1}}
program.kernel @size(%x: tensor<?xf32>, %d0: index) -> tensor<4xf32> attributes {ties = array<i64: -1>} {
  %y = tensor.empty() : tensor<4xf32>
  program.yield %y : tensor<4xf32>
}

// -----

// expected-error @below {{argument of type 'tensor<4xf32>' names size 0 of 1}}
program.kernel @static(%x: tensor<4xf32> {program.sizes = array<i64: 0>}, %d0: index) -> tensor<4xf32> attributes {ties = array<i64: -1>} {
  program.yield %x : tensor<4xf32>
}

// -----

// expected-error @below {{argument of type 'tensor<4xf32>' has 2 entries in `program.sizes`}}
program.kernel @rank(%x: tensor<4xf32> {program.sizes = array<i64: -1, -1>}) -> tensor<4xf32> attributes {ties = array<i64: -1>} {
  program.yield %x : tensor<4xf32>
}

// -----

// expected-error @below {{has 2 ties for 1 results}}
program.kernel @ties(%x: tensor<4xf32>) -> tensor<4xf32> attributes {ties = array<i64: 0, 0>} {
  program.yield %x : tensor<4xf32>
}

// -----

// expected-error @below {{result 0 is tied to input 0, but they are of different types}}
program.kernel @tied(%x: tensor<5xf32>) -> tensor<4xf32> attributes {ties = array<i64: 0>} {
  %y = tensor.empty() : tensor<4xf32>
  program.yield %y : tensor<4xf32>
}

// -----

// expected-error @below {{result 0 is tied to input 1, which the kernel does not have}}
program.kernel @tied_to_nothing(%x: tensor<4xf32>) -> tensor<4xf32> attributes {ties = array<i64: 1>} {
  %y = tensor.empty() : tensor<4xf32>
  program.yield %y : tensor<4xf32>
}

// -----

// expected-error @below {{result 0 is tied to input 0, but the input is read by another step, or at other elements than the result is written}}
program.kernel @transposed(%x: tensor<4x4xf32>) -> tensor<4x4xf32> attributes {ties = array<i64: 0>} {
  %e = tensor.empty() : tensor<4x4xf32>
  %y = linalg.generic {indexing_maps = [affine_map<(i, j) -> (j, i)>, affine_map<(i, j) -> (i, j)>], iterator_types = ["parallel", "parallel"]}
      ins(%x : tensor<4x4xf32>) outs(%e : tensor<4x4xf32>) attrs = {program.role = "root"} {
  ^bb0(%a: f32, %out: f32):
    linalg.yield %a : f32
  } -> tensor<4x4xf32>
  program.yield %y : tensor<4x4xf32>
}

// -----

// expected-error @below {{result 0 is tied to input 0, but no loops make each element of the result once}}
program.kernel @folded(%x: tensor<f32>, %z: tensor<4xf32>) -> tensor<f32> attributes {ties = array<i64: 0>} {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<f32>
  %i = linalg.fill ins(%zero : f32) outs(%e : tensor<f32>) -> tensor<f32>
  %y = linalg.generic {indexing_maps = [affine_map<(i) -> ()>, affine_map<(i) -> (i)>, affine_map<(i) -> ()>], iterator_types = ["reduction"]}
      ins(%x, %z : tensor<f32>, tensor<4xf32>) outs(%i : tensor<f32>) attrs = {program.role = "root"} {
  ^bb0(%a: f32, %b: f32, %s: f32):
    %p = arith.mulf %a, %b : f32
    %t = arith.addf %s, %p : f32
    linalg.yield %t : f32
  } -> tensor<f32>
  program.yield %y : tensor<f32>
}

// -----

// expected-error @below {{yields 'tensor<5xf32>' for results 'tensor<4xf32>'}}
program.kernel @yields(%x: tensor<5xf32>) -> tensor<4xf32> attributes {ties = array<i64: -1>} {
  program.yield %x : tensor<5xf32>
}

// -----

// expected-error @below {{result 0 is not a tensor but 'index'}}
program.kernel @result(%x: tensor<5xf32>) -> index attributes {ties = array<i64: -1>} {
  %y = arith.constant 0 : index
  program.yield %y : index
}

// -----

// expected-error @below {{size formula "B*4" is not canonical; expected "4*B"}}
func.func private @form(tensor<?xf32, #program.shape<"B*4">>)

// -----

// expected-error @below {{dimension "B +" is neither an integer nor a size formula}}
func.func private @formula(tensor<?xf32, #program.shape<"B +">>)

// -----

// expected-error @below {{tensor of rank 2 has a shape attribute of rank 1}}
func.func private @rank(tensor<?x?xf32, #program.shape<"B">>)

// -----

// expected-error @below {{dimension 5 of the shape attribute differs from the tensor's}}
func.func private @static(tensor<4xf32, #program.shape<5>>)

// -----

func.func @outside() {
  // expected-error @below {{'program.barrier' op expects parent op to be one of 'program.program, program.repeat'}}
  program.barrier
  return
}

// -----

func.func @form(%i: tensor<i32>) {
  // expected-error @below {{count "B*4" is not canonical; expected "4*B"}}
  %r = program.repeat_call @form count "B*4" carrying(%i : tensor<i32>)
  return
}

// -----

func.func @formula(%i: tensor<i32>) {
  // expected-error @below {{count "B +" is not a size formula}}
  %r = program.repeat_call @formula count "B +" carrying(%i : tensor<i32>)
  return
}

// -----

func.func @negative(%i: tensor<i32>) {
  // expected-error @below {{count -2 is negative}}
  %r = program.repeat_call @negative count "-2" carrying(%i : tensor<i32>)
  return
}

// -----

func.func @missing(%i: tensor<i32>) {
  // expected-error @below {{body `nobody` is not a function of the module}}
  %r = program.repeat_call @nobody count "2" carrying(%i : tensor<i32>)
  return
}

// -----

program.kernel @kernel(%i: tensor<i32>) -> tensor<i32> attributes {ties = array<i64: -1>} {
  program.yield %i : tensor<i32>
}
func.func @call_of_kernel(%i: tensor<i32>) {
  // expected-error @below {{body `kernel` is not a function of the module}}
  %r = program.repeat_call @kernel count "2" carrying(%i : tensor<i32>)
  return
}

// -----

func.func private @body(%i: tensor<i32>, %x: tensor<4xf32>) -> tensor<i32> {
  return %i : tensor<i32>
}
func.func @arguments(%i: tensor<i32>, %x: tensor<5xf32>) {
  // expected-error @below {{passes 'tensor<i32>', 'tensor<5xf32>' to `body`, which takes 'tensor<i32>', 'tensor<4xf32>'}}
  %r = program.repeat_call @body count "2" carrying(%i : tensor<i32>) captures(%x : tensor<5xf32>)
  return
}

// -----

func.func private @body(%i: tensor<i32>) -> tensor<f32> {
  %f = program.bind scalar "0" : tensor<f32>
  return %f : tensor<f32>
}
func.func @results(%i: tensor<i32>) {
  // expected-error @below {{carries 'tensor<i32>', `body` returns 'tensor<f32>'}}
  %r = program.repeat_call @body count "2" carrying(%i : tensor<i32>)
  return
}

// -----

program.program @count entry symbols [] phases 1 {
  // expected-error @below {{count "3*" is not a size formula}}
  program.repeat count "3*" {
  }
}

// -----

program.program @depth entry symbols [] phases 1 {
  program.repeat count "2" { program.repeat count "2" { program.repeat count "2" { program.repeat count "2" {
  program.repeat count "2" { program.repeat count "2" { program.repeat count "2" { program.repeat count "2" {
    // expected-error @below {{is nested deeper than 8}}
    program.repeat count "2" {
    }
  } } } } } } } }
}

// -----

// expected-error @below {{'program.kernel' op ends without `program.yield`}}
program.kernel @open(%x: tensor<4xf32>) -> tensor<4xf32> attributes {ties = array<i64: -1>} {
  %y = tensor.empty() : tensor<4xf32>
}

// -----

program.kernel @planes(%x: tensor<2x3x8x8xf64>, %f: tensor<1x1x1x1x8x16xf32>) -> tensor<2x3x8x4xf32> attributes {ties = array<i64: -1>} {
  %e = tensor.empty() : tensor<2x3x8x4xf32>
  // expected-error @below {{input of type 'tensor<2x3x8x8xf64>' is not a picture [batch, height, width, channels] of f32 with static channels}}
  %y = program.convolution %x, %f into %e rows <1, 1, 1, 0> columns <1, 1, 1, 0>
      : (tensor<2x3x8x8xf64>, tensor<1x1x1x1x8x16xf32>, tensor<2x3x8x4xf32>) -> tensor<2x3x8x4xf32>
  program.yield %y : tensor<2x3x8x4xf32>
}

// -----

program.kernel @panels(%x: tensor<2x3x8x8xf32>, %f: tensor<1x1x1x1x8x8xf32>) -> tensor<2x3x8x4xf32> attributes {ties = array<i64: -1>} {
  %e = tensor.empty() : tensor<2x3x8x4xf32>
  // expected-error @below {{filter of type 'tensor<1x1x1x1x8x8xf32>' does not lead from 8 to 4 channels in panels of 16 outputs}}
  %y = program.convolution %x, %f into %e rows <1, 1, 1, 0> columns <1, 1, 1, 0>
      : (tensor<2x3x8x8xf32>, tensor<1x1x1x1x8x8xf32>, tensor<2x3x8x4xf32>) -> tensor<2x3x8x4xf32>
  program.yield %y : tensor<2x3x8x4xf32>
}

// -----

program.kernel @filter(%g: tensor<2x3x8x4xf32>, %x: tensor<2x3x8x8xf32>) -> tensor<1x1x1x4x8xf32> attributes {ties = array<i64: -1>} {
  %e = tensor.empty() : tensor<1x1x1x4x8xf32>
  // expected-error @below {{result of type 'tensor<1x1x1x4x8xf32>' is not the gradient of a filter from 8 to 4 channels}}
  %y = program.filter_gradient %g, %x into %e rows <1, 1, 1, 0> columns <1, 1, 1, 0>
      : (tensor<2x3x8x4xf32>, tensor<2x3x8x8xf32>, tensor<1x1x1x4x8xf32>) -> tensor<1x1x1x4x8xf32>
  program.yield %y : tensor<1x1x1x4x8xf32>
}

// -----

program.kernel @still(%x: tensor<2x3x8x8xf32>, %f: tensor<1x1x1x1x8x16xf32>) -> tensor<2x3x8x4xf32> attributes {ties = array<i64: -1>} {
  %e = tensor.empty() : tensor<2x3x8x4xf32>
  // expected-error @below {{a window of kernel 1, stride 0, dilation 1 and divisor 1; kernel, stride and divisor are at least 1, and the dilation is not 0}}
  %y = program.convolution %x, %f into %e rows <1, 0, 1, 0> columns <1, 1, 1, 0>
      : (tensor<2x3x8x8xf32>, tensor<1x1x1x1x8x16xf32>, tensor<2x3x8x4xf32>) -> tensor<2x3x8x4xf32>
  program.yield %y : tensor<2x3x8x4xf32>
}

// -----

program.kernel @short(%x: tensor<2x3x8x8xf32>, %f: tensor<1x1x1x1x8x16xf32>) -> tensor<2x3x8x4xf32> attributes {ties = array<i64: -1>} {
  %e = tensor.empty() : tensor<2x3x8x4xf32>
  // expected-error @below {{a window has 4 or 5 numbers: kernel, stride, dilation, offset and divisor, then perhaps `exact`}}
  %y = program.convolution %x, %f into %e rows <1, 1, 1> columns <1, 1, 1, 0>
      : (tensor<2x3x8x8xf32>, tensor<1x1x1x1x8x16xf32>, tensor<2x3x8x4xf32>) -> tensor<2x3x8x4xf32>
  program.yield %y : tensor<2x3x8x4xf32>
}

// -----

// expected-error @below {{argument 0 of type 'tensor<4x8x2xf32>' has layout #program.layout<panels32>, which is not one of tensors of that rank}}
program.kernel @layout(%x: tensor<4x8x2xf32> {program.layout = #program.layout<panels32>}) -> tensor<4xf32> attributes {ties = array<i64: -1>} {
  %e = tensor.empty() : tensor<4xf32>
  program.yield %e : tensor<4xf32>
}
