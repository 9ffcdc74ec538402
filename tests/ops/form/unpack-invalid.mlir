// RUN: vae-opt %s --split-input-file --verify-diagnostics

func.func @panels(%x: tensor<1x8x32xf32>) {
  // expected-error @below {{of 'tensor<40x8xf32>' from 'tensor<1x8x32xf32>', which does not hold it in layout #program.layout<panels32>}}
  %w = vae.unpack %x <panels32> : tensor<1x8x32xf32> to tensor<40x8xf32>
  return
}

// -----

func.func @rank(%x: tensor<2x8x32xf32>) {
  // expected-error @below {{which does not hold it in layout #program.layout<panels16>}}
  %w = vae.unpack %x <panels16> : tensor<2x8x32xf32> to tensor<40x8xf32>
  return
}

// -----

func.func @element(%x: tensor<2x8x32xi32>) {
  // expected-error @below {{which does not hold it in layout #program.layout<panels32>}}
  %w = vae.unpack %x <panels32> : tensor<2x8x32xi32> to tensor<40x8xf32>
  return
}
