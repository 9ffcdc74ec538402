// Searches for nearest codes, for the tests of every backend: a kernel's text, data without rounding, what must come
// out.
#ifndef VAE_TESTS_BACKENDS_NEARESTCODE_H
#define VAE_TESTS_BACKENDS_NEARESTCODE_H

#include <array>
#include <cmath>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

namespace vae::test {

/// One search; batches and rows are run-time sizes 0 and 1, and so are codes and width (2 and 3) where they are not
/// fixed.
struct Search {
  int64_t batches, rows, codes, width;
  bool transposed = false; // rows lie as [width][rows]
  bool fixed = true;       // codes and width are part of the text
  bool epilogue = true;    // quantized and error beside the index

  template <typename T> std::vector<T> getSizes() const {
    std::vector<T> sizes = {static_cast<T>(batches), static_cast<T>(rows)};
    if (!fixed)
      sizes.insert(sizes.end(), {static_cast<T>(codes), static_cast<T>(width)});
    return sizes;
  }
};

/// Small whole numbers: no sum rounds, so many codes are equally near. One row has a NaN, one code another.
struct SearchData {
  explicit SearchData(const Search &s)
      : z(s.batches * s.rows * s.width), codebook(s.codes * s.width), norms(s.codes), quantized(z.size()),
        index(s.batches * s.rows), error(index.size()) {
    std::mt19937 random(static_cast<unsigned>(s.rows + s.codes * 7 + s.width * 31));
    for (std::vector<float> *values : {&z, &codebook})
      for (float &value : *values)
        value = static_cast<float>(static_cast<int>(random() % 7) - 3);
    z[z.size() / 2] = codebook[(s.codes / 2) * s.width] = NAN;
    for (size_t i = 0; i < codebook.size(); ++i)
      norms[i / s.width] += codebook[i] * codebook[i] / 2;
    for (size_t row = 0; row < index.size(); ++row)
      choose(s, row);
  }

  std::vector<float> z, codebook, norms, quantized;
  std::vector<int32_t> index;
  std::vector<float> error;

private:
  void choose(const Search &s, size_t row) {
    auto at = [&](int64_t k) {
      size_t batch = row / s.rows, within = row % s.rows;
      return s.transposed ? (batch * s.width + k) * s.rows + within : row * s.width + k;
    };
    float best = INFINITY;
    for (int64_t code = 0; code < s.codes; ++code) {
      float score = norms[code];
      for (int64_t k = 0; k < s.width; ++k)
        score -= z[at(k)] * codebook[code * s.width + k];
      if (score < best) {
        best = score;
        index[row] = static_cast<int32_t>(code);
      }
    }
    for (int64_t k = 0; k < s.width; ++k) {
      float chosen = codebook[index[row] * s.width + k], missed = z[at(k)] - chosen;
      quantized[at(k)] = chosen;
      error[row] += missed * missed;
    }
  }
};

/// The kernel: inputs z, codebook, norms; results index and, with an epilogue, quantized and error.
inline std::string getText(const Search &s) {
  std::string codes = s.fixed ? std::to_string(s.codes) : "?", width = s.fixed ? std::to_string(s.width) : "?";
  std::string n = s.fixed ? "-1" : "2", k = s.fixed ? "-1" : "3", dn = s.fixed ? "" : ", %d2",
              dk = s.fixed ? "" : ", %d3";
  std::string layout = s.transposed ? "b, k, m" : "b, m, k",
              rows = s.transposed ? "?x" + width + "x?xf32" : "?x?x" + width + "xf32";
  std::string text =
      R"(program.kernel @search(%z: tensor<ROWS> {program.sizes = array<i64: ZSIZES>}, %c: tensor<CxKxf32> {program.sizes = array<i64: CS, KS>},
    %n: tensor<Cxf32> {program.sizes = array<i64: CS>}, %d0: index, %d1: indexMORE) -> (RESULTS) attributes {form = #program.form<nearest_code, k = 3, m = 1, n = 2>, ties = array<i64: TIES>} {
  %zero = arith.constant 0.0 : f32
  %inf = arith.constant 0x7F800000 : f32
  %none = arith.constant 0 : i32
  %pe = tensor.empty(%d0, %d1DN) : tensor<?x?xCxf32>
  %pi = linalg.fill ins(%zero : f32) outs(%pe : tensor<?x?xCxf32>) -> tensor<?x?xCxf32>
  %p = linalg.generic {indexing_maps = [affine_map<(b, m, n, k) -> (LAYOUT)>, affine_map<(b, m, n, k) -> (n, k)>, affine_map<(b, m, n, k) -> (b, m, n)>],
      iterator_types = ["parallel", "parallel", "parallel", "reduction"]} ins(%z, %c : tensor<ROWS>, tensor<CxKxf32>) outs(%pi : tensor<?x?xCxf32>)
      attrs = {program.role = "root"} {
  ^bb0(%x: f32, %y: f32, %o: f32):
    %0 = arith.mulf %x, %y : f32
    %1 = arith.addf %o, %0 : f32
    linalg.yield %1 : f32
  } -> tensor<?x?xCxf32>
  %be = tensor.empty(%d0, %d1) : tensor<?x?xf32>
  %bi = linalg.fill ins(%inf : f32) outs(%be : tensor<?x?xf32>) -> tensor<?x?xf32>
  %ie = tensor.empty(%d0, %d1) : tensor<?x?xi32>
  %ii = linalg.fill ins(%none : i32) outs(%ie : tensor<?x?xi32>) -> tensor<?x?xi32>
  %best:2 = linalg.generic {indexing_maps = [affine_map<(b, m, n) -> (b, m, n)>, affine_map<(b, m, n) -> (n)>, affine_map<(b, m, n) -> (b, m)>,
      affine_map<(b, m, n) -> (b, m)>], iterator_types = ["parallel", "parallel", "reduction"]} ins(%p, %n : tensor<?x?xCxf32>, tensor<Cxf32>)
      outs(%bi, %ii : tensor<?x?xf32>, tensor<?x?xi32>) attrs = {program.role = "choice"} {
  ^bb0(%x: f32, %y: f32, %s: f32, %i: i32):
    %0 = arith.subf %y, %x : f32
    %1 = linalg.index 2 : index
    %2 = arith.index_cast %1 : index to i32
    %3 = arith.cmpf olt, %0, %s : f32
    %4 = arith.select %3, %0, %s : f32
    %5 = arith.select %3, %2, %i : i32
    linalg.yield %4, %5 : f32, i32
  } -> (tensor<?x?xf32>, tensor<?x?xi32>)
)";
  if (s.epilogue)
    text += R"(  %qe = tensor.empty(QDIMS) : tensor<ROWS>
  %ei = linalg.fill ins(%zero : f32) outs(%be : tensor<?x?xf32>) -> tensor<?x?xf32>
  %q:2 = linalg.generic {indexing_maps = [affine_map<(b, m, k) -> (b, m)>, affine_map<(b, m, k) -> (LAYOUT)>, affine_map<(b, m, k) -> (LAYOUT)>,
      affine_map<(b, m, k) -> (b, m)>], iterator_types = ["parallel", "parallel", "reduction"]} ins(%best#1, %z : tensor<?x?xi32>, tensor<ROWS>)
      outs(%qe, %ei : tensor<ROWS>, tensor<?x?xf32>) attrs = {program.role = "epilogue"} {
  ^bb0(%i: i32, %x: f32, %o: f32, %s: f32):
    %0 = arith.index_cast %i : i32 to index
    %1 = linalg.index 2 : index
    %2 = tensor.extract %c[%0, %1] : tensor<CxKxf32>
    %3 = arith.subf %x, %2 : f32
    %4 = arith.mulf %3, %3 : f32
    %5 = arith.addf %s, %4 : f32
    linalg.yield %2, %5 : f32, f32
  } -> (tensor<ROWS>, tensor<?x?xf32>)
  program.yield %best#1, %q#0, %q#1 : tensor<?x?xi32>, tensor<ROWS>, tensor<?x?xf32>
}
)";
  else
    text += "  program.yield %best#1 : tensor<?x?xi32>\n}\n";
  std::string flat = " {program.sizes = array<i64: 0, 1>}";
  std::pair<std::string, std::string> words[] = {
      {"RESULTS",
       "tensor<?x?xi32>" + flat +
           (s.epilogue ? ", tensor<ROWS> {program.sizes = array<i64: ZSIZES>}, tensor<?x?xf32>" + flat : "")},
      {"ROWS", rows},
      {"ZSIZES", s.transposed ? "0, " + k + ", 1" : "0, 1, " + k},
      {"QDIMS", s.transposed ? "%d0" + dk + ", %d1" : "%d0, %d1" + dk},
      {"TIES", s.epilogue ? "-1, -1, -1" : "-1"},
      {"MORE", s.fixed ? "" : ", %d2: index, %d3: index"},
      {"LAYOUT", layout},
      {"CxKx", codes + "x" + width + "x"},
      {"xCx", "x" + codes + "x"},
      {"<Cx", "<" + codes + "x"},
      {"CS", n},
      {"KS", k},
      {"DN", dn}};
  for (const auto &[word, replacement] : words)
    for (size_t at = 0; (at = text.find(word, at)) != std::string::npos; at += replacement.size())
      text.replace(at, word.size(), replacement);
  return text;
}

/// Shapes around one tile, block and workgroup; many codes, one channel, one batch.
inline std::vector<Search> getSearches() {
  std::vector<Search> searches;
  for (bool transposed : {false, true})
    for (bool fixed : {true, false}) {
      for (auto [rows, codes, width] : {std::array{1, 2, 1}, {33, 5, 3}, {16, 64, 8}, {70, 33, 33}, {5, 130, 20}})
        searches.push_back({3, rows, codes, width, transposed, fixed, true});
      searches.push_back({1, 40, 1000, 4, transposed, fixed, false});
    }
  searches.push_back({1, 130, 8192, 16, true, true, true});
  return searches;
}

} // namespace vae::test

#endif // VAE_TESTS_BACKENDS_NEARESTCODE_H
