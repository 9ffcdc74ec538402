// Gradient cases of attention, norms, softmaxes, codes and pools.
#include "tests/ops/values/OpCase.h"

using namespace vae::test;

/// `%y = vae.<op> %a, ... <attributes> : (types) -> result`.
static OpCase call(const std::string &op, const std::vector<std::string> &arguments, const std::string &result,
                   const std::string &attributes = "") {
  std::string names, types;
  for (size_t i = 0; i < arguments.size(); ++i) {
    names += std::string(i ? ", %" : "%") + static_cast<char>('a' + i);
    types += (i ? ", " : "") + arguments[i];
  }
  return {op, arguments, result, "%y = vae." + op + " " + names + " " + attributes + " : (" + types + ") -> " + result};
}

static std::string rows(const std::string &sizes) { return "tensor<" + sizes + "xf64>"; }

std::vector<OpCase> vae::test::normalizationCases() {
  std::string four = rows("4"), picture = rows("2x4x3"), flat = "tensor<f64>";
  std::vector<OpCase> cases = {call("amax", {rows("2x3x4")}, rows("1x3x1"), "{axis = array<i64: 0, -1>, keep = true}"),
                               call("amin", {kBatch}, "tensor<?xf64, #program.shape<\"B\">>", "{axis = array<i64: 1>}"),
                               call("layer_norm", {kBatch, four, four}, kBatch),
                               call("layer_norm", {kBatch}, kBatch, "{eps = 0.1 : f64}"),
                               call("group_norm", {picture, four, four}, picture, "{groups = 2 : i64}"),
                               call("batch_norm", {picture, four, four, four, four}, picture),
                               call("kl_categorical_uniform", {picture}, flat),
                               call("kl_categorical_uniform", {picture}, rows("2x3"), "{reduction = \"none\"}")};
  for (const char *op : {"logistic_nll", "discretized_logistic_nll"})
    cases.push_back(call(op, {picture, picture, picture}, flat));
  cases.push_back(call("laplace_logit_nll", {picture, picture, picture}, flat));
  cases.back().low = 0.05; // x lies in [0, 1]
  cases.back().high = 0.95;
  cases.push_back({"cumsum", {kBatch}, kBatch, "%y = vae.cumsum %a {axis = 0 : i64} : (" + kBatch + ") -> " + kBatch});
  cases[5].low = 0.5; // variances
  cases.push_back(call("rms_norm", {kBatch, four}, kBatch));
  cases.push_back(call("instance_norm", {picture, four, four}, picture));
  cases.push_back(call("logsumexp", {picture}, rows("2x1x3"), "{axis = array<i64: 1>, keep = true}"));
  for (const char *op : {"softmax", "log_softmax"})
    for (const char *axis : {"", " {axis = 0 : i64}"})
      cases.push_back(
          {op, {kBatch}, kBatch, std::string("%y = vae.") + op + " %a" + axis + " : (" + kBatch + ") -> " + kBatch});
  return cases;
}

/// In f64 the op is products of matrices.
std::vector<OpCase> vae::test::attentionCases() {
  std::string q = rows("2x3x4"), k = rows("2x5x4"), shared = rows("2x5x2");
  return {call("attention", {q, k, rows("2x5x6")}, rows("2x3x6"), "{heads = 2 : i64}"),
          call("attention", {q, shared, shared}, q, "{heads = 2 : i64, kv_heads = 1 : i64, causal = true}"),
          call("attention", {q, k, k, rows("2x1x5")}, q, "{heads = 2 : i64, scale = 0.3 : f64}")};
}

std::vector<OpCase> vae::test::discreteCases() {
  std::string codes = "  %k = vae.constant dense<[2, 0, 2]> : tensor<3xi32>\n";
  auto withCodes = [&](OpCase test) {
    size_t first = test.line.find("%a"), types = test.line.find("(tensor");
    test.line.insert(types + 1, "tensor<3xi32>, ");
    test.line.insert(first, "%k, ");
    test.line = codes + "  " + test.line;
    return test;
  };
  OpCase entropy = call("cross_entropy", {rows("3x4")}, "tensor<f64>");
  entropy.line = codes + "  %y = vae.cross_entropy %a, %k : (tensor<3x4xf64>, tensor<3xi32>) -> tensor<f64>";
  return {withCodes(call("lookup", {rows("4x5")}, rows("3x5"))),
          withCodes(call("lookup", {rows("4x5")}, rows("5x3"), "{axis = 0 : i64}")),
          withCodes(call("embedding", {rows("4x5")}, rows("3x5"))),
          entropy,
          call("mix", {rows("2x4x3"), rows("4x5")}, rows("2x5x3")),
          call("mix", {rows("3x4"), rows("4x5")}, rows("3x5"), "{axis = -1 : i64}"),
          {"straight_through",
           {kBatch},
           kBatch,
           "%h = vae.stop_gradient %a : " + kBatch + "\n  %z = vae.straight_through %h, %a : " + kBatch +
               "\n  %y = vae.mul %z, %z : " + kBatch + ", " + kBatch}};
}

std::vector<OpCase> vae::test::poolingCases() {
  std::string picture = rows("2x5x7");
  std::vector<OpCase> cases = {call("pad", {picture}, rows("2x8x10"), "{padding = array<i64: 1, 2, 3, 0>}"),
                               call("upsample_linear", {picture}, rows("2x15x7"), "{axis = 1 : i64, factor = 3 : i64}"),
                               call("upsample_linear", {rows("1")}, rows("4"), "{factor = 4 : i64}")};
  for (const char *mode : {"reflect", "replicate"})
    cases.push_back(call("pad", {picture}, rows("2x8x10"),
                         std::string("{mode = \"") + mode + "\", padding = array<i64: 1, 2, 3, 0>}"));
  cases.push_back(call("pixel_shuffle", {rows("4x3x2")}, rows("1x6x4"), "{factor = 2 : i64}"));
  cases.push_back(call("pixel_unshuffle", {rows("1x6x4")}, rows("4x3x2"), "{factor = 2 : i64}"));
  cases.push_back(call("stack", {picture, picture}, rows("2x2x5x7"), "{axis = 1 : i64}"));
  for (const char *op : {"upsample_nearest", "upsample_bilinear"})
    cases.push_back(call(op, {rows("2x3x2")}, rows("2x6x4"), "{factor = 2 : i64}"));
  for (const char *op : {"avg_pool", "max_pool"}) {
    cases.push_back(call(op, {picture}, rows("2x2x3"), "{kernel = 2 : i64, stride = 2 : i64}"));
    cases.push_back(call(op, {picture}, rows("2x3x5"), "{kernel = 3 : i64, stride = 1 : i64}"));
    cases.push_back(call(op, {picture}, rows("2x2x2"), "{kernel = 2 : i64, stride = 3 : i64}"));
  }
  return cases;
}
