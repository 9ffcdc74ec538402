// Matrix products on Vulkan against plain loops in double precision.
#include "tests/backends/vulkan/KernelRunner.h"
#include "tests/catch.h"
#include <cmath>

using namespace vae::tests;

namespace {

/// A product of run-time or fixed sizes (0: run-time) with the sides in either order.
struct Product {
  int64_t m = 0, n = 0, k = 0;
  bool lhsTransposed = false, rhsTransposed = true, panels = false;
  std::string epilogue = ""; // or "relu", "adam"
};

/// Text of the parts of a kernel; run-time sizes are numbered m, n, k.
class ProductText {
public:
  explicit ProductText(const Product &product) : product(product) {}
  std::string get() const;

private:
  bool isRuntime(char loop) const { return fixed(loop) == 0; }
  int64_t fixed(char loop) const { return loop == 'm' ? product.m : loop == 'n' ? product.n : product.k; }
  int index(char loop) const;
  std::string type(const std::string &loops) const;
  std::string sizes(const std::string &loops) const;
  std::string empty(const std::string &name, const std::string &loops) const;
  std::string map(const std::string &loops, const std::string &results) const;
  std::string epilogue() const;

  Product product;
};

} // namespace

int ProductText::index(char loop) const {
  int result = 0;
  for (char other : std::string("mnk"))
    if (other == loop)
      break;
    else
      result += isRuntime(other);
  return isRuntime(loop) ? result : -1;
}

std::string ProductText::type(const std::string &loops) const {
  std::string text = "tensor<";
  for (char loop : loops)
    text += (isRuntime(loop) ? "?" : std::to_string(fixed(loop))) + "x";
  return text + "f32>";
}

std::string ProductText::sizes(const std::string &loops) const {
  std::string text = "program.sizes = array<i64";
  for (size_t i = 0; i < loops.size(); ++i)
    text += (i ? ", " : ": ") + std::to_string(index(loops[i]));
  return text + ">";
}

std::string ProductText::empty(const std::string &name, const std::string &loops) const {
  std::string arguments;
  for (char loop : loops)
    if (isRuntime(loop))
      arguments += (arguments.empty() ? "%d" : ", %d") + std::to_string(index(loop));
  return "  %" + name + " = tensor.empty(" + arguments + ") : " + type(loops) + "\n";
}

std::string ProductText::map(const std::string &loops, const std::string &results) const {
  auto list = [](const std::string &letters) {
    std::string text;
    for (char letter : letters)
      text += (text.empty() ? "" : ", ") + std::string(1, letter);
    return "(" + text + ")";
  };
  return "affine_map<" + list(loops) + " -> " + list(results) + ">";
}

/// relu: max(acc + bias, 0) by comparison, and the sum before it as a second result. adam: a weight and two moments
/// updated in place.
std::string ProductText::epilogue() const {
  std::string mn = type("mn"), id = map("mn", "mn");
  if (product.epilogue == "relu")
    return "  %y:2 = linalg.generic {indexing_maps = [" + id + ", " + map("mn", "n") + ", " + id + ", " + id +
           "], iterator_types = [\"parallel\", \"parallel\"]} ins(%acc, %bias : " + mn + ", " + type("n") +
           ") outs(%e0, %e1 : " + mn + ", " + mn + ") attrs = {program.role = \"epilogue\"} {\n" + R"(
  ^bb0(%a: f32, %b: f32, %o0: f32, %o1: f32):
    %zero1 = arith.constant 0.0 : f32
    %s = arith.addf %a, %b : f32
    %c = arith.cmpf ole, %s, %zero1 : f32
    %r = arith.select %c, %zero1, %s : f32
    linalg.yield %r, %s : f32, f32
  } -> ()" +
           mn + ", " + mn + ")\n  program.yield %y#0, %y#1 : " + mn + ", " + mn + "\n";
  return "  %y:3 = linalg.generic {indexing_maps = [" + id + ", " + id + ", " + id + ", " + id + ", " + map("mn", "") +
         ", " + id + ", " + id + ", " + id +
         "], iterator_types = [\"parallel\", \"parallel\"]} ins(%acc, %p, %m1, %m2, %lr : " + mn + ", " + mn + ", " +
         mn + ", " + mn + ", tensor<f32>) outs(%e0, %e1, %e2 : " + mn + ", " + mn + ", " + mn +
         ") attrs = {program.role = \"epilogue\"} {\n" + R"(
  ^bb0(%g: f32, %weight: f32, %a: f32, %b: f32, %rate: f32, %o0: f32, %o1: f32, %o2: f32):
    %b1 = arith.constant 0.9 : f32
    %c1 = arith.constant 0.1 : f32
    %b2 = arith.constant 0.99 : f32
    %c2 = arith.constant 0.01 : f32
    %eps = arith.constant 1.0e-3 : f32
    %a0 = arith.mulf %a, %b1 : f32
    %a1 = arith.mulf %g, %c1 : f32
    %an = arith.addf %a0, %a1 : f32
    %gg = arith.mulf %g, %g : f32
    %v0 = arith.mulf %b, %b2 : f32
    %v1 = arith.mulf %gg, %c2 : f32
    %vn = arith.addf %v0, %v1 : f32
    %root = math.sqrt %vn : f32
    %d = arith.addf %root, %eps : f32
    %q = arith.divf %an, %d : f32
    %u = arith.mulf %q, %rate : f32
    %wn = arith.subf %weight, %u : f32
    linalg.yield %wn, %an, %vn : f32, f32, f32
  } -> ()" +
         mn + ", " + mn + ", " + mn + ")\n  program.yield %y#0, %y#1, %y#2 : " + mn + ", " + mn + ", " + mn + "\n";
}

std::string ProductText::get() const {
  std::string lhs = product.lhsTransposed ? "km" : "mk", rhs = product.rhsTransposed ? "nk" : "kn", mn = type("mn");
  auto argument = [&](const std::string &name, const std::string &loops, const std::string &more = "") {
    return "%" + name + ": " + type(loops) + " {" + sizes(loops) + more + "}, ";
  };
  std::string text = "program.kernel @product(" + argument("x", lhs) +
                     argument("w", rhs, product.panels ? ", program.layout = #program.layout<panels32>" : "");
  std::string result = mn + " {" + sizes("mn") + "}", results = result, ties = "-1";
  if (product.epilogue == "relu") {
    text += argument("bias", "n");
    results += ", " + result;
    ties = "-1, -1";
  } else if (product.epilogue == "adam") {
    text += argument("p", "mn") + argument("m1", "mn") + argument("m2", "mn") + "%lr: tensor<f32>, ";
    results += ", " + result + ", " + result;
    ties = "2, 3, 4";
  }
  for (char loop : std::string("mnk"))
    if (isRuntime(loop))
      text += "%d" + std::to_string(index(loop)) + ": index, ";
  text.resize(text.size() - 2);
  text +=
      ") -> (" + results + ") attributes {form = #program.form<gemm, k = 2, m = 0, n = 1>, ties = array<i64: " + ties +
      ">} {\n  %zero = arith.constant 0.0 : f32\n" + empty("e", "mn") + empty("e0", "mn") + empty("e1", "mn") +
      empty("e2", "mn") + "  %init = linalg.fill ins(%zero : f32) outs(%e : " + mn + ") -> " + mn +
      "\n  %acc = linalg.generic {indexing_maps = [" + map("mnk", lhs) + ", " + map("mnk", rhs) + ", " +
      map("mnk", "mn") + "], iterator_types = [\"parallel\", \"parallel\", \"reduction\"]} ins(%x, %w : " + type(lhs) +
      ", " + type(rhs) + ") outs(%init : " + mn + ") attrs = {program.role = \"root\"} {\n" + R"(
  ^bb0(%a: f32, %b: f32, %s: f32):
    %t = arith.mulf %a, %b : f32
    %u = arith.addf %s, %t : f32
    linalg.yield %u : f32
  } -> )" +
      mn + "\n";
  return text + (product.epilogue.empty() ? "  program.yield %acc : " + mn + "\n" : epilogue()) + "}";
}

static std::vector<float> transpose(const std::vector<float> &matrix, int64_t rows, int64_t columns) {
  std::vector<float> result(matrix.size());
  for (int64_t i = 0; i < rows; ++i)
    for (int64_t j = 0; j < columns; ++j)
      result[j * rows + i] = matrix[i * columns + j];
  return result;
}

namespace {

/// Random sides of one size, as buffers, and their product in double precision.
struct Sides {
  Sides(const Product &product, int64_t m, int64_t n, int64_t k);
  Words lhs, rhs;
  std::vector<double> expected;
  std::vector<int32_t> sizes;
};

} // namespace

Sides::Sides(const Product &product, int64_t m, int64_t n, int64_t k) : expected(m * n) {
  std::vector<float> x = randomFloats(m * k, m + k), w = randomFloats(n * k, n + 2 * k);
  for (int64_t i = 0; i < m; ++i)
    for (int64_t j = 0; j < n; ++j)
      for (int64_t l = 0; l < k; ++l)
        expected[i * n + j] += double(x[i * k + l]) * w[j * k + l];
  lhs = toWords(product.lhsTransposed ? transpose(x, m, k) : x);
  rhs = toWords(product.panels ? toPanels(w, n, k) : product.rhsTransposed ? w : transpose(w, n, k));
  for (auto [fixed, value] : {std::pair(product.m, m), std::pair(product.n, n), std::pair(product.k, k)})
    if (fixed == 0)
      sizes.push_back(static_cast<int32_t>(value));
}

static void checkProduct(const Product &product, const std::vector<int64_t> &ms, const std::vector<int64_t> &ns,
                         const std::vector<int64_t> &ks, uint32_t cut = 65535) {
  KernelRunner runner(ProductText(product).get());
  for (int64_t m : ms)
    for (int64_t n : ns)
      for (int64_t k : ks) {
        Sides sides(product, m, n, k);
        Words out(m * n, 0xffffffff);
        runner.run({&sides.lhs, &sides.rhs, &out}, sides.sizes, cut);
        INFO(m << " x " << n << " x " << k << (product.lhsTransposed ? ", (k, m)" : ", (m, k)")
               << (product.rhsTransposed ? " (n, k)" : " (k, n)"));
        CHECK(maxError(toFloats(out), sides.expected, std::sqrt(k)) < 2e-6);
      }
}

static const std::vector<int64_t> ms = {1, 4, 5, 7, 12, 13, 64, 130}, ns = {1, 3, 20, 31, 32, 33, 500, 784},
                                  ks = {1, 5, 20, 784};

TEST_CASE("products of run-time sizes, sides in all orders") {
  for (bool lhsTransposed : {false, true})
    for (bool rhsTransposed : {false, true}) {
      checkProduct({0, 0, 0, lhsTransposed, rhsTransposed}, ms, ns, {1, 5, 20});
      checkProduct({0, 0, 0, lhsTransposed, rhsTransposed}, {1, 13}, {31, 32}, {784});
    }
}

TEST_CASE("a product with panels of run-time sizes") {
  checkProduct({0, 0, 0, false, true, true}, ms, {1, 31, 32, 33, 500}, {1, 5, 20});
}

TEST_CASE("products of fixed n and k, as a layer has them") {
  for (int64_t n : {1, 3, 20, 33, 784})
    for (int64_t k : {5, 20})
      for (bool panels : {false, true})
        checkProduct({0, n, k, false, true, panels}, {1, 7, 64, 130}, {n}, {k});
  checkProduct({0, 512, 784, false, true, true}, {1, 64}, {512}, {784});
}

TEST_CASE("products as a layer's backward pass has them") {
  for (auto [out, in] : {std::pair<int64_t, int64_t>(20, 33), {512, 20}, {33, 20}, {20, 784}}) {
    checkProduct({0, in, out, false, false}, {1, 13, 64}, {in}, {out}); // gradient of the input: (b, out) x (out, in)
    checkProduct({out, in, 0, true, false}, {out}, {in}, {1, 13, 64});  // gradient of the weight: (b, out) x (b, in)
  }
}

TEST_CASE("a product deeper than lavapipe has rounds for") {
  constexpr int32_t depth = 70001;
  KernelRunner runner(ProductText({4, 4, 0, true, false}).get());
  Words ones = toWords(std::vector<float>(4 * depth, 1)), same = ones, out(16, 0xffffffff);
  runner.run({&ones, &same, &out}, {depth});
  CHECK(toFloats(out) == std::vector<float>(16, depth));
}

TEST_CASE("a product whose grid is cut") {
  checkProduct({}, {130}, {500}, {20}, 1);
  checkProduct({}, {130}, {500}, {20}, 2);
}

TEST_CASE("a product with bias and relu, both values kept") {
  for (int64_t fixed : {0, 20, 33}) {
    KernelRunner runner(ProductText({0, fixed, fixed, false, true, fixed > 0, "relu"}).get());
    for (int64_t m : {1, 7, 64}) {
      int64_t n = fixed ? fixed : 31, k = fixed ? fixed : 5;
      Sides sides({0, fixed, fixed, false, true, fixed > 0, ""}, m, n, k);
      std::vector<float> bias = randomFloats(n, 5);
      bias[0] = NAN;
      Words in = toWords(bias), relu(m * n), sum(m * n);
      runner.run({&sides.lhs, &sides.rhs, &in, &relu, &sum}, sides.sizes);
      std::vector<double> expected = sides.expected;
      for (int64_t i = 0; i < m * n; ++i)
        expected[i] += bias[i % n];
      CHECK(maxError(toFloats(sum), expected, std::sqrt(k)) < 2e-6);
      for (double &value : expected)
        value = value <= 0 ? 0 : value;
      CHECK(maxError(toFloats(relu), expected, std::sqrt(k)) < 2e-6);
    }
  }
}

TEST_CASE("a product whose epilogue updates a weight and its moments in place") {
  for (auto [m, n] : {std::pair<int64_t, int64_t>(20, 32), {512, 20}, {5, 33}}) {
    KernelRunner runner(ProductText({m, n, 0, true, false, false, "adam"}).get());
    int64_t k = 13;
    Sides sides({m, n, 0, true, false}, m, n, k);
    std::vector<float> p = randomFloats(m * n, 1), a = randomFloats(m * n, 2), b = randomFloats(m * n, 3);
    for (float &value : b)
      value = std::abs(value);
    Words weight = toWords(p), first = toWords(a), second = toWords(b), rate = toWords({0.125f});
    runner.run({&sides.lhs, &sides.rhs, &weight, &first, &second, &rate}, sides.sizes);
    std::vector<double> weights(m * n), firsts(m * n), seconds(m * n);
    for (int64_t i = 0; i < m * n; ++i) {
      double g = sides.expected[i];
      firsts[i] = 0.9 * a[i] + 0.1 * g;
      seconds[i] = 0.99 * b[i] + 0.01 * g * g;
      weights[i] = p[i] - 0.125 * firsts[i] / (std::sqrt(seconds[i]) + 1e-3);
    }
    CHECK(maxError(toFloats(first), firsts, 1) < 2e-6);
    CHECK(maxError(toFloats(second), seconds, 1) < 2e-6);
    CHECK(maxError(toFloats(weight), weights, 1) < 1e-5);
  }
}

/// Both sides pass through a prologue: the left one is a relu of (x + offset over k), the right one a product of two
/// factors.
static std::string getPrologueText(const std::string &n, const std::string &k) {
  std::string x = "tensor<?x" + k + "xf32>", w = "tensor<" + n + "x" + k + "xf32>", out = "tensor<?x" + n + "xf32>",
              o = "tensor<" + k + "xf32>";
  std::string id = "affine_map<(i, j) -> (i, j)>", sizes = " {program.sizes = array<i64: 0, -1>}";
  return "program.kernel @prologue(%x: " + x + sizes + ", %o: " + o + ", %w: " + w + ", %v: " + w +
         ", %d0: index) -> (" + out + sizes +
         ") attributes {form = #program.form<gemm, k = 2, m = 0, n = 1>, ties = array<i64: -1>} {\n  %zero = "
         "arith.constant 0.0 : f32\n  %e = tensor.empty(%d0) : " +
         out + "\n  %ex = tensor.empty(%d0) : " + x + "\n  %ew = tensor.empty() : " + w +
         "\n  %init = linalg.fill ins(%zero : f32) outs(%e : " + out + ") -> " + out +
         "\n  %l = linalg.generic {indexing_maps = [" + id + ", affine_map<(i, j) -> (j)>, " + id +
         "], iterator_types = [\"parallel\", \"parallel\"]} ins(%x, %o : " + x + ", " + o + ") outs(%ex : " + x +
         ") attrs = {program.role = \"prologue\"} {\n" + R"(
  ^bb0(%a: f32, %b: f32, %c: f32):
    %z = arith.constant 0.0 : f32
    %s = arith.addf %a, %b : f32
    %p = arith.cmpf ole, %s, %z : f32
    %r = arith.select %p, %z, %s : f32
    linalg.yield %r : f32
  } -> )" +
         x + "\n  %r = linalg.generic {indexing_maps = [" + id + ", " + id + ", " + id +
         "], iterator_types = [\"parallel\", \"parallel\"]} ins(%w, %v : " + w + ", " + w + ") outs(%ew : " + w +
         ") attrs = {program.role = \"prologue\"} {\n" + R"(
  ^bb0(%a: f32, %b: f32, %c: f32):
    %i = linalg.index 0 : index
    %n = arith.index_cast %i : index to i32
    %f = arith.sitofp %n : i32 to f32
    %s = arith.mulf %a, %b : f32
    %t = arith.mulf %s, %f : f32
    linalg.yield %t : f32
  } -> )" +
         w +
         "\n  %y = linalg.generic {indexing_maps = [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (n, k)>, "
         "affine_map<(m, n, k) -> (m, n)>], " +
         "iterator_types = [\"parallel\", \"parallel\", \"reduction\"]} ins(%l, %r : " + x + ", " + w +
         ") outs(%init : " + out + ") attrs = {program.role = \"root\"} {\n" + R"(
  ^bb0(%a: f32, %b: f32, %c: f32):
    %t = arith.mulf %a, %b : f32
    %u = arith.addf %c, %t : f32
    linalg.yield %u : f32
  } -> )" +
         out + "\n  program.yield %y : " + out + "\n}";
}

TEST_CASE("a product whose sides pass through prologues") {
  for (auto [n, k] : {std::pair<int64_t, int64_t>(20, 12), {33, 5}, {7, 784}, {64, 3}}) {
    KernelRunner runner(getPrologueText(std::to_string(n), std::to_string(k)));
    for (int64_t m : {1, 13}) {
      std::vector<float> x = randomFloats(m * k, 1), o = randomFloats(k, 2), w = randomFloats(n * k, 3),
                         v = randomFloats(n * k, 4);
      Words inX = toWords(x), inO = toWords(o), inW = toWords(w), inV = toWords(v), out(m * n);
      runner.run({&inX, &inO, &inW, &inV, &out}, {static_cast<int32_t>(m)});
      std::vector<double> expected(m * n);
      for (int64_t i = 0; i < m; ++i)
        for (int64_t j = 0; j < n; ++j)
          for (int64_t l = 0; l < k; ++l)
            expected[i * n + j] += std::max(0.0, double(x[i * k + l]) + o[l]) * w[j * k + l] * v[j * k + l] * j;
      INFO(m << " x " << n << " x " << k);
      CHECK(maxError(toFloats(out), expected, n * std::sqrt(k)) < 2e-6);
    }
  }
}

TEST_CASE("a batch of products") {
  KernelRunner runner(R"(
program.kernel @batch(%x: tensor<?x3x13x5xf32> {program.sizes = array<i64: 0, -1, -1, -1>}, %w: tensor<?x3x5x20xf32> {program.sizes = array<i64: 0, -1, -1, -1>}, %d0: index)
    -> (tensor<?x3x13x20xf32> {program.sizes = array<i64: 0, -1, -1, -1>}) attributes {form = #program.form<gemm, k = 4, m = 2, n = 3>, ties = array<i64: -1>} {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty(%d0) : tensor<?x3x13x20xf32>
  %init = linalg.fill ins(%zero : f32) outs(%e : tensor<?x3x13x20xf32>) -> tensor<?x3x13x20xf32>
  %y = linalg.generic {indexing_maps = [affine_map<(a, b, m, n, k) -> (a, b, m, k)>, affine_map<(a, b, m, n, k) -> (a, b, k, n)>,
      affine_map<(a, b, m, n, k) -> (a, b, m, n)>], iterator_types = ["parallel", "parallel", "parallel", "parallel", "reduction"]}
      ins(%x, %w : tensor<?x3x13x5xf32>, tensor<?x3x5x20xf32>) outs(%init : tensor<?x3x13x20xf32>) attrs = {program.role = "root"} {
  ^bb0(%a: f32, %b: f32, %c: f32):
    %t = arith.mulf %a, %b : f32
    %u = arith.addf %c, %t : f32
    linalg.yield %u : f32
  } -> tensor<?x3x13x20xf32>
  program.yield %y : tensor<?x3x13x20xf32>
})");
  for (int64_t outer : {1, 4}) {
    int64_t count = 3 * outer, m = 13, n = 20, k = 5;
    std::vector<float> x = randomFloats(count * m * k, 1), w = randomFloats(count * n * k, 2);
    std::vector<double> expected(count * m * n);
    for (int64_t p = 0; p < count; ++p)
      for (int64_t i = 0; i < m; ++i)
        for (int64_t j = 0; j < n; ++j)
          for (int64_t l = 0; l < k; ++l)
            expected[(p * m + i) * n + j] += double(x[(p * m + i) * k + l]) * w[(p * k + l) * n + j];
    Words inX = toWords(x), inW = toWords(w), out(expected.size());
    runner.run({&inX, &inW, &out}, {static_cast<int32_t>(outer)});
    CHECK(maxError(toFloats(out), expected, std::sqrt(k)) < 2e-6);
  }
}

TEST_CASE("a product whose epilogue reads indices and a table") {
  for (int64_t n : {20, 33}) {
    std::string type = "tensor<?x" + std::to_string(n) + "xf32>", sizes = " {program.sizes = array<i64: 0, -1>}";
    KernelRunner runner(
        "program.kernel @indices(%x: tensor<?x5xf32>" + sizes + ", %w: tensor<" + std::to_string(n) +
        "x5xf32>, %t: tensor<7xf32>, %d0: index) -> (" + type + sizes +
        ") attributes {form = #program.form<gemm, k = 2, m = 0, n = 1>, ties = array<i64: -1>} {\n" +
        "  %zero = arith.constant 0.0 : f32\n  %e = tensor.empty(%d0) : " + type +
        "\n  %init = linalg.fill ins(%zero : f32) outs(%e : " + type + ") -> " + type +
        "\n  %acc = linalg.generic {indexing_maps = [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (n, k)>, "
        "affine_map<(m, n, k) -> (m, n)>], iterator_types = [\"parallel\", \"parallel\", \"reduction\"]} ins(%x, %w : "
        "tensor<?x5xf32>, tensor<" +
        std::to_string(n) + "x5xf32>) outs(%init : " + type + ") attrs = {program.role = \"root\"} {" + R"(
  ^bb0(%a: f32, %b: f32, %c: f32):
    %p = arith.mulf %a, %b : f32
    %s = arith.addf %c, %p : f32
    linalg.yield %s : f32
  } -> )" +
        type +
        "\n  %y = linalg.generic {indexing_maps = [affine_map<(m, n) -> (m, n)>, affine_map<(m, n) -> (m, n)>], "
        "iterator_types = [\"parallel\", \"parallel\"]} ins(%acc : " +
        type + ") outs(%e : " + type + ") attrs = {program.role = \"epilogue\"} {" + R"(
  ^bb0(%a: f32, %o: f32):
    %seven = arith.constant 7 : index
    %i = linalg.index 0 : index
    %j = linalg.index 1 : index
    %r = arith.remui %j, %seven : index
    %entry = tensor.extract %t[%r] : tensor<7xf32>
    %ii = arith.index_cast %i : index to i32
    %f = arith.sitofp %ii : i32 to f32
    %m = arith.mulf %entry, %f : f32
    %s = arith.addf %a, %m : f32
    linalg.yield %s : f32
  } -> )" +
        type + "\n  program.yield %y : " + type + "\n}");
    Product product{0, n, 5};
    Sides sides(product, 13, n, 5);
    std::vector<float> table = randomFloats(7, 1);
    Words entries = toWords(table), out(13 * n);
    runner.run({&sides.lhs, &sides.rhs, &entries, &out}, sides.sizes);
    for (int64_t i = 0; i < 13 * n; ++i)
      sides.expected[i] += table[i % n % 7] * double(i / n);
    CHECK(maxError(toFloats(out), sides.expected, 1) < 2e-6);
  }
}
