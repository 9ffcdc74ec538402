// Reductions against plain loops in double precision: over rows, columns, everything, and outer and middle dimensions;
// side results, epilogues.
#include "tests/backends/cpu/KernelCheck.h"
#include "tests/backends/cpu/KernelText.h"
#include <cmath>

using namespace vae::test;

namespace {

/// Over (M, N): sums x * w and the largest x, writes x * w as it goes, and makes `sum * scale + old` of the sum, over
/// `old`. KEPT is the loop that stays (i or j), LEN its length; OLD and SUM are tensors over it.
const char *text = R"(
program.kernel @reduce(%x: tensor<?x?xf32> {program.sizes = array<i64: 0, 1>}, %w: tensor<?xf32> {program.sizes = array<i64: 1>}, %scale: tensor<f32>,
                       %old: KEPT, %d0: index, %d1: index)
    -> (KEPT, KEPT, tensor<?x?xf32> {program.sizes = array<i64: 0, 1>}) attributes {form = #program.form<reduction>, ties = array<i64: 3, -1, -1>} {
  %zero = arith.constant 0.0 : f32
  %low = arith.constant 0xFF800000 : f32
  %full = tensor.empty(%d0, %d1) : tensor<?x?xf32>
  %kept = tensor.empty(DYN) : TYPE
  %init = linalg.fill ins(%zero : f32) outs(%kept : TYPE) -> TYPE
  %least = linalg.fill ins(%low : f32) outs(%kept : TYPE) -> TYPE
  %r:3 = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (j)>, affine_map<(i, j) -> (MAP)>, affine_map<(i, j) -> (MAP)>,
      affine_map<(i, j) -> (i, j)>], iterator_types = [ITERATORS]} ins(%x, %w : tensor<?x?xf32>, tensor<?xf32>)
      outs(%init, %least, %full : TYPE, TYPE, tensor<?x?xf32>) attrs = {program.role = "root"} {
  ^bb0(%a: f32, %b: f32, %s: f32, %m: f32, %o: f32):
    %p = arith.mulf %a, %b : f32
    %sum = arith.addf %s, %p : f32
    %max = arith.maximumf %a, %m : f32
    linalg.yield %sum, %max, %p : f32, f32, f32
  } -> (TYPE, TYPE, tensor<?x?xf32>)
  %y = linalg.generic {indexing_maps = [EPILOGUE, EPILOGUE, SCALAR, EPILOGUE], iterator_types = [PARALLEL]} ins(%r#0, %old, %scale : TYPE, TYPE, tensor<f32>)
      outs(%kept : TYPE) attrs = {program.role = "epilogue"} {
  ^bb0(%s: f32, %q: f32, %c: f32, %o: f32):
    %t = arith.mulf %s, %c : f32
    %u = arith.addf %t, %q : f32
    linalg.yield %u : f32
  } -> TYPE
  program.yield %y, %r#1, %r#2 : TYPE, TYPE, tensor<?x?xf32>
}
)";

enum class Kept { Rows, Columns, Nothing };

std::string textOf(Kept kept, int64_t staticLength) {
  std::string type, sizes, map, iterators, dynamic;
  switch (kept) {
  case Kept::Rows:
    type = "tensor<?xf32>", sizes = "0", map = "i", iterators = "\"parallel\", \"reduction\"", dynamic = "%d0";
    break;
  case Kept::Columns:
    type = "tensor<?xf32>", sizes = "1", map = "j", iterators = "\"reduction\", \"parallel\"", dynamic = "%d1";
    break;
  case Kept::Nothing:
    type = "tensor<f32>", iterators = "\"reduction\", \"reduction\"";
    break;
  }
  bool scalar = kept == Kept::Nothing;
  std::string result = replaced(text, "KEPT", type + (scalar ? "" : " {program.sizes = array<i64: " + sizes + ">}"));
  result = replaced(replaced(replaced(result, "TYPE", type), "(MAP)", "(" + map + ")"), "ITERATORS", iterators);
  result = replaced(replaced(result, "(DYN)", "(" + dynamic + ")"), "PARALLEL", scalar ? "" : "\"parallel\"");
  result = replaced(result, "EPILOGUE", scalar ? "affine_map<() -> ()>" : "affine_map<(i) -> (i)>");
  result = replaced(result, "SCALAR", scalar ? "affine_map<() -> ()>" : "affine_map<(i) -> ()>");
  if (staticLength < 0)
    return result;
  // The second dimension static: its size argument stays, unused.
  std::string length = std::to_string(staticLength);
  result =
      replaced(replaced(result, "tensor<?x?x", "tensor<?x" + length + "x"), "array<i64: 0, 1>", "array<i64: 0, -1>");
  result = replaced(result, "%w: tensor<?xf32> {program.sizes = array<i64: 1>}", "%w: tensor<" + length + "xf32>");
  result = replaced(replaced(result, "(%d0, %d1)", "(%d0)"), "xf32>, tensor<?xf32>)\n",
                    "xf32>, tensor<" + length + "xf32>)\n");
  if (kept == Kept::Columns)
    result = replaced(
        replaced(replaced(result, "tensor<?xf32> {program.sizes = array<i64: 1>}", "tensor<" + length + "xf32>"),
                 "tensor<?xf32>", "tensor<" + length + "xf32>"),
        "tensor.empty(%d1)", "tensor.empty()");
  return result;
}

void check(const KernelRun &kernel, Kept kept, int64_t M, int64_t N) {
  int64_t length = kept == Kept::Rows ? M : kept == Kept::Columns ? N : 1;
  std::vector<float> x = randomFloats(M * N, 1), w = randomFloats(N, 2), old = randomFloats(length, 3);
  std::vector<double> sum(length), max(length, -INFINITY), side;
  for (int64_t i = 0; i < M; ++i)
    for (int64_t j = 0; j < N; ++j) {
      int64_t at = kept == Kept::Rows ? i : kept == Kept::Columns ? j : 0;
      side.push_back(x[i * N + j] * w[j]);
      sum[at] += double(x[i * N + j]) * w[j];
      max[at] = std::max<double>(max[at], x[i * N + j]);
    }
  for (int64_t at = 0; at < length; ++at)
    sum[at] = sum[at] * 0.5 + old[at];
  INFO("M " << M << " N " << N << " kept " << static_cast<int>(kept));
  Call call(kernel, {M, N});
  call.input(x);
  call.input(w);
  call.input(std::vector<float>{0.5f});
  call.input(old);
  call.result<float>(length);
  call.result<float>(M * N);
  run(call);
  requireClose(call.get<float>(3), sum, 1e-6 * (10 + std::sqrt(double(M * N / length)) * 4));
  requireClose(call.get<float>(4), max, 0);
  requireClose(call.get<float>(5), side, 1e-7);
}

} // namespace

TEST_CASE("reduction: rows, columns, everything", "[reduction]") {
  for (const std::string &target : runnableTargets())
    for (Kept kept : {Kept::Rows, Kept::Columns, Kept::Nothing}) {
      std::unique_ptr<KernelRun> kernel = compiled(textOf(kept, -1), target, "Reduction");
      for (int64_t N : {1, 3, 15, 16, 17, 32, 33, 100, 784})
        for (int64_t M : {1, 2, 7, 64, 130})
          check(*kernel, kept, M, N);
      for (int64_t N : {1, 20, 32, 784}) {
        std::unique_ptr<KernelRun> fixed = compiled(textOf(kept, N), target, "Reduction");
        for (int64_t M : {1, 7, 64, 300})
          check(*fixed, kept, M, N);
      }
    }
}

/// Over (a, b, c): the dimensions not named in KEPT are summed, weighted by the index along b.
const char *cube = R"(
program.kernel @cube(%x: tensor<?x5x?xf32> {program.sizes = array<i64: 0, -1, 1>}, %d0: index, %d1: index) -> (RESULT) attributes {form = #program.form<reduction>, ties = array<i64: -1>} {
  %zero = arith.constant 0.0 : f32
  %kept = tensor.empty(DYN) : TYPE
  %init = linalg.fill ins(%zero : f32) outs(%kept : TYPE) -> TYPE
  %r = linalg.generic {indexing_maps = [affine_map<(a, b, c) -> (a, b, c)>, affine_map<(a, b, c) -> (KEPT)>], iterator_types = [ITERATORS]}
      ins(%x : tensor<?x5x?xf32>) outs(%init : TYPE) attrs = {program.role = "root"} {
  ^bb0(%v: f32, %s: f32):
    %i = linalg.index 1 : index
    %i32 = arith.index_cast %i : index to i32
    %f = arith.sitofp %i32 : i32 to f32
    %p = arith.mulf %v, %f : f32
    %t = arith.addf %s, %p : f32
    linalg.yield %t : f32
  } -> TYPE
  program.yield %r : TYPE
}
)";

TEST_CASE("reduction: any dimensions of three", "[reduction]") {
  const char *dims[] = {"?", "5", "?"}, *names[] = {"a", "b", "c"}, *sizes[] = {"0", "-1", "1"},
             *dynamic[] = {"%d0", "", "%d1"};
  for (const std::string &target : runnableTargets())
    for (int mask = 0; mask < 7; ++mask) {
      std::string type, size, map, iterators, dyn;
      auto join = [](std::string &list, const std::string &item) {
        list += (list.empty() || item.empty() ? "" : ", ") + item;
      };
      for (int dim = 0; dim < 3; ++dim) {
        join(iterators, mask >> dim & 1 ? "\"parallel\"" : "\"reduction\"");
        if (!(mask >> dim & 1))
          continue;
        type += std::string(dims[dim]) + "x";
        join(size, sizes[dim]);
        join(map, names[dim]);
        join(dyn, dynamic[dim]);
      }
      type = "tensor<" + type + "f32>";
      std::string result = size.empty() ? type : type + " {program.sizes = array<i64: " + size + ">}";
      std::string text = replaced(replaced(replaced(cube, "RESULT", result), "TYPE", type), "KEPT", map);
      std::unique_ptr<KernelRun> kernel =
          compiled(replaced(replaced(text, "ITERATORS", iterators), "(DYN)", "(" + dyn + ")"), target, "Reduction");
      for (int64_t A : {1, 3, 9})
        for (int64_t C : {1, 8, 37}) {
          std::vector<float> x = randomFloats(A * 5 * C, 1);
          int64_t lengths[] = {A, 5, C}, total = 1;
          for (int dim = 0; dim < 3; ++dim)
            total *= mask >> dim & 1 ? lengths[dim] : 1;
          std::vector<double> expected(total);
          for (int64_t a = 0; a < A; ++a)
            for (int64_t b = 0; b < 5; ++b)
              for (int64_t c = 0; c < C; ++c) {
                int64_t at = 0, index[] = {a, b, c};
                for (int dim = 0; dim < 3; ++dim)
                  at = mask >> dim & 1 ? at * lengths[dim] + index[dim] : at;
                expected[at] += double(x[(a * 5 + b) * C + c]) * b;
              }
          INFO("mask " << mask << " A " << A << " C " << C);
          Call call(*kernel, {A, C});
          call.input(x);
          call.result<float>(total);
          run(call);
          requireClose(call.get<float>(1), expected, 1e-4);
        }
    }
}
