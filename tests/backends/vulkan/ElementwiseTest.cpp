// Elementwise kernels on Vulkan against plain loops.
#include "tests/backends/vulkan/KernelRunner.h"
#include "tests/catch.h"
#include <cmath>

using namespace vae::tests;

static const char *scaleText = R"(
program.kernel @scale(%x: tensor<?xf32> {program.sizes = array<i64: 0>}, %s: tensor<f32>, %d0: index)
    -> (tensor<?xf32> {program.sizes = array<i64: 0>}) attributes {form = #program.form<elementwise>, ties = array<i64: -1>} {
  %empty = tensor.empty(%d0) : tensor<?xf32>
  %y = linalg.generic {indexing_maps = [affine_map<(i) -> (i)>, affine_map<(i) -> ()>, affine_map<(i) -> (i)>], iterator_types = ["parallel"]}
      ins(%x, %s : tensor<?xf32>, tensor<f32>) outs(%empty : tensor<?xf32>) attrs = {program.role = "root"} {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %m = arith.mulf %a, %b : f32
    %r = arith.addf %m, %b : f32
    linalg.yield %r : f32
  } -> tensor<?xf32>
  program.yield %y : tensor<?xf32>
})";

TEST_CASE("a one-dimensional kernel of any length multiplies and adds without contraction") {
  KernelRunner runner(scaleText);
  for (int32_t n : {1, 3, 127, 128, 129, 1000, 100000}) {
    std::vector<float> x = randomFloats(n, n);
    Words in = toWords(x), scale = toWords({1.7f}), out(n, 0xffffffff);
    runner.run({&in, &scale, &out}, {n});
    std::vector<float> y = toFloats(out);
    int differences = 0;
    for (int32_t i = 0; i < n; ++i) {
      volatile float product = x[i] * 1.7f;
      differences += y[i] != product + 1.7f;
    }
    CHECK(differences == 0);
  }
}

/// Two results of a [M, N] matrix, one over the first input; other inputs are broadcast or permuted.
static std::string getBroadcastText(const std::string &n) {
  std::string matrix = "tensor<?x" + n + "xf32>", flipped = "tensor<" + n + "x?xf32>",
              id = "affine_map<(i, j) -> (i, j)>";
  bool fixed = n != "?";
  std::string size = fixed ? "-1" : "1", mn = " {program.sizes = array<i64: 0, " + size + ">}";
  return "program.kernel @broadcast(%x: " + matrix + mn + ", %b: tensor<" + n +
         "xf32> {program.sizes = array<i64: " + size +
         ">}, %r: tensor<?x1xf32> {program.sizes = array<i64: 0, -1>}, %t: " + flipped +
         " {program.sizes = array<i64: " + size + ", 0>}, %d0: index" + (fixed ? "" : ", %d1: index") + ") -> (" +
         matrix + mn + ", " + flipped + " {program.sizes = array<i64: " + size +
         ", 0>}) attributes {form = #program.form<elementwise>, ties = array<i64: 0, -1>} {\n  %e0 = tensor.empty(%d0" +
         (fixed ? "" : ", %d1") + ") : " + matrix + "\n  %e1 = tensor.empty(" + (fixed ? "" : "%d1, ") +
         "%d0) : " + flipped + "\n  %y:2 = linalg.generic {indexing_maps = [" + id +
         ", affine_map<(i, j) -> (j)>, affine_map<(i, j) -> (i, 0)>, affine_map<(i, j) -> (j, i)>, " + id +
         ", affine_map<(i, j) -> (j, i)>], iterator_types = [\"parallel\", \"parallel\"]} ins(%x, %b, %r, %t : " +
         matrix + ", tensor<" + n + "xf32>, tensor<?x1xf32>, " + flipped + ") outs(%e0, %e1 : " + matrix + ", " +
         flipped + ") attrs = {program.role = \"root\"} {\n" + R"(
  ^bb0(%a: f32, %c: f32, %d: f32, %f: f32, %o0: f32, %o1: f32):
    %p = arith.mulf %a, %c : f32
    %q = arith.addf %p, %d : f32
    %s = arith.subf %q, %f : f32
    %u = arith.mulf %a, %d : f32
    linalg.yield %s, %u : f32, f32
  } -> ()" +
         matrix + ", " + flipped + ")\n  program.yield %y#0, %y#1 : " + matrix + ", " + flipped + "\n}";
}

static void checkBroadcast(const std::string &text, int32_t m, int32_t n) {
  KernelRunner runner(getBroadcastText(text));
  std::vector<float> x = randomFloats(m * n, 1), b = randomFloats(n, 2), r = randomFloats(m, 3),
                     t = randomFloats(m * n, 4);
  Words inX = toWords(x), inB = toWords(b), inR = toWords(r), inT = toWords(t), out(m * n);
  std::vector<int32_t> sizes = {m};
  if (text == "?")
    sizes.push_back(n);
  runner.run({&inX, &inB, &inR, &inT, &out}, sizes);
  std::vector<float> y = toFloats(inX), z = toFloats(out);
  int differences = 0;
  for (int32_t i = 0; i < m; ++i)
    for (int32_t j = 0; j < n; ++j) {
      volatile float product = x[i * n + j] * b[j], sum = product + r[i];
      differences += y[i * n + j] != sum - t[j * m + i];
      differences += z[j * m + i] != x[i * n + j] * r[i];
    }
  INFO(m << " x " << n);
  CHECK(differences == 0);
}

TEST_CASE("broadcast and permuted inputs, two results, one in place") {
  for (int32_t n : {1, 3, 20, 33, 784})
    for (int32_t m : {1, 7, 130}) {
      checkBroadcast(std::to_string(n), m, n);
      checkBroadcast("?", m, n);
    }
}

TEST_CASE("a kernel of rank 0") {
  KernelRunner runner(R"(
program.kernel @half(%x: tensor<f32>) -> tensor<f32> attributes {form = #program.form<elementwise>, ties = array<i64: -1>} {
  %empty = tensor.empty() : tensor<f32>
  %y = linalg.generic {indexing_maps = [affine_map<() -> ()>, affine_map<() -> ()>], iterator_types = []}
      ins(%x : tensor<f32>) outs(%empty : tensor<f32>) attrs = {program.role = "root"} {
  ^bb0(%a: f32, %o: f32):
    %half = arith.constant 0.5 : f32
    %r = arith.mulf %a, %half : f32
    linalg.yield %r : f32
  } -> tensor<f32>
  program.yield %y : tensor<f32>
})");
  Words in = toWords({3.0f}), out(1);
  runner.run({&in, &out}, {});
  CHECK(toFloats(out)[0] == 1.5f);
}

/// A kernel from one [N] input to one [N] result with the given body, from %a to %r.
static std::string getUnaryText(const std::string &n, const std::string &body) {
  std::string type = "tensor<" + n + "xf32>", sizes = n == "?" ? "0" : "-1", size = n == "?" ? ", %d0: index" : "";
  return "program.kernel @unary(%x: " + type + " {program.sizes = array<i64: " + sizes + ">}" + size + ") -> (" + type +
         " {program.sizes = array<i64: " + sizes +
         ">}) attributes {form = #program.form<elementwise>, ties = array<i64: -1>} {\n  %empty = tensor.empty(" +
         (n == "?" ? "%d0" : "") + ") : " + type +
         "\n  %y = linalg.generic {indexing_maps = [affine_map<(i) -> (i)>, affine_map<(i) -> (i)>], iterator_types = "
         "[\"parallel\"]} ins(%x : " +
         type + ") outs(%empty : " + type + ") attrs = {program.role = \"root\"} {\n  ^bb0(%a: f32, %o: f32):\n" +
         body + "    linalg.yield %r : f32\n  } -> " + type + "\n  program.yield %y : " + type + "\n}";
}

TEST_CASE("rounding by a large constant is not simplified away") {
  std::string body =
      "    %c = arith.constant 12582912.0 : f32\n    %s = arith.addf %a, %c : f32\n    %r = arith.subf %s, %c : f32\n";
  for (std::string n : {"?", "1000"}) {
    KernelRunner runner(getUnaryText(n, body));
    std::vector<float> x = randomFloats(1000, 1);
    for (float &value : x)
      value *= 1000;
    Words in = toWords(x), out(1000);
    runner.run({&in, &out}, n == "?" ? std::vector<int32_t>{1000} : std::vector<int32_t>{});
    std::vector<float> y = toFloats(out);
    int differences = 0;
    for (int i = 0; i < 1000; ++i)
      differences += y[i] != std::nearbyint(x[i]);
    CHECK(differences == 0);
  }
}

// A product with a constant zero is left out: lavapipe makes it zero for infinities and NaN too.
TEST_CASE("comparisons, selections and NaN, infinities and zeros of both signs") {
  struct Case {
    const char *body;
    float (*reference)(float);
  };
  Case cases[] = {
      {"    %z = arith.constant 0.0 : f32\n    %c = arith.cmpf ole, %a, %z : f32\n    %r = arith.select %c, %z, %a : "
       "f32\n",
       [](float a) { return a <= 0 ? 0.0f : a; }},
      {"    %z = arith.constant 0.0 : f32\n    %c = arith.cmpf ogt, %a, %z : f32\n    %r = arith.select %c, %a, %z : "
       "f32\n",
       [](float a) { return a > 0 ? a : 0.0f; }},
      {"    %z = arith.constant 1.0 : f32\n    %c = arith.cmpf olt, %a, %z : f32\n    %r = arith.select %c, %a, %z : "
       "f32\n",
       [](float a) { return a < 1 ? a : 1.0f; }},
      {"    %z = arith.constant 1.0 : f32\n    %c = arith.cmpf ugt, %a, %z : f32\n    %r = arith.select %c, %a, %z : "
       "f32\n",
       [](float a) { return !(a <= 1) ? a : 1.0f; }},
      {"    %r = arith.subf %a, %a : f32\n", [](float a) { return a - a; }},
      {"    %r = arith.divf %a, %a : f32\n", [](float a) { return a / a; }},
      {"    %z = arith.constant 1.0 : f32\n    %r = arith.maximumf %a, %z : f32\n",
       [](float a) { return std::isnan(a) ? a : std::max(a, 1.0f); }},
      {"    %z = arith.constant 1.0 : f32\n    %r = arith.minimumf %a, %z : f32\n",
       [](float a) { return std::isnan(a) ? a : std::min(a, 1.0f); }},
      {"    %r = math.floor %a : f32\n", [](float a) { return std::floor(a); }},
      {"    %r = math.absf %a : f32\n", [](float a) { return std::abs(a); }},
      {"    %r = math.sqrt %a : f32\n", [](float a) { return std::sqrt(a); }},
      {"    %r = arith.negf %a : f32\n", [](float a) { return -a; }},
      {"    %i = arith.fptosi %a : f32 to i32\n    %r = arith.sitofp %i : i32 to f32\n",
       [](float a) { return std::abs(a) < 1e9f ? static_cast<float>(static_cast<int32_t>(a)) : NAN; }},
  };
  std::vector<float> x = {0.0f, -0.0f, 1.0f, -1.0f, 2.5f, -2.5f, INFINITY, -INFINITY, NAN, 1e-38f, 1e30f, 0.99999994f};
  for (const Case &test : cases)
    for (std::string n : {"?", "12"}) {
      KernelRunner runner(getUnaryText(n, test.body));
      Words in = toWords(x), out(12);
      runner.run({&in, &out}, n == "?" ? std::vector<int32_t>{12} : std::vector<int32_t>{});
      std::vector<float> y = toFloats(out);
      for (size_t i = 0; i < x.size(); ++i) {
        float expected = test.reference(x[i]);
        if (!std::isfinite(expected) && std::string(test.body).find("fptosi") != std::string::npos)
          continue; // out of range: any integer
        INFO(test.body << "of " << x[i] << ": " << y[i] << ", expected " << expected);
        CHECK((std::isnan(expected) ? std::isnan(y[i])
                                    : y[i] == expected && (y[i] != 0 || std::signbit(y[i]) == std::signbit(expected))));
      }
    }
}

//===-- Random numbers and tables -----------------------------------------------===//

static std::array<uint32_t, 4> philox(std::array<uint32_t, 4> counter, std::array<uint32_t, 2> key) {
  for (int round = 0; round < 10; ++round) {
    uint64_t a = uint64_t(0xD2511F53) * counter[0], b = uint64_t(0xCD9E8D57) * counter[2];
    counter = {uint32_t(b >> 32) ^ counter[1] ^ key[0], uint32_t(b), uint32_t(a >> 32) ^ counter[3] ^ key[1],
               uint32_t(a)};
    key = {key[0] + 0x9E3779B9, key[1] + 0xBB67AE85};
  }
  return counter;
}

/// Philox4x32-10 of (index / 4, 0, step, 7) under the seed, then a table entry by the top bits.
static std::string getPhiloxText(int64_t columns) {
  std::string type = "tensor<?x" + std::to_string(columns) + "xf32>",
              rng = "%rng: tensor<4xi32>, %table: tensor<256xf32>", body;
  auto line = [&](const std::string &text) { body += "    " + text + "\n"; };
  line("%k0_0 = tensor.extract %rng[%c0] : tensor<4xi32>");
  line("%k1_0 = tensor.extract %rng[%c1] : tensor<4xi32>");
  line("%x2_0 = tensor.extract %rng[%c2] : tensor<4xi32>");
  for (int round = 0; round < 10; ++round) {
    auto at = [&](const std::string &name, int next = 0) { return "%" + name + "_" + std::to_string(round + next); };
    line(at("al") + ", " + at("ah") + " = arith.mului_extended " + at("x0") + ", %m0 : i32");
    line(at("bl") + ", " + at("bh") + " = arith.mului_extended " + at("x2") + ", %m1 : i32");
    line(at("u") + " = arith.xori " + at("bh") + ", " + at("x1") + " : i32");
    line(at("x0", 1) + " = arith.xori " + at("u") + ", " + at("k0") + " : i32");
    line(at("v") + " = arith.xori " + at("ah") + ", " + at("x3") + " : i32");
    line(at("x2", 1) + " = arith.xori " + at("v") + ", " + at("k1") + " : i32");
    line(at("x1", 1) + " = arith.addi " + at("bl") + ", %zero : i32");
    line(at("x3", 1) + " = arith.addi " + at("al") + ", %zero : i32");
    line(at("k0", 1) + " = arith.addi " + at("k0") + ", %w0 : i32");
    line(at("k1", 1) + " = arith.addi " + at("k1") + ", %w1 : i32");
  }
  return "program.kernel @philox(" + rng + ", %d0: index) -> (" + type +
         " {program.sizes = array<i64: 0, -1>}) attributes {form = #program.form<elementwise>, ties = array<i64: -1>} "
         "{\n" +
         "  %empty = tensor.empty(%d0) : " + type +
         "\n  %y = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>], " +
         "iterator_types = [\"parallel\", \"parallel\"]} outs(%empty : " + type +
         ") attrs = {program.role = \"root\"} {\n  ^bb0(%o: f32):\n" + R"(
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c2 = arith.constant 2 : index
    %zero = arith.constant 0 : i32
    %one = arith.constant 1 : i32
    %two = arith.constant 2 : i32
    %four = arith.constant 4 : i32
    %eight = arith.constant 8 : i32
    %m0 = arith.constant 0xD2511F53 : i32
    %m1 = arith.constant 0xCD9E8D57 : i32
    %w0 = arith.constant 0x9E3779B9 : i32
    %w1 = arith.constant 0xBB67AE85 : i32
    %top = arith.constant 24 : i32
    %scale = arith.constant 5.9604644775390625e-8 : f32
    %i = linalg.index 0 : index
    %j = linalg.index 1 : index
    %width = arith.constant )" +
         std::to_string(columns) + R"( : index
    %row = arith.muli %i, %width : index
    %flat = arith.addi %row, %j : index
    %n = arith.index_cast %flat : index to i32
    %x0_0 = arith.divui %n, %four : i32
    %lane = arith.remui %n, %four : i32
    %x1_0 = arith.constant 0 : i32
    %x3_0 = arith.constant 7 : i32
)" + body +
         R"(
    %is0 = arith.cmpi eq, %lane, %zero : i32
    %is1 = arith.cmpi eq, %lane, %one : i32
    %is2 = arith.cmpi eq, %lane, %two : i32
    %r2 = arith.select %is2, %x2_10, %x3_10 : i32
    %r1 = arith.select %is1, %x1_10, %r2 : i32
    %r0 = arith.select %is0, %x0_10, %r1 : i32
    %bits = arith.shrui %r0, %eight : i32
    %f = arith.uitofp %bits : i32 to f32
    %uniform = arith.mulf %f, %scale : f32
    %segment = arith.shrui %r0, %top : i32
    %position = arith.index_castui %segment : i32 to index
    %entry = tensor.extract %table[%position] : tensor<256xf32>
    %r = arith.addf %uniform, %entry : f32
    linalg.yield %r : f32
  } -> )" +
         type + "\n  program.yield %y : " + type + "\n}";
}

TEST_CASE("Philox from the index, the seed and a table, to the bit") {
  // Random123's known answer for all zero, so that the reference itself is checked.
  CHECK(philox({0, 0, 0, 0}, {0, 0}) == std::array<uint32_t, 4>{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8});
  for (int64_t columns : {20, 33}) {
    KernelRunner runner(getPhiloxText(columns));
    std::vector<float> table = randomFloats(256, 1);
    Words rng = {0x12345678, 0x9abcdef0, 5, 0}, entries = toWords(table), out(130 * columns);
    runner.run({&rng, &entries, &out}, {130});
    std::vector<float> y = toFloats(out);
    int differences = 0;
    for (uint32_t i = 0; i < y.size(); ++i) {
      uint32_t r = philox({i / 4, 0, 5, 7}, {rng[0], rng[1]})[i % 4];
      differences += y[i] != static_cast<float>(r >> 8) * 0x1p-24f + table[r >> 24];
    }
    CHECK(differences == 0);
  }
}
