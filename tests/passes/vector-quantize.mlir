// RUN: vae-opt --vae-to-fused %s | FileCheck %s --check-prefix=FUSED
// RUN: vae-opt --vae-to-kernels %s | FileCheck %s --check-prefix=KERNEL
// RUN: vae-opt --vae-to-plan %s | FileCheck %s --check-prefix=PLAN

// Neither distances nor one-hot codes, 777 a vector, are in a buffer; not in training either.
// PLAN-NOT: program.buffer {{.*}}?x777x
// PLAN: program.program @quantize
// PLAN-NOT: program.buffer {{.*}}?x777x
// PLAN: program.program @l.train
// PLAN-NOT: program.buffer {{.*}}?x777x

// Products, the choice among them, how far the chosen rows are: one kernel.
// KERNEL: program.kernel @m_quantize_nearest_code_{{[0-9]+}}(%[[Z:.*]]: tensor<?x8x?xf32> {{.*}}, %[[E:.*]]: tensor<777x8xf32>, %[[N:.*]]: tensor<777xf32>,
// KERNEL: %[[P:.*]] = linalg.generic {{.*}} ins(%[[Z]], %[[E]] {{.*}} attrs = {program.role = "root"}
// KERNEL: %[[C:.*]]:2 = linalg.generic {{.*}} iterator_types = ["parallel", "parallel", "reduction"]} ins(%[[P]], %[[N]] {{.*}} attrs = {program.role = "choice"}
// KERNEL: arith.cmpf olt
// KERNEL: %[[Q:.*]] = linalg.generic {{.*}} iterator_types = ["parallel", "parallel", "reduction"]} ins(%[[C]]#1, %[[Z]] {{.*}} attrs = {program.role = "epilogue"}
// KERNEL: tensor.extract %[[E]]
// KERNEL: program.yield %[[C]]#1, %[[Q]]

// Nobody reads the error: no epilogue.
// KERNEL: program.kernel @m_encode_nearest_code_{{[0-9]+}}(%{{.*}}: tensor<?x8xf32>
// KERNEL-NOT: "epilogue"
// KERNEL: program.yield %{{.*}}#1 : tensor<?xi32>

module @m {
  vae.parameter @codebook : tensor<777x8xf32> init #program.init<zeros, 0.0, 0.0>

  // z is read where it lies, less the codes' centre, and nothing joins the search, before or after. The centre, the codes less it and half their squared
  // norms follow from weights alone.
  // FUSED: func.func @quantize.prepare() -> (tensor<8xf32>
  // FUSED-LABEL: func.func @quantize(
  // FUSED-DAG: vae.read @{{.*}} : tensor<8xf32>
  // FUSED-DAG: vae.read @{{.*}} : tensor<777xf32>
  // FUSED: %[[R:.*]] = vae.group {
  // FUSED-NEXT: vae.relu
  // FUSED-NEXT: vae.reshape
  // FUSED-NEXT: vae.sub
  // FUSED-NEXT: vae.yield
  // FUSED: %[[Z:.*]] = vae.reshape %[[R]] to <"B", 8, "H*W">
  // FUSED: vae.group {
  // FUSED-NEXT: vae.nearest_code %[[Z]], %{{.*}}, %{{.*}} {transposed = true}
  // FUSED-NEXT: vae.yield
  // FUSED: vae.lookup
  // FUSED-NEXT: vae.tanh
  func.func @quantize(%x: tensor<?x8x?x?xf32, #program.shape<"B", 8, "H", "W">> {vae.name = "x"}) -> (tensor<?x8x?x?xf32, #program.shape<"B", 8, "H", "W">> {vae.name = "q"}, tensor<?x?x?xi32, #program.shape<"B", "H", "W">> {vae.name = "k"}, tensor<f32> {vae.name = "l"}) attributes {vae.kind = "entry"} {
    %e = vae.read @codebook : tensor<777x8xf32>
    %r = vae.relu %x : tensor<?x8x?x?xf32, #program.shape<"B", 8, "H", "W">>
    %q, %k, %l = vae.vector_quantize %r, %e : (tensor<?x8x?x?xf32, #program.shape<"B", 8, "H", "W">>, tensor<777x8xf32>) -> (tensor<?x8x?x?xf32, #program.shape<"B", 8, "H", "W">>, tensor<?x?x?xi32, #program.shape<"B", "H", "W">>, tensor<f32>)
    %a = vae.tanh %q : tensor<?x8x?x?xf32, #program.shape<"B", 8, "H", "W">>
    return %a, %k, %l : tensor<?x8x?x?xf32, #program.shape<"B", 8, "H", "W">>, tensor<?x?x?xi32, #program.shape<"B", "H", "W">>, tensor<f32>
  }

  func.func @encode(%x: tensor<?x8xf32, #program.shape<"B", 8>> {vae.name = "x"}) -> (tensor<?xi32, #program.shape<"B">> {vae.name = "k"}) attributes {vae.kind = "entry"} {
    %e = vae.read @codebook : tensor<777x8xf32>
    %q, %k, %l = vae.vector_quantize %x, %e {axis = -1 : i64} : (tensor<?x8xf32, #program.shape<"B", 8>>, tensor<777x8xf32>) -> (tensor<?x8xf32, #program.shape<"B", 8>>, tensor<?xi32, #program.shape<"B">>, tensor<f32>)
    return %k : tensor<?xi32, #program.shape<"B">>
  }

  // The same distances written out are a contraction and reductions: the form is the op's, no pattern finds it.
  // FUSED-LABEL: func.func @by_hand
  // FUSED-NOT: vae.nearest_code
  // FUSED: vae.matmul
  // FUSED: vae.amin
  func.func @by_hand(%x: tensor<4x8xf32>, %e: tensor<16x8xf32>, %n: tensor<16xf32>) -> tensor<4xi32> attributes {vae.kind = "function"} {
    %p = vae.matmul %x, %e {transpose_b = true} : (tensor<4x8xf32>, tensor<16x8xf32>) -> tensor<4x16xf32>
    %s = vae.sub %n, %p : tensor<16xf32>, tensor<4x16xf32>
    %k = vae.argmin %s : (tensor<4x16xf32>) -> tensor<4xi32>
    return %k : tensor<4xi32>
  }

  // The codebook's gradient reads one-hot codes through; perplexity too.
  // FUSED-LABEL: func.func @l.train
  // FUSED: vae.group {
  // FUSED: vae.one_hot
  // FUSED-NEXT: vae.matmul
  func.func @l(%x: tensor<?x8xf32, #program.shape<"B", 8>> {vae.name = "x"}) -> tensor<f32> attributes {vae.kind = "loss"} {
    %e = vae.read @codebook : tensor<777x8xf32>
    %q, %k, %l = vae.vector_quantize %x, %e {axis = -1 : i64} : (tensor<?x8xf32, #program.shape<"B", 8>>, tensor<777x8xf32>) -> (tensor<?x8xf32, #program.shape<"B", 8>>, tensor<?xi32, #program.shape<"B">>, tensor<f32>)
    %p = vae.perplexity %k {codes = 777 : i64} : (tensor<?xi32, #program.shape<"B">>) -> tensor<f32>
    vae.report "perplexity" = %p : tensor<f32>
    return %l : tensor<f32>
  }
  vae.minimize @l with "sgd" {lr = 1.0e-3 : f64, momentum = 0.0 : f64, nesterov = false, weight_decay = 0.0 : f64}
}
