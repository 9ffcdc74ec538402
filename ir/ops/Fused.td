// Ops that only passes create.
#ifndef VAE_IR_OPS_FUSED_TD
#define VAE_IR_OPS_FUSED_TD

include "ir/OpBase.td"

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

#endif // VAE_IR_OPS_FUSED_TD
