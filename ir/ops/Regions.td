// Ops that hold others: loops, and groups, which only passes create.
#ifndef VAE_IR_OPS_REGIONS_TD
#define VAE_IR_OPS_REGIONS_TD

include "ir/OpBase.td"

def Vae_LoopOp : Vae_Op<"loop", [RecursiveMemoryEffects, SingleBlock]> {
  let numbers = "tests/e2e/loops.py";
  let summary = "a body that runs many times, each time on what it made before";
  let description = [{
    Runs the body `count` times, a size or 0. Its first argument is the number of the turn, from 0; the others start as `initial` and become what the body
    yields. The body sees all values around it. No gradient is defined. Gone after stage `grad`: each body is a function of its own then.

    ```mlir
    %y = vae.loop "H*W" carrying (%x) {
    ^bb0(%turn: tensor<i32>, %old: tensor<4xf32>):
      %new = vae.relu %old : tensor<4xf32>
      vae.yield %new : tensor<4xf32>
    } : (tensor<4xf32>) -> tensor<4xf32>
    ```
  }];
  let arguments = (ins StrAttr:$count, Variadic<Vae_Tensor>:$initial);
  let results = (outs Variadic<Vae_Tensor>:$results);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = "$count `carrying` `(` $initial `)` attr-dict-with-keyword $body `:` functional-type($initial, $results)";
  let hasVerifier = 1;
  let extraClassDeclaration = [{
    /// The number of the turn.
    ::mlir::BlockArgument getTurn() { return getBody().front().getArgument(0); }
    /// What the body starts a turn from.
    ::mlir::Block::BlockArgListType getCarried() { return getBody().front().getArguments().drop_front(); }
    YieldOp getYield();
  }];
}

def Vae_GroupOp : Vae_Op<"group", [RecursiveMemoryEffects, SingleBlock, NoRegionArguments]> {
  let numbers = "none: it holds ops, and computes what they do";
  let summary = "ops that become one kernel";
  let description = [{
    The body sees all values around it; what leaves is yielded.

    ```mlir
    %y = vae.group {
      %p = vae.matmul %x, %w {transpose_b = true} : (tensor<4x8xf32>, tensor<16x8xf32>) -> tensor<4x16xf32>
      %s = vae.add %p, %b : tensor<4x16xf32>, tensor<16xf32>
      vae.yield %s : tensor<4x16xf32>
    } : tensor<4x16xf32>
    ```
  }];
  let results = (outs Variadic<Vae_Tensor>:$results);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = "attr-dict-with-keyword $body (`:` type($results)^)?";
  let hasVerifier = 1;
}

def Vae_YieldOp : Vae_Op<"yield", [Pure, Terminator, ReturnLike, ParentOneOf<["GroupOp", "LoopOp"]>]> {
  let numbers = "none: it names results";
  let summary = "the results of a group, or of one turn of a loop";
  let description = [{ Example: `vae.yield %y : tensor<4x8xf32>`. }];
  let arguments = (ins Variadic<Vae_Tensor>:$results);
  let assemblyFormat = "attr-dict ($results^ `:` type($results))?";
}

#endif // VAE_IR_OPS_REGIONS_TD
