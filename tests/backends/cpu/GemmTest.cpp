// Matrix products against loops in double precision: every orientation, odd shapes, panels, epilogues, prologues,
// batches.
#include "tests/backends/cpu/KernelCheck.h"
#include "tests/backends/cpu/KernelText.h"
#include <cmath>

using namespace vae::test;

namespace {

enum class Epilogue { None, BiasRelu, Adam };

struct Case {
  Dim m, n, k;
  bool lhsTransposed = false, rhsTransposed = false, panels = false;
  Epilogue epilogue = Epilogue::None;
  int prologue = -1; // 0: on the left, 1: on the right
  Dims batch = {};
};

struct Shapes {
  Dims lhs, rhs, out;
  int numSizes = 0;
};

Shapes shapesOf(const Case &c) {
  Shapes shapes{c.batch, c.batch, c.batch, 0};
  for (const Dim &dim : c.lhsTransposed ? Dims{c.k, c.m} : Dims{c.m, c.k})
    shapes.lhs.push_back(dim);
  for (const Dim &dim : c.rhsTransposed ? Dims{c.n, c.k} : Dims{c.k, c.n})
    shapes.rhs.push_back(dim);
  for (const Dim &dim : {c.m, c.n})
    shapes.out.push_back(dim);
  for (const Dims *dims : {&shapes.lhs, &shapes.rhs, &shapes.out})
    for (const Dim &dim : *dims)
      shapes.numSizes = std::max(shapes.numSizes, dim.size + 1);
  return shapes;
}

/// Doubles what it reads and adds a quarter: a prologue that a test can undo.
std::string prologueText(const std::string &name, const std::string &from, const Dims &dims) {
  std::string maps = dims.size() == 3 ? "affine_map<(b, i, j) -> (b, i, j)>" : "affine_map<(i, j) -> (i, j)>";
  std::string iterators = dims.size() == 3 ? "\"parallel\", \"parallel\", \"parallel\"" : "\"parallel\", \"parallel\"";
  return empty(name + "_out", dims) + "%" + name + " = linalg.generic {indexing_maps = [" + maps + ", " + maps +
         "], iterator_types = [" + iterators + "]} ins(%" + from + " : " + tensorType(dims) + ") outs(%" + name +
         "_out : " + tensorType(dims) + ") attrs = {program.role = \"prologue\"} {\n^bb0(%p: f32, %q: f32):\n" +
         "%two = arith.constant 2.0 : f32\n%quarter = arith.constant 0.25 : f32\n%r = arith.mulf %p, %two : f32\n" +
         "%s = arith.addf %r, %quarter : f32\nlinalg.yield %s : f32\n} -> " + tensorType(dims) + "\n";
}

std::string rootText(const Case &c, const Shapes &shapes) {
  std::string b = c.batch.empty() ? "" : "b, ", loops = "(" + b + "m, n, k)";
  std::string iterators = c.batch.empty() ? "" : "\"parallel\", ";
  return "%zero = arith.constant 0.0 : f32\n" + empty("empty", shapes.out) +
         "%init = linalg.fill ins(%zero : f32) outs(%empty : " + tensorType(shapes.out) + ") -> " +
         tensorType(shapes.out) + "\n%acc = linalg.generic {indexing_maps = [affine_map<" + loops + " -> (" + b +
         (c.lhsTransposed ? "k, m" : "m, k") + ")>, affine_map<" + loops + " -> (" + b +
         (c.rhsTransposed ? "n, k" : "k, n") + ")>, affine_map<" + loops + " -> (" + b + "m, n)>], iterator_types = [" +
         iterators + "\"parallel\", \"parallel\", \"reduction\"]} ins(" + (c.prologue == 0 ? "%lp" : "%lhs") + ", " +
         (c.prologue == 1 ? "%rp" : "%rhs") + " : " + tensorType(shapes.lhs) + ", " + tensorType(shapes.rhs) +
         ") outs(%init : " + tensorType(shapes.out) +
         ") attrs = {program.role = \"root\"} {\n^bb0(%x: f32, %y: f32, %z: f32):\n" +
         "%p = arith.mulf %x, %y : f32\n%s = arith.addf %z, %p : f32\nlinalg.yield %s : f32\n} -> " +
         tensorType(shapes.out) + "\n";
}

const char *biasRelu =
    R"(%out = linalg.generic {indexing_maps = [affine_map<(m, n) -> (m, n)>, affine_map<(m, n) -> (n)>, affine_map<(m, n) -> (m, n)>],
    iterator_types = ["parallel", "parallel"]} ins(%acc, %bias : OUT, BIAS) outs(%empty : OUT) attrs = {program.role = "epilogue"} {
  ^bb0(%x: f32, %b: f32, %o: f32):
    %s = arith.addf %x, %b : f32
    %neg = arith.cmpf ole, %s, %zero : f32
    %r = arith.select %neg, %zero, %s : f32
    linalg.yield %r : f32
  } -> OUT
program.yield %out : OUT
}
)";

// w' = w - rate * m' / (sqrt(v') + eps), all three written over their inputs; the gradient itself is a result too.
const char *adam =
    R"(%new:3 = linalg.generic {indexing_maps = [affine_map<(m, n) -> (m, n)>, affine_map<(m, n) -> (m, n)>, affine_map<(m, n) -> (m, n)>,
    affine_map<(m, n) -> (m, n)>, affine_map<(m, n) -> ()>, affine_map<(m, n) -> (m, n)>, affine_map<(m, n) -> (m, n)>, affine_map<(m, n) -> (m, n)>],
    iterator_types = ["parallel", "parallel"]} ins(%acc, %w, %m, %v, %rate : OUT, OUT, OUT, OUT, tensor<f32>) outs(%empty, %empty, %empty : OUT, OUT, OUT)
    attrs = {program.role = "epilogue"} {
  ^bb0(%g: f32, %w0: f32, %m0: f32, %v0: f32, %lr: f32, %o0: f32, %o1: f32, %o2: f32):
    %beta = arith.constant 0.9 : f32
    %rest = arith.constant 0.1 : f32
    %eps = arith.constant 1.0e-3 : f32
    %m1 = arith.mulf %m0, %beta : f32
    %m2 = arith.mulf %g, %rest : f32
    %m3 = arith.addf %m1, %m2 : f32
    %g2 = arith.mulf %g, %g : f32
    %v1 = arith.mulf %v0, %beta : f32
    %v2 = arith.mulf %g2, %rest : f32
    %v3 = arith.addf %v1, %v2 : f32
    %root = math.sqrt %v3 : f32
    %den = arith.addf %root, %eps : f32
    %dir = arith.divf %m3, %den : f32
    %step = arith.mulf %dir, %lr : f32
    %w1 = arith.subf %w0, %step : f32
    linalg.yield %w1, %m3, %v3 : f32, f32, f32
  } -> (OUT, OUT, OUT)
program.yield %acc, %new#0, %new#1, %new#2 : OUT, OUT, OUT, OUT
}
)";

std::string textOf(const Case &c) {
  Shapes shapes = shapesOf(c);
  std::string out = result(shapes.out), text = "program.kernel @gemm(" + argument("lhs", shapes.lhs) + ", " +
                                               argument("rhs", shapes.rhs, c.panels ? "panels32" : "");
  if (c.epilogue == Epilogue::BiasRelu)
    text += ", " + argument("bias", {c.n});
  if (c.epilogue == Epilogue::Adam)
    text += ", " + argument("w", shapes.out) + ", " + argument("m", shapes.out) + ", " + argument("v", shapes.out) +
            ", %rate: tensor<f32>";
  for (int size = 0; size < shapes.numSizes; ++size)
    text += ", %d" + std::to_string(size) + ": index";
  std::string form =
      shapes.out.size() == 3 ? "#program.form<gemm, k = 3, m = 1, n = 2>" : "#program.form<gemm, k = 2, m = 0, n = 1>";
  if (c.epilogue == Epilogue::Adam)
    text += ") -> (" + out + ", " + out + ", " + out + ", " + out + ") attributes {form = " + form +
            ", ties = array<i64: -1, 2, 3, 4>} {\n";
  else
    text += ") -> (" + out + ") attributes {form = " + form + ", ties = array<i64: -1>} {\n";
  if (c.prologue == 0)
    text += prologueText("lp", "lhs", shapes.lhs);
  if (c.prologue == 1)
    text += prologueText("rp", "rhs", shapes.rhs);
  text += rootText(c, shapes);
  std::string type = tensorType(shapes.out);
  if (c.epilogue == Epilogue::None)
    return text + "program.yield %acc : " + type + "\n}\n";
  return text +
         replaced(replaced(c.epilogue == Epilogue::Adam ? adam : biasRelu, "OUT", type), "BIAS", tensorType({c.n}));
}

/// The [N, K] matrix as panels.
std::vector<float> toPanels(const std::vector<float> &matrix, int64_t N, int64_t K) {
  std::vector<float> panels((N + 31) / 32 * K * 32, 0.0f);
  for (int64_t n = 0; n < N; ++n)
    for (int64_t k = 0; k < K; ++k)
      panels[(n / 32 * K + k) * 32 + n % 32] = matrix[n * K + k];
  return panels;
}

struct Data {
  std::vector<float> lhs, rhs, bias, w, m, v, rate;
  std::vector<double> product; // with the prologue applied
};

Data makeData(const Case &c) {
  int64_t M = c.m.length, N = c.n.length, K = c.k.length, B = count(c.batch);
  Data data{
      randomFloats(B * M * K, 1), randomFloats(B * N * K, 2),   randomFloats(N, 3), randomFloats(M * N, 4),
      randomFloats(M * N, 5),     randomFloats(M * N, 6, 0, 1), {0.125f},           std::vector<double>(B * M * N)};
  auto read = [&](const std::vector<float> &from, int64_t index, bool prologue) {
    return prologue ? 2.0 * from[index] + 0.25 : static_cast<double>(from[index]);
  };
  for (int64_t b = 0; b < B; ++b)
    for (int64_t m = 0; m < M; ++m)
      for (int64_t n = 0; n < N; ++n) {
        double sum = 0;
        for (int64_t k = 0; k < K; ++k)
          sum += read(data.lhs, b * M * K + (c.lhsTransposed ? k * M + m : m * K + k), c.prologue == 0) *
                 read(data.rhs, b * N * K + (c.rhsTransposed ? n * K + k : k * N + n), c.prologue == 1);
        data.product[(b * M + m) * N + n] = sum;
      }
  return data;
}

void check(const KernelRun &kernel, const Case &c) {
  Data data = makeData(c);
  Shapes shapes = shapesOf(c);
  std::vector<int64_t> sizes(shapes.numSizes);
  for (const Dims *dims : {&shapes.lhs, &shapes.rhs, &shapes.out})
    for (const Dim &dim : *dims)
      if (dim.size >= 0)
        sizes[dim.size] = dim.length;
  Call call(kernel, sizes);
  call.input(data.lhs);
  call.input(c.panels ? toPanels(data.rhs, c.n.length, c.k.length) : data.rhs);
  if (c.epilogue == Epilogue::BiasRelu)
    call.input(data.bias);
  if (c.epilogue == Epilogue::Adam)
    for (const std::vector<float> *values : {&data.w, &data.m, &data.v, &data.rate})
      call.input(*values);
  call.result<float>(data.product.size());
  INFO("M " << c.m.length << " N " << c.n.length << " K " << c.k.length);
  run(call);
  double tolerance = 4e-7 * (c.k.length + 4) * (c.prologue >= 0 ? 3 : 1);
  size_t results = c.epilogue == Epilogue::Adam ? 6 : c.epilogue == Epilogue::BiasRelu ? 3 : 2;
  std::vector<double> expected = data.product;
  if (c.epilogue == Epilogue::BiasRelu)
    for (size_t i = 0; i < expected.size(); ++i)
      expected[i] = std::max(0.0, expected[i] + data.bias[i % c.n.length]);
  requireClose(call.get<float>(results), expected, tolerance, 0, "product");
  if (c.epilogue != Epilogue::Adam)
    return;
  std::vector<double> w, m, v;
  for (size_t i = 0; i < expected.size(); ++i) {
    double g = expected[i];
    m.push_back(0.9 * data.m[i] + 0.1 * g);
    v.push_back(0.9 * data.v[i] + 0.1 * g * g);
    w.push_back(data.w[i] - 0.125 * m.back() / (std::sqrt(v.back()) + 1e-3));
  }
  requireClose(call.get<float>(3), m, tolerance, 0, "first moment");
  requireClose(call.get<float>(4), v, tolerance * (c.k.length + 4), 0, "second moment");
  requireClose(call.get<float>(2), w, 1e-4, 0, "weight");
}

const int64_t rowCounts[] = {1, 4, 5, 7, 12, 13, 64, 130};

} // namespace

TEST_CASE("gemm: all orientations and shapes, rows at run time", "[gemm]") {
  for (const std::string &target : runnableTargets())
    for (int64_t N : {1, 3, 20, 31, 32, 33, 500})
      for (int64_t K : {1, 5, 20, 784})
        for (int form = 0; form < 5; ++form) {
          if (K == 784 && N > 33 && form % 2)
            continue;
          Case c{{1, 0}, {N}, {K}, form % 2 == 1, form / 2 % 2 == 1 || form == 4, form == 4};
          INFO(target << ", form " << form);
          std::unique_ptr<KernelRun> kernel = compiled(textOf(c), target, "Gemm");
          for (int64_t M : rowCounts) {
            if (M == 130 && N * K > 50000)
              continue;
            c.m.length = M;
            check(*kernel, c);
          }
        }
}

TEST_CASE("gemm: static rows, run-time columns or depth", "[gemm]") {
  for (const std::string &target : runnableTargets())
    for (int form = 0; form < 4; ++form)
      for (int64_t M : {3, 12, 20, 200}) {
        bool lhsTransposed = form % 2, rhsTransposed = form / 2;
        INFO(target << ", form " << form);
        Case columns{{M}, {1, 0}, {17}, lhsTransposed, rhsTransposed};
        std::unique_ptr<KernelRun> byColumns = compiled(textOf(columns), target, "Gemm");
        Case depth{{M}, {40}, {1, 0}, lhsTransposed, rhsTransposed};
        std::unique_ptr<KernelRun> byDepth = compiled(textOf(depth), target, "Gemm");
        for (int64_t size : {1, 7, 16, 33, 70}) {
          columns.n.length = depth.k.length = size;
          check(*byColumns, columns);
          check(*byDepth, depth);
        }
      }
}

TEST_CASE("gemm: bias and relu behind it", "[gemm]") {
  for (const std::string &target : runnableTargets())
    for (int64_t N : {3, 32, 500, 784})
      for (bool panels : {false, true}) {
        Case c{{1, 0}, {N}, {20}, false, true, panels, Epilogue::BiasRelu};
        std::unique_ptr<KernelRun> kernel = compiled(textOf(c), target, "Gemm");
        for (int64_t M : rowCounts) {
          c.m.length = M;
          check(*kernel, c);
        }
      }
}

TEST_CASE("gemm: Adam written over weights and moments", "[gemm]") {
  for (const std::string &target : runnableTargets())
    for (int64_t M : {1, 5, 20, 205})
      for (int64_t N : {3, 33, 64, 500}) {
        Case c{{M}, {N}, {1, 0}, true, false, false, Epilogue::Adam};
        std::unique_ptr<KernelRun> kernel = compiled(textOf(c), target, "Gemm");
        for (int64_t K : {1, 7, 64}) {
          c.k.length = K;
          check(*kernel, c);
        }
      }
}

TEST_CASE("gemm: a prologue on either side", "[gemm]") {
  for (const std::string &target : runnableTargets())
    for (int form = 0; form < 8; ++form)
      for (int64_t K : {5, 64}) {
        Case c{{1, 0}, {33}, {K}, form % 2 == 1, form / 2 % 2 == 1, false, Epilogue::None, form / 4};
        INFO("form " << form);
        std::unique_ptr<KernelRun> kernel = compiled(textOf(c), target, "Gemm");
        for (int64_t M : {1, 13, 130, 200}) {
          c.m.length = M;
          check(*kernel, c);
        }
      }
}

TEST_CASE("gemm: batches", "[gemm]") {
  for (const std::string &target : runnableTargets())
    for (int form = 0; form < 6; ++form) {
      Case c{{1, 1},  {33}, {1, 2}, form % 2 == 1, form / 2 % 2 == 1, false, Epilogue::None, form < 4 ? -1 : form - 4,
             {{1, 0}}};
      std::unique_ptr<KernelRun> kernel = compiled(textOf(c), target, "Gemm");
      for (int64_t size : {1, 3}) {
        c.batch[0].length = size;
        c.m.length = 15 * size;
        c.k.length = 9 * size;
        check(*kernel, c);
      }
    }
}
