// RUN: vae-opt --vae-to-fused %s | FileCheck %s --check-prefix=FUSED
// RUN: vae-opt --vae-to-plan %s | FileCheck %s --check-prefix=PLAN
//
// The VAE of MODELS.md's second row, as the frontend writes it: what its training step must be fused to.

// Layers: contraction, bias and activation are one group each.
// FUSED-LABEL: func.func @elbo.train(
// FUSED: vae.group {
// FUSED-NEXT: vae.matmul
// FUSED-NEXT: vae.add
// FUSED-NEXT: vae.relu
// FUSED-NEXT: vae.yield
// FUSED: vae.group {
// FUSED-NEXT: vae.matmul
// FUSED-NEXT: vae.add
// FUSED-NEXT: vae.relu
// FUSED-NEXT: vae.yield
// FUSED: %[[MU:.*]] = vae.group {
// FUSED-NEXT: vae.matmul
// FUSED-NEXT: vae.add
// FUSED-NEXT: vae.yield
// FUSED: %[[LOGVAR:.*]] = vae.group {
// FUSED-NEXT: vae.matmul
// FUSED-NEXT: vae.add
// FUSED-NEXT: vae.yield

// The latent forward: noise, sample and divergence in one group, which leaves the sample and one number a row; eps is not among its results.
// FUSED: %[[Z:.*]]:2 = vae.group {
// FUSED-NOT: vae.group
// FUSED: vae.normal
// FUSED-NOT: vae.group
// FUSED: vae.sum
// FUSED: vae.yield %{{.*}}, %{{.*}} : tensor<?x20xf32, #program.shape<"B", 20>>, tensor<?xf32, #program.shape<"B">>

// The loss's rows and the gradient of the logits in one group.
// FUSED: vae.group {
// FUSED: vae.bce_term
// FUSED: vae.sum
// FUSED: vae.yield %{{.*}}, %{{.*}} : tensor<?xf32, #program.shape<"B">>, tensor<?x784xf32, #program.shape<"B", 784>>

// Weight gradients end in the optimiser.
// FUSED: vae.matmul %{{.*}} {transpose_a = true}
// FUSED-NEXT: vae.adam

// The latent backward: one group, behind the contraction that makes the sample's gradient; eps is drawn again.
// FUSED: %{{.*}}:2 = vae.group {
// FUSED-NEXT: vae.matmul {{.*}} -> tensor<?x20xf32, #program.shape<"B", 20>>
// FUSED-NOT: vae.group
// FUSED: vae.normal
// FUSED: vae.yield %{{.*}}, %{{.*}} : tensor<?x20xf32, #program.shape<"B", 20>>, tensor<?x20xf32, #program.shape<"B", 20>>
// FUSED-NOT: vae.normal
// FUSED: return

// One pass over every parameter and state, all in place: no copies, and no buffer for what one dispatch can hold.
// PLAN-LABEL: program.program @elbo.train {{ *}}train symbols ["B"]
// PLAN: program.buffer {{ *}}output "loss"
// PLAN: program.buffer {{ *}}output "bce" {report}
// PLAN: program.buffer {{ *}}output "kl" {report}
// PLAN-COUNT-7: transient {{.*}} : tensor<?x{{512|256|20}}xf32
// PLAN: program.dispatch
// PLAN-NOT: program.copy
// PLAN: program.program @elbo.train.noise {{ *}}train symbols ["B"]
// PLAN: program.buffer {{ *}}input "noise0" {noise = "normal"} : tensor<?x20xf32, #program.shape<"B", 20>>
// PLAN-NOT: {{ }}rng :
// PLAN-NOT: program.copy
// PLAN: program.program @elbo.gradient {{ *}}gradient symbols ["B"]
// PLAN: program.buffer {{ *}}output "gradient:fc1.weight" : tensor<512x784xf32>
// PLAN-NOT: program.copy

module @mnist_vae {
  vae.parameter @fc1.weight : tensor<512x784xf32> init #program.init<uniform, -0.035714, 0.035714>
  vae.parameter @fc1.bias : tensor<512xf32> init #program.init<uniform, -0.035714, 0.035714>
  vae.parameter @fc2.weight : tensor<256x512xf32> init #program.init<uniform, -0.044194, 0.044194>
  vae.parameter @fc2.bias : tensor<256xf32> init #program.init<uniform, -0.044194, 0.044194>
  vae.parameter @mu.weight : tensor<20x256xf32> init #program.init<uniform, -0.062500, 0.062500>
  vae.parameter @mu.bias : tensor<20xf32> init #program.init<uniform, -0.062500, 0.062500>
  vae.parameter @logvar.weight : tensor<20x256xf32> init #program.init<uniform, -0.062500, 0.062500>
  vae.parameter @logvar.bias : tensor<20xf32> init #program.init<uniform, -0.062500, 0.062500>
  vae.parameter @fc3.weight : tensor<256x20xf32> init #program.init<uniform, -0.223607, 0.223607>
  vae.parameter @fc3.bias : tensor<256xf32> init #program.init<uniform, -0.223607, 0.223607>
  vae.parameter @fc4.weight : tensor<512x256xf32> init #program.init<uniform, -0.062500, 0.062500>
  vae.parameter @fc4.bias : tensor<512xf32> init #program.init<uniform, -0.062500, 0.062500>
  vae.parameter @out.weight : tensor<784x512xf32> init #program.init<uniform, -0.044194, 0.044194>
  vae.parameter @out.bias : tensor<784xf32> init #program.init<uniform, -0.044194, 0.044194>
  func.func @encode(%x: tensor<?x784xf32, #program.shape<"B", 784>> {vae.name = "x", vae.range = [0.0 : f32, 1.0 : f32]}) -> (tensor<?x20xf32, #program.shape<"B", 20>> {vae.name = "mu"}, tensor<?x20xf32, #program.shape<"B", 20>> {vae.name = "logvar"}) attributes {vae.kind = "entry"} {
    %fc11w = vae.read @fc1.weight : tensor<512x784xf32>
    %fc11b = vae.read @fc1.bias : tensor<512xf32>
    %fc11 = vae.linear %x, %fc11w, %fc11b : (tensor<?x784xf32, #program.shape<"B", 784>>, tensor<512x784xf32>, tensor<512xf32>) -> tensor<?x512xf32, #program.shape<"B", 512>>
    %u2 = vae.relu %fc11 : tensor<?x512xf32, #program.shape<"B", 512>>
    %fc23w = vae.read @fc2.weight : tensor<256x512xf32>
    %fc23b = vae.read @fc2.bias : tensor<256xf32>
    %fc23 = vae.linear %u2, %fc23w, %fc23b : (tensor<?x512xf32, #program.shape<"B", 512>>, tensor<256x512xf32>, tensor<256xf32>) -> tensor<?x256xf32, #program.shape<"B", 256>>
    %u4 = vae.relu %fc23 : tensor<?x256xf32, #program.shape<"B", 256>>
    %mu5w = vae.read @mu.weight : tensor<20x256xf32>
    %mu5b = vae.read @mu.bias : tensor<20xf32>
    %mu5 = vae.linear %u4, %mu5w, %mu5b : (tensor<?x256xf32, #program.shape<"B", 256>>, tensor<20x256xf32>, tensor<20xf32>) -> tensor<?x20xf32, #program.shape<"B", 20>>
    %logvar6w = vae.read @logvar.weight : tensor<20x256xf32>
    %logvar6b = vae.read @logvar.bias : tensor<20xf32>
    %logvar6 = vae.linear %u4, %logvar6w, %logvar6b : (tensor<?x256xf32, #program.shape<"B", 256>>, tensor<20x256xf32>, tensor<20xf32>) -> tensor<?x20xf32, #program.shape<"B", 20>>
    return %mu5, %logvar6 : tensor<?x20xf32, #program.shape<"B", 20>>, tensor<?x20xf32, #program.shape<"B", 20>>
  }
  func.func @decode(%z: tensor<?x20xf32, #program.shape<"B", 20>> {vae.name = "z"}) -> (tensor<?x784xf32, #program.shape<"B", 784>> {vae.name = "y"}) attributes {vae.kind = "entry"} {
    %fc37w = vae.read @fc3.weight : tensor<256x20xf32>
    %fc37b = vae.read @fc3.bias : tensor<256xf32>
    %fc37 = vae.linear %z, %fc37w, %fc37b : (tensor<?x20xf32, #program.shape<"B", 20>>, tensor<256x20xf32>, tensor<256xf32>) -> tensor<?x256xf32, #program.shape<"B", 256>>
    %u8 = vae.relu %fc37 : tensor<?x256xf32, #program.shape<"B", 256>>
    %fc49w = vae.read @fc4.weight : tensor<512x256xf32>
    %fc49b = vae.read @fc4.bias : tensor<512xf32>
    %fc49 = vae.linear %u8, %fc49w, %fc49b : (tensor<?x256xf32, #program.shape<"B", 256>>, tensor<512x256xf32>, tensor<512xf32>) -> tensor<?x512xf32, #program.shape<"B", 512>>
    %u10 = vae.relu %fc49 : tensor<?x512xf32, #program.shape<"B", 512>>
    %out11w = vae.read @out.weight : tensor<784x512xf32>
    %out11b = vae.read @out.bias : tensor<784xf32>
    %out11 = vae.linear %u10, %out11w, %out11b : (tensor<?x512xf32, #program.shape<"B", 512>>, tensor<784x512xf32>, tensor<784xf32>) -> tensor<?x784xf32, #program.shape<"B", 784>>
    %u12 = vae.sigmoid %out11 : tensor<?x784xf32, #program.shape<"B", 784>>
    return %u12 : tensor<?x784xf32, #program.shape<"B", 784>>
  }
  func.func @reconstruct(%x: tensor<?x784xf32, #program.shape<"B", 784>> {vae.name = "x"}) -> (tensor<?x784xf32, #program.shape<"B", 784>> {vae.name = "y"}) attributes {vae.kind = "entry"} {
    %m:2 = call @encode(%x) : (tensor<?x784xf32, #program.shape<"B", 784>>) -> (tensor<?x20xf32, #program.shape<"B", 20>>, tensor<?x20xf32, #program.shape<"B", 20>>)
    %y = call @decode(%m#0) : (tensor<?x20xf32, #program.shape<"B", 20>>) -> tensor<?x784xf32, #program.shape<"B", 784>>
    return %y : tensor<?x784xf32, #program.shape<"B", 784>>
  }
  func.func @sample() -> (tensor<?x784xf32, #program.shape<"n", 784>> {vae.name = "y"}) attributes {vae.kind = "entry"} {
    %r = vae.rng
    %z = vae.normal %r <"n", 20> : tensor<?x20xf32, #program.shape<"n", 20>>
    %fc313w = vae.read @fc3.weight : tensor<256x20xf32>
    %fc313b = vae.read @fc3.bias : tensor<256xf32>
    %fc313 = vae.linear %z, %fc313w, %fc313b : (tensor<?x20xf32, #program.shape<"n", 20>>, tensor<256x20xf32>, tensor<256xf32>) -> tensor<?x256xf32, #program.shape<"n", 256>>
    %u14 = vae.relu %fc313 : tensor<?x256xf32, #program.shape<"n", 256>>
    %fc415w = vae.read @fc4.weight : tensor<512x256xf32>
    %fc415b = vae.read @fc4.bias : tensor<512xf32>
    %fc415 = vae.linear %u14, %fc415w, %fc415b : (tensor<?x256xf32, #program.shape<"n", 256>>, tensor<512x256xf32>, tensor<512xf32>) -> tensor<?x512xf32, #program.shape<"n", 512>>
    %u16 = vae.relu %fc415 : tensor<?x512xf32, #program.shape<"n", 512>>
    %out17w = vae.read @out.weight : tensor<784x512xf32>
    %out17b = vae.read @out.bias : tensor<784xf32>
    %out17 = vae.linear %u16, %out17w, %out17b : (tensor<?x512xf32, #program.shape<"n", 512>>, tensor<784x512xf32>, tensor<784xf32>) -> tensor<?x784xf32, #program.shape<"n", 784>>
    %u18 = vae.sigmoid %out17 : tensor<?x784xf32, #program.shape<"n", 784>>
    return %u18 : tensor<?x784xf32, #program.shape<"n", 784>>
  }
  func.func @elbo(%x: tensor<?x784xf32, #program.shape<"B", 784>> {vae.name = "x"}, %beta: tensor<f32> {vae.name = "beta", vae.default = 1.0 : f64}) -> tensor<f32> attributes {vae.kind = "loss"} {
    %m:2 = call @encode(%x) : (tensor<?x784xf32, #program.shape<"B", 784>>) -> (tensor<?x20xf32, #program.shape<"B", 20>>, tensor<?x20xf32, #program.shape<"B", 20>>)
    %r = vae.rng
    %z = vae.reparameterize %r, %m#0, %m#1 : (tensor<4xi32>, tensor<?x20xf32, #program.shape<"B", 20>>, tensor<?x20xf32, #program.shape<"B", 20>>) -> tensor<?x20xf32, #program.shape<"B", 20>>
    %y = call @decode(%z) : (tensor<?x20xf32, #program.shape<"B", 20>>) -> tensor<?x784xf32, #program.shape<"B", 784>>
    %bce = vae.bce %y, %x {reduction = "sum"} : (tensor<?x784xf32, #program.shape<"B", 784>>, tensor<?x784xf32, #program.shape<"B", 784>>) -> tensor<f32>
    vae.report "bce" = %bce : tensor<f32>
    %kl = vae.kl %m#0, %m#1 : (tensor<?x20xf32, #program.shape<"B", 20>>, tensor<?x20xf32, #program.shape<"B", 20>>) -> tensor<f32>
    vae.report "kl" = %kl : tensor<f32>
    %bk = vae.mul %beta, %kl : tensor<f32>, tensor<f32>
    %l = vae.add %bce, %bk : tensor<f32>, tensor<f32>
    return %l : tensor<f32>
  }
  vae.minimize @elbo with "adam" {lr = 1.0e-3 : f64, beta1 = 0.9 : f64, beta2 = 0.999 : f64, eps = 1.0e-8 : f64}
}
