// RUN: vae-opt %s --split-input-file --verify-diagnostics

func.func @empty(%r: tensor<4xi32>) {
  // expected-error @below {{draws from 5 up to 5; these must be 1 to 16777216 integers of 32 bits}}
  %k = vae.random_int %r <4> {hi = 5 : i64, lo = 5 : i64} : tensor<4xi32>
  return
}

// -----

func.func @many(%r: tensor<4xi32>) {
  // expected-error @below {{draws from 0 up to 16777217; these must be 1 to 16777216 integers of 32 bits}}
  %k = vae.random_int %r <4> {hi = 16777217 : i64, lo = 0 : i64} : tensor<4xi32>
  return
}
