// Elementwise ops: element i of the result is a scalar formula of the operands' elements at i. NaN in any operand that the formula uses gives NaN.
// Integers wrap around.
#ifndef VAE_IR_OPS_ELEMENTWISE_TD
#define VAE_IR_OPS_ELEMENTWISE_TD

include "ir/OpBase.td"

//===-- One operand ------------------------------------------------------------===//

def Vae_ReluOp : Vae_UnaryOp<"relu"> {
  let summary = "rectified linear unit";
  let description = [{ `y = max(x, 0)`. Example: `%y = vae.relu %x : tensor<4x8xf32>`. }];
}

def Vae_SiluOp : Vae_UnaryOp<"silu"> {
  let summary = "sigmoid-weighted linear unit";
  let description = [{ `y = x * sigmoid(x)`. Example: `%y = vae.silu %x : tensor<4x8xf32>`. }];
}

def Vae_TanhOp : Vae_UnaryOp<"tanh"> {
  let summary = "hyperbolic tangent";
  let description = [{ `y = (exp(x) - exp(-x)) / (exp(x) + exp(-x))`. Example: `%y = vae.tanh %x : tensor<4x8xf32>`. }];
}

def Vae_SigmoidOp : Vae_UnaryOp<"sigmoid"> {
  let summary = "logistic function";
  let description = [{ `y = 1 / (1 + exp(-x))`. Example: `%y = vae.sigmoid %x : tensor<4x8xf32>`. }];
}

def Vae_SoftplusOp : Vae_UnaryOp<"softplus"> {
  let summary = "smooth rectifier";
  let description = [{ `y = log(1 + exp(x)), computed as max(x, 0) + log1p(exp(-|x|))`. Example: `%y = vae.softplus %x : tensor<4x8xf32>`. }];
}

def Vae_ErfOp : Vae_UnaryOp<"erf"> {
  let summary = "error function";
  let description = [{ `y = 2 / sqrt(pi) * integral of exp(-t^2) from 0 to x`. Example: `%y = vae.erf %x : tensor<4x8xf32>`. }];
}

def Vae_ExpOp : Vae_UnaryOp<"exp"> {
  let summary = "exponential";
  let description = [{ `y = e^x`. Example: `%y = vae.exp %x : tensor<4x8xf32>`. }];
  let hasFolder = 1;
}

def Vae_LogOp : Vae_UnaryOp<"log"> {
  let summary = "natural logarithm";
  let description = [{ `y = ln(x)`. Example: `%y = vae.log %x : tensor<4x8xf32>`. }];
  let hasFolder = 1;
}

def Vae_SinOp : Vae_UnaryOp<"sin"> {
  let summary = "sine";
  let description = [{
    `y = sin(x)`, x in radians: within 1.5 units in the last place for every finite f32, NaN of an infinity. Example: `%y = vae.sin %x : tensor<4x8xf32>`.
  }];
  let hasFolder = 1;
}

def Vae_CosOp : Vae_UnaryOp<"cos"> {
  let summary = "cosine";
  let description = [{
    `y = cos(x)`, x in radians: within 1.5 units in the last place for every finite f32, NaN of an infinity. Example: `%y = vae.cos %x : tensor<4x8xf32>`.
  }];
  let hasFolder = 1;
}

def Vae_SqrtOp : Vae_UnaryOp<"sqrt"> {
  let summary = "square root";
  let description = [{ `y = x^(1/2)`. Example: `%y = vae.sqrt %x : tensor<4x8xf32>`. }];
  let hasFolder = 1;
}

def Vae_RsqrtOp : Vae_UnaryOp<"rsqrt"> {
  let summary = "one over the square root";
  let description = [{ `y = 1 / sqrt(x)`. Example: `%y = vae.rsqrt %x : tensor<4x8xf32>`. }];
}

def Vae_SquareOp : Vae_UnaryOp<"square", [], "square(x: tensor)", Vae_Tensor> {
  let summary = "square";
  let description = [{ `y = x * x`. Example: `%y = vae.square %x : tensor<4x8xf32>`. }];
  let hasFolder = 1;
}

def Vae_AbsOp : Vae_UnaryOp<"abs", [], "abs(x: tensor)", Vae_Tensor> {
  let summary = "absolute value";
  let description = [{ `y = |x|`. The gradient at 0 is 0. Example: `%y = vae.abs %x : tensor<4x8xf32>`. }];
}

def Vae_SignOp : Vae_UnaryOp<"sign", [], "sign(x: tensor)", Vae_Tensor> {
  let summary = "sign of a number";
  let description = [{
    `y = 1 where x > 0, -1 where x < 0`, else x: 0 of 0, NaN of NaN (where torch.sign gives 0). The gradient is 0. Example: `%y = vae.sign %x : tensor<4x8xf32>`.
  }];
}

def Vae_FloorOp : Vae_UnaryOp<"floor"> {
  let summary = "the greatest integer that is not above";
  let description = [{ `y = floor(x)`, a float. The gradient is 0. Example: `%y = vae.floor %x : tensor<4x8xf32>`. }];
}

def Vae_CeilOp : Vae_UnaryOp<"ceil"> {
  let summary = "the least integer that is not below";
  let description = [{ `y = ceil(x)`, a float. The gradient is 0. Example: `%y = vae.ceil %x : tensor<4x8xf32>`. }];
}

def Vae_RoundOp : Vae_UnaryOp<"round"> {
  let summary = "the nearest integer";
  let description = [{ `y = round(x)`, a float; of two that are equally near, the even one. The gradient is 0. Example: `%y = vae.round %x : tensor<4x8xf32>`. }];
}

def Vae_NegOp : Vae_UnaryOp<"neg", [], "neg(x: tensor)", Vae_Tensor> {
  let summary = "negation";
  let description = [{ `y = -x`. Example: `%y = vae.neg %x : tensor<4x8xf32>`. }];
  let hasFolder = 1;
}

def Vae_LeakyReluOp : Vae_UnaryOp<"leaky_relu", [], "leaky_relu(x: tensor, slope: scalar = 0.01)", Vae_FloatTensor, buildsItself.text> {
  let summary = "rectifier that leaks";
  let description = [{ `y = x where x > 0, else slope * x`; a call with a slope of run time makes this of simpler ops. Example: `%y = vae.leaky_relu %x {slope = 0.2 : f64} : tensor<4x8xf32>`. }];
  let arguments = (ins Vae_FloatTensor:$x, DefaultValuedAttr<F64Attr, "0.01">:$slope);
}

def Vae_GeluOp : Vae_UnaryOp<"gelu", [], "gelu(x: tensor, approximate: string = \"none\")"> {
  let summary = "Gaussian error linear unit";
  let description = [{
    `y = x * (1 + erf(x / sqrt(2))) / 2`; with `approximate = "tanh"`, `y = x * (1 + tanh(sqrt(2 / pi) * (x + 0.044715 * x^3))) / 2`.
    Example: `%y = vae.gelu %x : tensor<4x8xf32>`.
  }];
  let arguments = (ins Vae_FloatTensor:$x, DefaultValuedAttr<StrAttr, "\"none\"">:$approximate);
  let hasVerifier = 1;
}

def Vae_QuickGeluOp : Vae_UnaryOp<"quick_gelu"> {
  let summary = "sigmoid in place of the Gaussian error linear unit";
  let description = [{ `y = x * sigmoid(1.702 * x)`. Example: `%y = vae.quick_gelu %x : tensor<4x8xf32>`. }];
}

def Vae_ClampOp : Vae_UnaryOp<"clamp", [], "clamp(x: tensor, lo: scalar, hi: scalar)", Vae_FloatTensor, buildsItself.text> {
  let summary = "value limited to an interval";
  let description = [{ `y = min(max(x, lo), hi)`; a call with limits of run time makes this of simpler ops. Example: `%y = vae.clamp %x {hi = 2.0e+01 : f64, lo = -3.0e+01 : f64} : tensor<4x8xf32>`. }];
  let arguments = (ins Vae_FloatTensor:$x, F64Attr:$lo, F64Attr:$hi);
  let hasFolder = 1;
  let hasVerifier = 1;
}

def Vae_StopGradientOp : Vae_UnaryOp<"stop_gradient"> {
  let summary = "the operand, through which no gradient flows";
  let description = [{ `y = x`, `dx = 0`. Example: `%y = vae.stop_gradient %x : tensor<4x8xf32>`. }];
}

//===-- Two operands, broadcast --------------------------------------------------===//

def Vae_AddOp : Vae_BinaryOp<"add", [Commutative]> {
  let summary = "sum of two tensors";
  let description = [{ `y = a + b`. Example: `%y = vae.add %a, %b : tensor<4x8xf32>, tensor<8xf32>`. }];
  let hasFolder = 1;
}

def Vae_SubOp : Vae_BinaryOp<"sub"> {
  let summary = "difference of two tensors";
  let description = [{ `y = a - b`. Example: `%y = vae.sub %a, %b : tensor<4x8xf32>, tensor<8xf32>`. }];
  let hasFolder = 1;
}

def Vae_MulOp : Vae_BinaryOp<"mul", [Commutative]> {
  let summary = "product of two tensors, element by element";
  let description = [{ `y = a * b`. Example: `%y = vae.mul %a, %b : tensor<4x8xf32>, tensor<8xf32>`. }];
  let hasFolder = 1;
}

def Vae_DivOp : Vae_BinaryOp<"div"> {
  let summary = "quotient of two tensors";
  let description = [{
    `y = a / b`. Of integers, the greatest that is not above the quotient (`-7 / 2` is -4); 0 where b is 0.
    Example: `%y = vae.div %a, %b : tensor<4x8xf32>, tensor<8xf32>`.
  }];
  let hasFolder = 1;
}

def Vae_ModOp : Vae_BinaryOp<"mod"> {
  let summary = "what a division leaves";
  let description = [{
    `y = a - b * floor(a / b)`: b divides what y leaves of a, and y has the sign of b (`-7 % 2` is 1). Of floats it is exact before that sign is given, NaN
    where b is 0 or a is infinite, a where b is infinite and of its sign, as torch.remainder; of integers, a where b is 0.
    Example: `%y = vae.mod %a, %b : tensor<4x8xi32>, tensor<i32>`.
  }];
}

def Vae_PowOp : Vae_BroadcastingOp<"pow", "pow(a: tensor, b: tensor)"> {
  let summary = "power";
  let description = [{
    `y = a^b`, within 4 units in the last place of an f32. 1 where b is 0 or a is 1, NaN where a < 0 and b is not whole; signs and infinities as C's `pow`.
    The gradient is 0 with respect to a where b is 0, and with respect to b where a is 0 and b is not negative, as torch.pow.
    Example: `%y = vae.pow %a, %b : tensor<4x8xf32>, tensor<f32>`.
  }];
  let arguments = (ins Vae_FloatTensor:$a, Vae_FloatTensor:$b);
  let results = (outs Vae_FloatTensor:$result);
  let assemblyFormat = "$a `,` $b attr-dict `:` type($a) `,` type($b)";
  let hasFolder = 1;
}

def Vae_MinOp : Vae_BinaryOp<"min"> {
  let summary = "the lesser of two tensors' elements";
  let description = [{ `y = min(a, b)`. NaN wins; where both are equal each gets half of the gradient. Example: `%y = vae.min %a, %b : tensor<4x8xf32>, tensor<8xf32>`. }];
}

def Vae_MaxOp : Vae_BinaryOp<"max"> {
  let summary = "the greater of two tensors' elements";
  let description = [{ `y = max(a, b)`. NaN wins; where both are equal each gets half of the gradient. Example: `%y = vae.max %a, %b : tensor<4x8xf32>, tensor<8xf32>`. }];
}

def Vae_GreaterOp : Vae_ComparisonOp<"greater", "OGT"> {
  let summary = "mask of a > b";
  let description = [{ `y = 1 where a > b, else 0`. Example: `%m = vae.greater %a, %b : tensor<4x8xf32>, tensor<f32>`. }];
}

def Vae_GreaterEqualOp : Vae_ComparisonOp<"greater_equal", "OGE"> {
  let summary = "mask of a >= b";
  let description = [{ `y = 1 where a >= b, else 0`. Example: `%m = vae.greater_equal %a, %b : tensor<4x8xf32>, tensor<f32>`. }];
}

def Vae_LessOp : Vae_ComparisonOp<"less", "OLT"> {
  let summary = "mask of a < b";
  let description = [{ `y = 1 where a < b, else 0`. Example: `%m = vae.less %a, %b : tensor<4x8xf32>, tensor<f32>`. }];
}

def Vae_LessEqualOp : Vae_ComparisonOp<"less_equal", "OLE"> {
  let summary = "mask of a <= b";
  let description = [{ `y = 1 where a <= b, else 0`. Example: `%m = vae.less_equal %a, %b : tensor<4x8xf32>, tensor<f32>`. }];
}

def Vae_EqualOp : Vae_ComparisonOp<"equal", "OEQ"> {
  let summary = "mask of a == b";
  let description = [{ `y = 1 where a == b, else 0`. Example: `%m = vae.equal %a, %b : tensor<4x8xf32>, tensor<f32>`. }];
}

def Vae_NotEqualOp : Vae_ComparisonOp<"not_equal", "UNE"> {
  let summary = "mask of a != b";
  let description = [{ `y = 1 where a != b, else 0`. Example: `%m = vae.not_equal %a, %b : tensor<4x8xf32>, tensor<f32>`. }];
}

def Vae_WhereOp : Vae_BroadcastingOp<"where", "where(condition: tensor, a: tensor, b: tensor)", [], "inferWhere"> {
  let summary = "choice between two tensors by a mask";
  let description = [{
    `y = a where condition != 0, else b`. Comparisons give such masks. Example:
    `%y = vae.where %m, %a, %b : tensor<4x8xf32>, tensor<4x8xf32>, tensor<f32>`.
  }];
  let arguments = (ins Vae_FloatTensor:$condition, Vae_Tensor:$a, Vae_Tensor:$b);
  let assemblyFormat = "$condition `,` $a `,` $b attr-dict `:` type($condition) `,` type($a) `,` type($b)";
}

//===-- Element types --------------------------------------------------------------===//

def Vae_CastOp : Vae_BuiltinOp<"cast", "cast(x: tensor, element: element)", [InferTypeOpAdaptor, ScalarBody, Differentiable]> {
  let summary = "the same numbers as another element type";
  let description = [{
    Floats become integers towards zero, beyond the range its nearest end, NaN zero; integers become the nearest float.
    Example: `%y = vae.cast %x {element = f32} : (tensor<4xi32>) -> tensor<4xf32>`.
  }];
  let arguments = (ins Vae_Tensor:$x, Vae_ElementAttr:$element);
  let results = (outs Vae_Tensor:$result);
  let assemblyFormat = "$x attr-dict `:` functional-type(operands, results)";
  let hasFolder = 1;
}

#endif // VAE_IR_OPS_ELEMENTWISE_TD
