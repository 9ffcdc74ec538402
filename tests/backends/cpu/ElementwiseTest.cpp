// Elementwise kernels against plain loops: tails, broadcasts, transposed reads and writes, ties, indices, tables,
// random numbers.
#include "tests/backends/cpu/KernelCheck.h"
#include "tests/backends/cpu/KernelText.h"
#include <cmath>

using namespace vae::test;

namespace {

/// x / (1 + |x|), and which x are positive.
const char *softsign = R"(
program.kernel @softsign(%x: tensor<?xf32> {program.sizes = array<i64: 0>}, %d0: index)
    -> (tensor<?xf32> {program.sizes = array<i64: 0>}, tensor<?xi32> {program.sizes = array<i64: 0>}) attributes {form = #program.form<elementwise>, ties = array<i64: -1, -1>} {
  %one = arith.constant 1.0 : f32
  %yes = arith.constant 1 : i32
  %no = arith.constant 0 : i32
  %zero = arith.constant 0.0 : f32
  %e0 = tensor.empty(%d0) : tensor<?xf32>
  %e1 = tensor.empty(%d0) : tensor<?xi32>
  %y:2 = linalg.generic {indexing_maps = [affine_map<(i) -> (i)>, affine_map<(i) -> (i)>, affine_map<(i) -> (i)>], iterator_types = ["parallel"]}
      ins(%x : tensor<?xf32>) outs(%e0, %e1 : tensor<?xf32>, tensor<?xi32>) attrs = {program.role = "root"} {
  ^bb0(%a: f32, %o0: f32, %o1: i32):
    %abs = math.absf %a : f32
    %den = arith.addf %abs, %one : f32
    %r = arith.divf %a, %den : f32
    %c = arith.cmpf ogt, %a, %zero : f32
    %s = arith.select %c, %yes, %no : i32
    linalg.yield %r, %s : f32, i32
  } -> (tensor<?xf32>, tensor<?xi32>)
  program.yield %y#0, %y#1 : tensor<?xf32>, tensor<?xi32>
}
)";

/// out = x * row + column + scalar over (?, N), and a transposed copy.
const char *broadcasts = R"(
program.kernel @mix(%x: tensor<?xNxf32> {program.sizes = array<i64: 0, -1>}, %row: tensor<Nxf32>, %column: tensor<?x1xf32> {program.sizes = array<i64: 0, -1>},
                    %scalar: tensor<f32>, %t: tensor<Nx?xf32> {program.sizes = array<i64: -1, 0>}, %d0: index)
    -> (tensor<?xNxf32> {program.sizes = array<i64: 0, -1>}, tensor<Nx?xf32> {program.sizes = array<i64: -1, 0>}) attributes {form = #program.form<elementwise>, ties = array<i64: -1, -1>} {
  %e0 = tensor.empty(%d0) : tensor<?xNxf32>
  %e1 = tensor.empty(%d0) : tensor<Nx?xf32>
  %y:2 = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (j)>, affine_map<(i, j) -> (i, 0)>, affine_map<(i, j) -> ()>,
      affine_map<(i, j) -> (j, i)>, affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (j, i)>], iterator_types = ["parallel", "parallel"]}
      ins(%x, %row, %column, %scalar, %t : tensor<?xNxf32>, tensor<Nxf32>, tensor<?x1xf32>, tensor<f32>, tensor<Nx?xf32>)
      outs(%e0, %e1 : tensor<?xNxf32>, tensor<Nx?xf32>) attrs = {program.role = "root"} {
  ^bb0(%a: f32, %r: f32, %c: f32, %s: f32, %u: f32, %o0: f32, %o1: f32):
    %0 = arith.mulf %a, %r : f32
    %1 = arith.addf %0, %c : f32
    %2 = arith.addf %1, %s : f32
    %3 = arith.subf %2, %u : f32
    linalg.yield %2, %3 : f32, f32
  } -> (tensor<?xNxf32>, tensor<Nx?xf32>)
  program.yield %y#0, %y#1 : tensor<?xNxf32>, tensor<Nx?xf32>
}
)";

/// Two tensors exchanged in place, one scaled: each result is written over the input that the other reads.
const char *exchange = R"(
program.kernel @exchange(%x: tensor<37x53xf32>, %y: tensor<37x53xf32>) -> (tensor<37x53xf32>, tensor<37x53xf32>) attributes {form = #program.form<elementwise>, ties = array<i64: 0, 1>} {
  %e = tensor.empty() : tensor<37x53xf32>
  %r:2 = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i, j)>],
      iterator_types = ["parallel", "parallel"]} ins(%x, %y : tensor<37x53xf32>, tensor<37x53xf32>) outs(%e, %e : tensor<37x53xf32>, tensor<37x53xf32>)
      attrs = {program.role = "root"} {
  ^bb0(%a: f32, %b: f32, %o0: f32, %o1: f32):
    %two = arith.constant 2.0 : f32
    %s = arith.mulf %a, %two : f32
    linalg.yield %b, %s : f32, f32
  } -> (tensor<37x53xf32>, tensor<37x53xf32>)
  program.yield %r#0, %r#1 : tensor<37x53xf32>, tensor<37x53xf32>
}
)";

/// table[floor(x), column] + rank-4 indices; x in [0, 256).
const char *lookup = R"(
program.kernel @lookup(%x: tensor<3x?x5x7xf32> {program.sizes = array<i64: -1, 0, -1, -1>}, %table: tensor<256x6xf32>, %d0: index)
    -> (tensor<3x?x5x7xf32> {program.sizes = array<i64: -1, 0, -1, -1>}) attributes {form = #program.form<elementwise>, ties = array<i64: -1>} {
  %e = tensor.empty(%d0) : tensor<3x?x5x7xf32>
  %c4 = arith.constant 4 : index
  %y = linalg.generic {indexing_maps = [affine_map<(a, b, c, d) -> (a, b, c, d)>, affine_map<(a, b, c, d) -> (a, b, c, d)>],
      iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%x : tensor<3x?x5x7xf32>) outs(%e : tensor<3x?x5x7xf32>)
      attrs = {program.role = "root"} {
  ^bb0(%v: f32, %o: f32):
    %i = arith.fptosi %v : f32 to i32
    %index = arith.index_cast %i : i32 to index
    %entry = tensor.extract %table[%index, %c4] : tensor<256x6xf32>
    %b = linalg.index 1 : index
    %d = linalg.index 3 : index
    %size = arith.index_cast %d0 : index to i32
    %b32 = arith.index_cast %b : index to i32
    %left = arith.subi %size, %b32 : i32
    %d32 = arith.index_cast %d : index to i32
    %sum = arith.addi %left, %d32 : i32
    %f = arith.sitofp %sum : i32 to f32
    %r = arith.addf %entry, %f : f32
    linalg.yield %r : f32
  } -> tensor<3x?x5x7xf32>
  program.yield %y : tensor<3x?x5x7xf32>
}
)";

/// Philox4x32-10: element i of (?, N) is lane i % 4 of counter (i / 4, 0, step, 3) under the key (seed low, seed high).
std::string philox() {
  std::string rounds;
  for (int round = 0; round < 10; ++round) {
    std::string from = std::to_string(round), to = std::to_string(round + 1);
    rounds += "%lo0_R, %hi0_R = arith.mului_extended %c0_R, %m0 : i32\n%lo1_R, %hi1_R = arith.mului_extended %c2_R, "
              "%m1 : i32\n"
              "%x0_R = arith.xori %hi1_R, %c1_R : i32\n%c0_S = arith.xori %x0_R, %k0_R : i32\n"
              "%x1_R = arith.xori %hi0_R, %c3_R : i32\n%c2_S = arith.xori %x1_R, %k1_R : i32\n"
              "%c1_S = arith.addi %lo1_R, %none : i32\n%c3_S = arith.addi %lo0_R, %none : i32\n"
              "%k0_S = arith.addi %k0_R, %w0 : i32\n%k1_S = arith.addi %k1_R, %w1 : i32\n";
    rounds = replaced(replaced(rounds, "_R", "_" + from), "_S", "_" + to);
  }
  return R"(
program.kernel @philox(%rng: tensor<4xi32>, %d0: index) -> (tensor<?xNxi32> {program.sizes = array<i64: 0, -1>}) attributes {form = #program.form<elementwise>, ties = array<i64: -1>} {
  %e = tensor.empty(%d0) : tensor<?xNxi32>
  %i0 = arith.constant 0 : index
  %i1 = arith.constant 1 : index
  %i2 = arith.constant 2 : index
  %none = arith.constant 0 : i32
  %one = arith.constant 1 : i32
  %two = arith.constant 2 : i32
  %three = arith.constant 3 : i32
  %n = arith.constant N : i32
  %m0 = arith.constant 0xD2511F53 : i32
  %m1 = arith.constant 0xCD9E8D57 : i32
  %w0 = arith.constant 0x9E3779B9 : i32
  %w1 = arith.constant 0xBB67AE85 : i32
  %y = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>], iterator_types = ["parallel", "parallel"]} outs(%e : tensor<?xNxi32>)
      attrs = {program.role = "root"} {
  ^bb0(%o: i32):
    %k0_0 = tensor.extract %rng[%i0] : tensor<4xi32>
    %k1_0 = tensor.extract %rng[%i1] : tensor<4xi32>
    %c2_0 = tensor.extract %rng[%i2] : tensor<4xi32>
    %row = linalg.index 0 : index
    %column = linalg.index 1 : index
    %row32 = arith.index_cast %row : index to i32
    %column32 = arith.index_cast %column : index to i32
    %line = arith.muli %row32, %n : i32
    %linear = arith.addi %line, %column32 : i32
    %c0_0 = arith.shrui %linear, %two : i32
    %c1_0 = arith.constant 0 : i32
    %c3_0 = arith.constant 3 : i32
    %lane = arith.andi %linear, %three : i32
)" + rounds +
         R"(
    %is0 = arith.cmpi eq, %lane, %none : i32
    %is1 = arith.cmpi eq, %lane, %one : i32
    %is2 = arith.cmpi eq, %lane, %two : i32
    %s2 = arith.select %is2, %c2_10, %c3_10 : i32
    %s1 = arith.select %is1, %c1_10, %s2 : i32
    %s0 = arith.select %is0, %c0_10, %s1 : i32
    linalg.yield %s0 : i32
  } -> tensor<?xNxi32>
  program.yield %y : tensor<?xNxi32>
}
)";
}

/// The generator written from its definition (Salmon et al. 2011).
void philoxReference(uint32_t counter[4], uint32_t low, uint32_t high) {
  for (int round = 0; round < 10; ++round) {
    uint64_t p0 = uint64_t(0xD2511F53) * counter[0], p1 = uint64_t(0xCD9E8D57) * counter[2];
    uint32_t next[4] = {uint32_t(p1 >> 32) ^ counter[1] ^ low, uint32_t(p1), uint32_t(p0 >> 32) ^ counter[3] ^ high,
                        uint32_t(p0)};
    std::memcpy(counter, next, sizeof(next));
    low += 0x9E3779B9;
    high += 0xBB67AE85;
  }
}

} // namespace

TEST_CASE("elementwise: tails and several results", "[elementwise]") {
  for (const std::string &target : runnableTargets()) {
    std::unique_ptr<KernelRun> kernel = compiled(softsign, target, "Elementwise");
    for (int64_t n : {1, 7, 15, 16, 17, 100, 8191, 8192, 8193, 20000}) {
      std::vector<float> x = randomFloats(n, n);
      std::vector<double> expected;
      std::vector<int32_t> signs;
      for (float value : x) {
        expected.push_back(value / (1.0 + std::abs(value)));
        signs.push_back(value > 0);
      }
      Call call(*kernel, {n});
      call.input(x);
      call.result<float>(n);
      call.result<int32_t>(n);
      run(call);
      requireClose(call.get<float>(1), expected, 1e-6, 1e-6);
      REQUIRE(call.get<int32_t>(2) == signs);
    }
  }
}

TEST_CASE("elementwise: broadcasts, transposed reads and writes", "[elementwise]") {
  for (const std::string &target : runnableTargets())
    for (int64_t N : {1, 3, 20, 33, 784}) {
      std::unique_ptr<KernelRun> kernel =
          compiled(replaced(broadcasts, "Nx", std::to_string(N) + "x"), target, "Elementwise");
      for (int64_t M : {1, 7, 64}) {
        std::vector<float> x = randomFloats(M * N, 1), row = randomFloats(N, 2), column = randomFloats(M, 3),
                           scalar{0.75f}, t = randomFloats(M * N, 4);
        std::vector<double> sum(M * N), transposed(M * N);
        for (int64_t i = 0; i < M; ++i)
          for (int64_t j = 0; j < N; ++j) {
            sum[i * N + j] = double(x[i * N + j]) * row[j] + column[i] + scalar[0];
            transposed[j * M + i] = sum[i * N + j] - t[j * M + i];
          }
        Call call(*kernel, {M});
        for (const std::vector<float> *values : {&x, &row, &column, &scalar, &t})
          call.input(*values);
        call.result<float>(M * N);
        call.result<float>(M * N);
        run(call);
        requireClose(call.get<float>(5), sum, 1e-6, 1e-6);
        requireClose(call.get<float>(6), transposed, 1e-6, 1e-6);
      }
    }
}

TEST_CASE("elementwise: results over inputs that others read", "[elementwise]") {
  for (const std::string &target : runnableTargets()) {
    std::unique_ptr<KernelRun> kernel = compiled(exchange, target, "Elementwise");
    std::vector<float> x = randomFloats(37 * 53, 1), y = randomFloats(37 * 53, 2), twice;
    for (float value : x)
      twice.push_back(2 * value);
    Call call(*kernel, {});
    call.input(x);
    call.input(y);
    run(call);
    REQUIRE(call.get<float>(0) == y);
    REQUIRE(call.get<float>(1) == twice);
  }
}

TEST_CASE("elementwise: tables, indices and sizes in the body", "[elementwise]") {
  for (const std::string &target : runnableTargets()) {
    std::unique_ptr<KernelRun> kernel = compiled(lookup, target, "Elementwise");
    for (int64_t B : {1, 4}) {
      std::vector<float> x = randomFloats(3 * B * 35, 1, 0, 255.9f), table = randomFloats(256 * 6, 2);
      std::vector<double> expected;
      for (int64_t i = 0; i < 3 * B * 35; ++i)
        expected.push_back(table[int(x[i]) * 6 + 4] + double(B - i / 35 % B + i % 7));
      Call call(*kernel, {B});
      call.input(x);
      call.input(table);
      call.result<float>(x.size());
      run(call);
      requireClose(call.get<float>(2), expected, 1e-6, 1e-6);
    }
  }
}

TEST_CASE("elementwise: Philox from indices, to the bit", "[elementwise]") {
  uint32_t zeros[4] = {0, 0, 0, 0};
  philoxReference(zeros, 0, 0);
  // The known answer of Random123 for an all-zero counter and key.
  REQUIRE(std::vector<uint32_t>(zeros, zeros + 4) ==
          std::vector<uint32_t>{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8});
  for (const std::string &target : runnableTargets())
    for (int64_t N : {1, 20, 33}) {
      std::string text =
          replaced(replaced(philox(), "xN", "x" + std::to_string(N)), "constant N", "constant " + std::to_string(N));
      std::unique_ptr<KernelRun> kernel = compiled(text, target, "Elementwise");
      for (int64_t M : {1, 9, 1000}) {
        Call call(*kernel, {M});
        call.input(std::vector<int32_t>{0x12345678, int32_t(0x9abcdef0), 17, 0});
        call.result<int32_t>(M * N);
        run(call);
        std::vector<int32_t> expected;
        for (int64_t i = 0; i < M * N; ++i) {
          uint32_t counter[4] = {uint32_t(i / 4), 0, 17, 3};
          philoxReference(counter, 0x12345678, 0x9abcdef0);
          expected.push_back(int32_t(counter[i % 4]));
        }
        REQUIRE(call.get<int32_t>(1) == expected);
      }
    }
}

TEST_CASE("elementwise: a scalar", "[elementwise]") {
  const char *text = R"(
program.kernel @scalar(%x: tensor<f32>, %y: tensor<f32>) -> (tensor<f32>) attributes {form = #program.form<elementwise>, ties = array<i64: 0>} {
  %e = tensor.empty() : tensor<f32>
  %r = linalg.generic {indexing_maps = [affine_map<() -> ()>, affine_map<() -> ()>, affine_map<() -> ()>], iterator_types = []}
      ins(%x, %y : tensor<f32>, tensor<f32>) outs(%e : tensor<f32>) attrs = {program.role = "root"} {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %s = arith.mulf %a, %b : f32
    linalg.yield %s : f32
  } -> tensor<f32>
  program.yield %r : tensor<f32>
}
)";
  for (const std::string &target : runnableTargets()) {
    std::unique_ptr<KernelRun> kernel = compiled(text, target, "Elementwise");
    Call call(*kernel, {});
    call.input(std::vector<float>{3});
    call.input(std::vector<float>{0.5f});
    run(call);
    REQUIRE(call.get<float>(0) == std::vector<float>{1.5f});
  }
}

TEST_CASE("elementwise: an op without a vector form is an error", "[elementwise]") {
  std::string error;
  REQUIRE(!KernelRun::compile(replaced(softsign, "arith.divf", "arith.remf"), "x86-64-v3", error));
  REQUIRE(error.find("the code calls `fmodf`, which kernels cannot") != std::string::npos);
}
