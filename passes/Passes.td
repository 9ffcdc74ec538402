// All passes, in alphabetical order: why each exists, and what it does to a program.
#ifndef VAE_PASSES_PASSES_TD
#define VAE_PASSES_PASSES_TD

include "mlir/Pass/PassBase.td"

defvar maxBuffersOption = Option<"maxBuffers", "max-buffers", "unsigned", /*default=*/"::vae::limits::buffers",
                                 "the most tensors that a kernel reads and writes, so that every target can bind them">;

def AssignNoiseSites : Pass<"vae-assign-noise-sites", "::mlir::func::FuncOp"> {
  let summary = "number the random ops of a function";
  let description = [{
    A draw is a function of (seed, step, site, turn, element), so each random op of a function gets a site of its own, in program order, and one in a loop
    reads the random state of its turn. Runs after inlining, so that a function called twice draws twice, and before anything copies code, so that a copy
    draws the same.

    ```mlir
    %a = vae.normal %rng ...            ==>   %a = vae.normal %rng ... {site = 0}
    %b = vae.normal %rng ...            ==>   %b = vae.normal %rng ... {site = 1}
    ```
  }];
  let dependentDialects = ["::vae::VaeDialect"];
}

def BoundIndices : Pass<"vae-bound-indices", "::mlir::func::FuncOp"> {
  let summary = "give inputs that become indices their range";
  let description = [{
    Labels and codes come from files. What an op takes as an index, moved as it may be on the way, must be in [0, n-1]; the range goes to the argument,
    beside what the model declares, and is checked before each run. So is what a loss takes as the target of `bce` or `bce_with_logits`: [0, 1], with a warning
    where the model does not declare that. Runs after inlining, so that what a called function does with it counts, and before
    twins and gradients copy the arguments.

    ```mlir
    func.func @f(%k: tensor<?xi32>) {            ==>   func.func @f(%k: tensor<?xi32> {vae.range = array<f32: 0, 9>}) {
      vae.one_hot %k {classes = 10}                      vae.one_hot %k {classes = 10}
    ```
  }];
}

def CheckBudgets : Pass<"vae-check-budgets", "::mlir::ModuleOp"> {
  let summary = "refuse a model that calls would make too large";
  let description = [{
    Inlining copies a function to each of its calls, so functions that each call the next twice double at each level, and their loops nest. What that comes
    to is counted before anything is copied, and is an error above the limits of `ir/program/Limits.h`.

    ```mlir
    func.func @f(%x) { call @g; call @g }       ==>   the same, or error: with `f`, the model comes to more than 262144 ops
    ```
  }];
}

def CheckSizes : Pass<"vae-check-sizes", "::mlir::ModuleOp"> {
  let summary = "refuse tensors whose elements kernels do not count";
  let description = [{
    Kernels count elements in 32 bits on some devices. What is known now, the numbers in a shape with each symbol at 1, must fit; what symbols make of it is
    checked when they are bound.

    ```mlir
    vae.relu %x : tensor<65536x65536xf32>       ==>   error: a tensor of shape [65536, 65536] has more elements than kernels count
    ```
  }];
}

def ChooseLayouts : Pass<"vae-choose-layouts", "::mlir::ModuleOp"> {
  let summary = "decide which tensors lie in memory in another order than row by row";
  let description = [{
    The one place that decides. A weight that entries and losses read as the (n, k) side of contractions alone lies in panels; the conversion is ops like
    others, which `vae-prepare-parameters` takes out of the run, and the contraction reads the weight through `vae.unpack`. `--why` says what is not packed.

    ```mlir
    %w = vae.read @w                         %w = vae.read @w ; %t = vae.transpose (vae.reshape %w)
    %y = vae.matmul %x, %w             ==>   %u = vae.unpack %t <panels32>
                                             %y = vae.matmul %x, %u
    ```
  }];
  let dependentDialects = ["::vae::VaeDialect", "::vae::program::ProgramDialect"];
}

def Decompose : Pass<"vae-decompose", "::mlir::func::FuncOp"> {
  let summary = "replace ops by the simpler ops that define them";
  let description = [{
    Layers and losses say what they mean in terms of contractions, reductions, searches for codes and elementwise ops; what follows knows only those. Before
    differentiation, ops that know their own gradient stay.

    ```mlir
    %y = vae.linear %x, %w, %b          ==>   %p = vae.matmul %x, %w ; %y = vae.add %p, %b
    ```
  }];
  let options = [Option<"keepDifferentiable", "keep-differentiable", "bool", /*default=*/"false", "leave ops that build their own gradient">];
}

def DeduplicateKernels : Pass<"vae-deduplicate-kernels", "::mlir::ModuleOp"> {
  let summary = "keep one of several kernels that are the same but for their names";
  let description = [{
    Programs of one model share most of their kernels: `encode` runs inside `reconstruct`, and a loss inside its gradient.

    ```mlir
    program.kernel @a { body }  program.kernel @b { body }  launch @b   ==>   program.kernel @a { body }  launch @a
    ```
  }];
}

def Differentiate : Pass<"vae-differentiate", "::mlir::ModuleOp"> {
  let summary = "make the gradient and training functions of every loss";
  let description = [{
    Reverse mode over flat functions of kind `loss`. Each loss gets `<loss>.gradient`, which returns one gradient per trainable parameter beside the
    loss; each `vae.minimize` gets `<loss>.train`, which gives the optimiser's results to parameters and states, those of the line's options to their
    states, and those of each `vae.update_rule` to its buffer. Ops build their own vector-Jacobian products; one in the path of a gradient that can't is an
    error at its place in the source. Last, each `vae.gradient` becomes what it stands for, so that no gradient passes through one.

    ```mlir
    func.func @l(%x) -> loss            ==>   func.func @l(%x) -> loss
    vae.minimize @l with "vae.adam"           func.func @l.gradient(%x) -> (loss, gradients...)
                                              func.func @l.train(%x) -> loss { forward; backward; vae.adam; vae.update @w = ... }
    ```
  }];
  let dependentDialects = ["::vae::VaeDialect", "::vae::program::ProgramDialect"];
}

def ExpandMath : Pass<"vae-expand-math", "::vae::program::KernelOp"> {
  let summary = "replace transcendental functions in kernels by polynomials";
  let description = [{
    exp, expm1, log, log1p, tanh, erf, sin, cos, pow become multiplies, adds and bit operations that every device carries out to the same bits, to about
    one unit in the last place, pow four; ceil and roundeven become floor and what it leaves. Sine and cosine hold for every finite argument: its quarters of a turn are counted in integers. Fused multiply-add is not used, for not every device has it.
    What a body computes twice is computed once afterwards.

    ```mlir
    %y = math.exp %x : f32              ==>   n = floor(x / ln 2 + 1/2), r = x - n ln 2, y = 2^n * polynomial(r)
    ```
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::math::MathDialect"];
}

def FeedNoise : Pass<"vae-feed-noise", "::mlir::ModuleOp"> {
  let summary = "make a twin of each function that draws noise, with the draws as inputs";
  let description = [{
    The twin `<name>.noise` takes `noise0`, `noise1`, ... by site, each of the shape that the random op draws, so that a caller (a comparison with
    another framework, above all) decides the draws. For an op in loops, the lengths of the loops come first: each turn reads its own.

    ```mlir
    func.func @sample() { vae.normal }  ==>   func.func @sample() ...  func.func @sample.noise(%noise0) { %noise0 }
    ```
  }];
  let dependentDialects = ["::vae::VaeDialect"];
}

def FormGroups : Pass<"vae-form-groups", "::mlir::func::FuncOp"> {
  let summary = "gather ops into groups that become one kernel each";
  let description = [{
    Every contraction, reduction and elementwise op starts as a group of its own. Groups merge, the most memory traffic saved first, as long as the
    result still is one of the kernel forms and no two groups wait for each other. Cheap values (noise, constants, what follows from one stored
    tensor in a few operations) are never stored but computed again in each group that reads them.

    ```mlir
    %p = vae.matmul %x, %w                    %y = vae.group {
    %a = vae.add %p, %b                 ==>     matmul, add, relu
    %y = vae.relu %a                          }
    ```
  }];
  let dependentDialects = ["::vae::VaeDialect"];
  let options = [maxBuffersOption];
}

def OutlineKernels : Pass<"vae-outline-kernels", "::mlir::ModuleOp"> {
  let summary = "turn each group into a kernel in canonical form and a launch of it";
  let description = [{
    The kernel's linalg is built directly from the group's ops through their interfaces: one generic for an elementwise group or a reduction, a
    contraction and an epilogue for a gemm. What a `vae.unpack` shows is read where it lies: its layout becomes the argument's.

    ```mlir
    %y = vae.group { vae.relu %x }      ==>   program.kernel @model_f_relu_0(%x, %d0) { linalg.generic }
                                              %y = program.launch @model_f_relu_0(%x) sizes ["B"]
    ```
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::linalg::LinalgDialect", "::mlir::math::MathDialect",
                           "::mlir::tensor::TensorDialect", "::vae::program::ProgramDialect"];
}

def OutlineLoops : Pass<"vae-outline-loops", "::mlir::ModuleOp"> {
  let summary = "make the body of each loop a function of its own";
  let description = [{
    What follows knows flat functions only. The body takes what it carries, the number of its turn first, then the values that it reads from outside;
    it returns what it carries, counting its turns itself. Parameters, constants and the random state are read inside.

    ```mlir
    %y = vae.loop "T" carrying (%x) {          func.func private @f.loop0(%turn, %x, %w) { ...; return %next, %new }
      %new = vae.mul %x, %w              ==>
      vae.yield %new }                         %n, %y = program.repeat_call @f.loop0 count "T" carrying (%zero, %x) captures (%w)
    ```
  }];
  let dependentDialects = ["::mlir::func::FuncDialect", "::vae::VaeDialect", "::vae::program::ProgramDialect"];
}

def PlanPrograms : Pass<"vae-plan-programs", "::mlir::ModuleOp"> {
  let summary = "turn host functions into programs over buffers";
  let description = [{
    Values become buffers with lifetimes, launches become dispatches. Dispatches that don't touch each other's results share a phase; barriers part the
    phases. A result tied to an input is written in place where nobody reads the input later, and into a copy elsewhere. Launches that read such an input
    and need not wait go first (`plan/EarlyReaders.h`).

    A loop's body becomes steps of the same program, in the same arena. Each carried value has one buffer, in which a turn finds and leaves it: the
    initial value's own where nobody else needs that, else a copy. A turn's new value is written there at once where nothing reads the old one any
    more, else copied at the turn's end. What the body reads from outside lives to the loop's end; what a turn makes lives within it.

    ```mlir
    func.func @f(%x) -> %y {                  program.program @f entry symbols ["B"] phases 1 {
      %y = program.launch @k(%x)        ==>     %x = buffer input "x"; %y = buffer output "y"
      return %y }                               dispatch @k(%x, %y) }

    %r = program.repeat_call @body            program.copy %x to %y
        count "H" carrying(%x)          ==>   program.repeat count "H" { dispatch @step(%y) }
    ```
  }];
  let dependentDialects = ["::vae::program::ProgramDialect"];
}

def PrepareParameters : Pass<"vae-prepare-parameters", "::mlir::ModuleOp"> {
  let summary = "compute what follows from weights alone when they change, not in each run";
  let description = [{
    What entries and losses, loops in them too, compute from parameters and constants of known sizes alone becomes a prepared tensor: a function
    `<name>.prepare` makes it, which a session runs before the next run after a change of weights. Equal expressions of several functions share one. What costs nothing
    (views, repetition) stays where it is, as does what is much larger than the parameters in it. Training computes all for itself, as each of its runs changes
    weights.

    ```mlir
    func.func @decode(%x) {                   program.prepared @decode.prepared
      %w = vae.read @w                        func.func @decode.prepare() -> @decode.prepared { vae.transpose (vae.read @w) }
      %t = vae.transpose %w             ==>   func.func @decode(%x) {
      %y = vae.convolve %x, %t }                %t = vae.read @decode.prepared
                                                %y = vae.convolve %x, %t }
    ```
  }];
  let dependentDialects = ["::mlir::func::FuncDialect", "::vae::VaeDialect", "::vae::program::ProgramDialect"];
}

def SelectPrograms : Pass<"vae-select-programs", "::mlir::ModuleOp"> {
  let summary = "keep some entries and losses, and what they need";
  let description = [{
    Whoever runs a model does not train it, and most of what a package costs to make is training. What is not named loses its kind; its training goes, functions
    that nothing calls then, and parameters that nothing reads.

    ```mlir
    func.func @decode(%z) {vae.kind = "entry"}  ==>   the same
    func.func @elbo(%x) {vae.kind = "loss"}           gone, with a discriminator that only it reads
    vae.minimize @elbo with "adam" {...}
    ```
  }];
  let options = [ListOption<"programs", "programs", "std::string", "their names; `entries` stands for all that are no losses">];
}

def SinkReshapes : Pass<"vae-sink-reshapes", "::mlir::func::FuncOp"> {
  let summary = "let elementwise ops and folds work on what a reshape reads";
  let description = [{
    A reshape that joins or splits axes is a boundary: what follows cannot run in the kernel that makes its operand. Contractions give their results
    so (a convolution's windows are one axis), so a reshape moves behind the elementwise ops that follow it, and a fold over whole groups of joined
    axes folds its operand.

    ```mlir
    %r = vae.reshape %x to <"B", 8, 4, 4>     ==>   %z = vae.relu %x
    %y = vae.relu %r                                %y = vae.reshape %z to <"B", 8, 4, 4>
    ```
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::math::MathDialect", "::vae::VaeDialect"];
}

def SinkTransposes : Pass<"vae-sink-transposes", "::mlir::func::FuncOp"> {
  let summary = "keep pictures channels last between convolutions";
  let description = [{
    A convolution computes pictures whose channels lie last; a transposition puts them back where the language has them. What reads such a picture
    element by element, folds, cuts or joins it does so before the transposition, which moves behind it, until another convolution takes it away or the
    program ends. A picture that is enlarged by repetition for a convolution is read as it was, through the convolution's window.

    ```mlir
    %c = vae.convolve ...                                          %c = vae.convolve ...
    %t = vae.transpose %c {axes = array<i64: 0, 3, 1, 2>}    ==>   %r = vae.relu %c
    %y = vae.relu %t                                               %y = vae.transpose %r {axes = array<i64: 0, 3, 1, 2>}
    ```
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::math::MathDialect", "::vae::VaeDialect"];
}

def SplitConcats : Pass<"vae-split-concats", "::mlir::func::FuncOp"> {
  let summary = "make a tree of concats that each read no more tensors than a kernel binds";
  let description = [{
    Devices bind a limited number of buffers to a kernel. Sums of many tensors are chains of ops, which groups cut where they must; a concat is one op.

    ```mlir
    %y = vae.concat %a, %b, %c, %d      ==>   %l = vae.concat %a, %b ; %r = vae.concat %c, %d ; %y = vae.concat %l, %r
    ```
  }];
  let dependentDialects = ["::vae::VaeDialect"];
  let options = [maxBuffersOption];
}

def SplitReductions : Pass<"vae-split-reductions", "::mlir::func::FuncOp"> {
  let summary = "split a reduction to one number into one over rows and one over their results";
  let description = [{
    A reduction to a scalar has no parallel axis. Folding all but the first axis first leaves one partial result a row, which devices compute in
    parallel and always in the same order.

    ```mlir
    %s = vae.sum %x : [B, 784] -> []    ==>   %r = vae.sum %x {axes = [1]} : [B, 784] -> [B] ; %s = vae.sum %r : [B] -> []
    ```
  }];
  let dependentDialects = ["::vae::VaeDialect"];
}

def StateRequirements : Pass<"vae-state-requirements", "::mlir::func::FuncOp"> {
  let summary = "collect what sizes of run time must fulfil";
  let description = [{
    That a slice ends within its axis, or that a tensor has elements, is not known where the axis has a size of run time. Such conditions become an attribute of
    the function, which its copies keep and its program takes over; a package is checked against them before each run. Runs after inlining, when sizes are
    those of the entry, and before anything drops or rewrites ops.

    ```mlir
    func.func @f(%x: tensor<?xf32, <"H">>) {    ==>   func.func @f(...) attributes {program.requirements = [#program.requirement<"H - 8", "slice from 0 to 8 ...
      vae.slice %x {bounds = <0, 8>}                    vae.slice %x {bounds = <0, 8>}
    ```
  }];
  let dependentDialects = ["::vae::program::ProgramDialect"];
}

def VerifyStage : Pass<"vae-verify-stage", "::mlir::ModuleOp"> {
  let summary = "fail where an op outlived its stage";
  let description = [{
    States which ops may exist after each named stage, so that a pass that leaves something behind is found where it happened.
  }];
  let options = [Option<"stage", "stage", "std::string", /*default=*/"", "the stage just finished, one that is a module">];
}

#endif // VAE_PASSES_PASSES_TD
