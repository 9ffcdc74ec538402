// Convolutions and gradients of their filters, for the tests of every backend: a kernel's text, data, and what plain
// loops in double precision make of it.
#ifndef VAE_TESTS_BACKENDS_CONVOLUTIONCASES_H
#define VAE_TESTS_BACKENDS_CONVOLUTIONCASES_H

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <limits>
#include <random>
#include <string>
#include <vector>

namespace vae::test {

/// One axis of a window, as #program.window has it, and how many outputs a length gives.
struct WindowCase {
  int64_t kernel, stride, dilation, offset, divisor;
  bool exact;
  int64_t shrinks; // outputs: (length * grows - shrinks) / stride, rounded up
  int64_t grows;

  static WindowCase plain(int64_t kernel, int64_t stride = 1, int64_t dilation = 1, int64_t padding = 0) {
    return {kernel, stride, dilation, -padding, 1, false, dilation * (kernel - 1) - 2 * padding, 1};
  }
  static WindowCase upsampled(int64_t kernel, int64_t factor, int64_t padding) {
    return {kernel, 1, 1, -padding, factor, false, kernel - 1 - 2 * padding, factor};
  }
  /// With `more` outputs at the end, as where a stride did not divide.
  static WindowCase transposed(int64_t kernel, int64_t stride, int64_t dilation = 1, int64_t padding = 0,
                               int64_t more = 0) {
    return {kernel, 1, -dilation, padding, stride, true, stride - 1 - dilation * (kernel - 1) + 2 * padding - more,
            stride};
  }

  int64_t getOutputs(int64_t length) const { return (length * grows - shrinks + stride - 1) / stride; }
  /// The element that a tap reads, -1 for zero.
  int64_t getIndex(int64_t output, int64_t tap, int64_t length) const {
    int64_t at = output * stride + tap * dilation + offset;
    return at >= 0 && at / divisor < length && !(exact && at % divisor != 0) ? at / divisor : -1;
  }
  std::string getText() const {
    std::string text = "<";
    for (int64_t number : {kernel, stride, dilation, offset})
      text += std::to_string(number) + ", ";
    return text + std::to_string(divisor) + (exact ? ", exact>" : ">");
  }
};

struct ConvolutionCase {
  int64_t batch, height, width, channels, outputs, groups;
  WindowCase rows, columns;
  bool fixed = false;    // height and width are part of the text; the batch never is
  bool epilogue = false; // see getText
  std::string strategy;  // that the kernel wishes; empty: none

  ConvolutionCase(std::array<int64_t, 3> size, std::array<int64_t, 3> channels, WindowCase rows, WindowCase columns)
      : batch(size[0]), height(size[1]), width(size[2]), channels(channels[0]), outputs(channels[1]),
        groups(channels[2]), rows(rows), columns(columns) {}
  ConvolutionCase(std::array<int64_t, 3> size, std::array<int64_t, 3> channels, WindowCase both)
      : ConvolutionCase(size, channels, both, both) {}
  ConvolutionCase withEpilogue() const {
    ConvolutionCase copy = *this;
    copy.epilogue = true;
    return copy;
  }
  ConvolutionCase withFixedSize() const {
    ConvolutionCase copy = *this;
    copy.fixed = true;
    return copy;
  }

  ConvolutionCase withStrategy(const std::string &name) const {
    ConvolutionCase copy = *this;
    copy.strategy = name;
    return copy;
  }

  int64_t outHeight() const { return rows.getOutputs(height); }
  int64_t outWidth() const { return columns.getOutputs(width); }
  int64_t pixels() const { return batch * outHeight() * outWidth(); }
  int64_t inputsPerGroup() const { return channels / groups; }
  int64_t outputsPerGroup() const { return outputs / groups; }
  /// Of the filter, before it is packed: [groups][height][width][inputs][outputs].
  int64_t filterSize() const { return rows.kernel * columns.kernel * inputsPerGroup() * outputs; }
  template <typename T> std::vector<T> getSizes() const {
    std::vector<T> sizes = {static_cast<T>(batch)};
    if (!fixed)
      for (int64_t size : {height, width, outHeight(), outWidth()})
        sizes.push_back(static_cast<T>(size));
    return sizes;
  }
  std::string describe() const {
    std::string text = std::to_string(batch) + " x " + std::to_string(height) + " x " + std::to_string(width) + ", ";
    text += std::to_string(channels) + " -> " + std::to_string(outputs) + " in " + std::to_string(groups) + " groups, ";
    return text + rows.getText() + " " + columns.getText() + (fixed ? ", fixed" : "") + (epilogue ? ", epilogue" : "");
  }
};

//===-- Data --------------------------------------------------------------------===//

inline std::vector<float> makeFloats(int64_t count, unsigned seed) {
  std::mt19937 engine(seed);
  std::vector<float> values(count);
  for (float &value : values)
    value = static_cast<float>(engine() >> 8) * 0x1p-23f - 1.0f;
  return values;
}

/// Calls `visit(output pixel, picture pixel, tap)` for every tap that hits the picture.
template <typename Visit> void forHits(const ConvolutionCase &c, Visit visit) {
  for (int64_t pixel = 0; pixel < c.pixels(); ++pixel)
    for (int64_t tap = 0; tap < c.rows.kernel * c.columns.kernel; ++tap) {
      int64_t line = pixel / c.outWidth();
      int64_t row = c.rows.getIndex(line % c.outHeight(), tap / c.columns.kernel, c.height);
      int64_t column = c.columns.getIndex(pixel % c.outWidth(), tap % c.columns.kernel, c.width);
      if (row >= 0 && column >= 0)
        visit(pixel, (line / c.outHeight() * c.height + row) * c.width + column, tap);
    }
}

/// Calls `visit(picture element, filter element, result element)` for each product of a convolution.
template <typename Visit> void forProducts(const ConvolutionCase &c, Visit visit) {
  int64_t inputs = c.inputsPerGroup(), outputs = c.outputsPerGroup(), taps = c.rows.kernel * c.columns.kernel;
  forHits(c, [&](int64_t out, int64_t in, int64_t tap) {
    for (int64_t group = 0; group < c.groups; ++group)
      for (int64_t input = 0; input < inputs; ++input)
        for (int64_t output = 0; output < outputs; ++output)
          visit(in * c.channels + group * inputs + input, ((group * taps + tap) * inputs + input) * outputs + output,
                out * c.outputs + group * outputs + output);
  });
}

/// Panels of 16 outputs: [groups][panels][height][width][inputs][16].
inline std::vector<float> packFilter(const ConvolutionCase &c, const std::vector<float> &filter) {
  int64_t steps = c.rows.kernel * c.columns.kernel * c.inputsPerGroup(), outputs = c.outputsPerGroup();
  int64_t panels = (outputs + 15) / 16;
  std::vector<float> packed(c.groups * panels * steps * 16);
  for (int64_t group = 0; group < c.groups; ++group)
    for (int64_t step = 0; step < steps; ++step)
      for (int64_t output = 0; output < outputs; ++output)
        packed[((group * panels + output / 16) * steps + step) * 16 + output % 16] =
            filter[(group * steps + step) * outputs + output];
  return packed;
}

/// A NaN and an infinity are somewhere in the picture; its edges have more taps beside than inside.
inline std::vector<float> makePicture(const ConvolutionCase &c) {
  std::vector<float> x = makeFloats(c.batch * c.height * c.width * c.channels, 1);
  x[x.size() / 2] = std::numeric_limits<float>::infinity();
  x[0] = std::numeric_limits<float>::quiet_NaN();
  return x;
}

/// Inputs of a convolution, and its result; with an epilogue also that.
struct ConvolutionData {
  explicit ConvolutionData(const ConvolutionCase &c)
      : x(makePicture(c)), filter(makeFloats(c.filterSize(), 2)), bias(makeFloats(c.outputs, 3)),
        residual(makeFloats(c.pixels() * c.outputs, 4)), y(residual.size()), activated(residual.size()) {
    forProducts(c, [&](int64_t in, int64_t weight, int64_t out) { y[out] += double(x[in]) * filter[weight]; });
    for (size_t i = 0; i < y.size(); ++i) {
      double sum = y[i] + bias[i % c.outputs];
      activated[i] = (sum <= 0 ? 0 : sum) + residual[i];
    }
  }
  std::vector<float> x, filter, bias, residual;
  std::vector<double> y, activated;
};

/// Inputs of a filter's gradient, and the gradient; with an epilogue the weight after a step along it.
struct FilterGradientData {
  explicit FilterGradientData(const ConvolutionCase &c)
      : gradient(makeFloats(c.pixels() * c.outputs, 5)), x(makePicture(c)), weight(makeFloats(c.filterSize(), 6)),
        d(weight.size()), updated(weight.size()) {
    forProducts(c, [&](int64_t in, int64_t weight, int64_t out) { d[weight] += double(x[in]) * gradient[out]; });
    for (size_t i = 0; i < d.size(); ++i)
      updated[i] = weight[i] - 0.125 * d[i];
  }
  std::vector<float> gradient, x, weight;
  std::vector<double> d, updated;
};

/// Largest difference in units of `scale`, infinite where one is a NaN or an infinity and the other is not that.
inline double getWorst(const std::vector<float> &got, const std::vector<double> &expected, double scale) {
  double worst = got.size() == expected.size() ? 0 : INFINITY;
  for (size_t i = 0; i < std::min(got.size(), expected.size()); ++i) {
    if (got[i] == expected[i] || (std::isnan(got[i]) && std::isnan(expected[i])))
      continue;
    double difference = std::abs(got[i] - expected[i]) / scale;
    worst = std::isnan(difference) ? INFINITY : std::max(worst, difference);
  }
  return worst;
}

//===-- Text --------------------------------------------------------------------===//

/// A tensor type whose negative sizes -1 - n are the run-time size n.
struct CaseTensor {
  std::vector<int64_t> sizes;

  std::string getType() const {
    std::string text = "tensor<";
    for (int64_t size : sizes)
      text += (size < 0 ? "?" : std::to_string(size)) + "x";
    return text + "f32>";
  }
  std::string getAttributes() const {
    std::string text = " {program.sizes = array<i64";
    for (size_t i = 0; i < sizes.size(); ++i)
      text += (i ? ", " : ": ") + std::to_string(sizes[i] < 0 ? -1 - sizes[i] : -1);
    return text + ">}";
  }
  std::string getEmpty() const {
    std::string dynamic;
    for (int64_t size : sizes)
      if (size < 0)
        dynamic += (dynamic.empty() ? "%d" : ", %d") + std::to_string(-1 - size);
    return "tensor.empty(" + dynamic + ") : " + getType();
  }
};

inline CaseTensor getPictureType(const ConvolutionCase &c) {
  return c.fixed ? CaseTensor{{-1, c.height, c.width, c.channels}} : CaseTensor{{-1, -2, -3, c.channels}};
}
inline CaseTensor getResultType(const ConvolutionCase &c) {
  return c.fixed ? CaseTensor{{-1, c.outHeight(), c.outWidth(), c.outputs}} : CaseTensor{{-1, -4, -5, c.outputs}};
}
inline CaseTensor getFilterType(const ConvolutionCase &c) {
  return {{c.groups, c.rows.kernel, c.columns.kernel, c.inputsPerGroup(), c.outputsPerGroup()}};
}
inline CaseTensor getPanelsType(const ConvolutionCase &c) {
  return {{c.groups, (c.outputsPerGroup() + 15) / 16, c.rows.kernel, c.columns.kernel, c.inputsPerGroup(), 16}};
}

/// Replaces each word by a text, longer words first where one begins with another.
inline std::string replaceWords(std::string text, const std::vector<std::pair<std::string, std::string>> &words) {
  for (const auto &[word, replacement] : words)
    for (size_t at = 0; (at = text.find(word, at)) != std::string::npos; at += replacement.size())
      text.replace(at, word.size(), replacement);
  return text;
}

inline std::string getSizeArguments(const ConvolutionCase &c) {
  return c.fixed ? "%d0: index" : "%d0: index, %d1: index, %d2: index, %d3: index, %d4: index";
}

/// The kernel: inputs x and filter, result y. With an epilogue inputs x, filter, bias and residual, results y and
/// max(y + bias, 0) + residual.
inline std::string getConvolutionText(const ConvolutionCase &c) {
  std::string plain = R"(
program.kernel @convolution(%x: X XSIZES, %w: W, DIMS) -> (Y YSIZES) attributes {PREFERRED form = #program.form<convolution>, ties = array<i64: -1>} {
  %e = EMPTY
  %y = program.convolution %x, %w into %e rows ROWS columns COLUMNS : (X, W, Y) -> Y
  program.yield %y : Y
})";
  std::string epilogue = R"(
program.kernel @convolution(%x: X XSIZES, %w: W, %b: tensor<OUTPUTSxf32>, %r: Y YSIZES, DIMS) -> (Y YSIZES, Y YSIZES)
    attributes {PREFERRED form = #program.form<convolution>, ties = array<i64: -1, -1>} {
  %e = EMPTY
  %y = program.convolution %x, %w into %e rows ROWS columns COLUMNS : (X, W, Y) -> Y
  %a = linalg.generic {indexing_maps = [affine_map<(b, i, j, o) -> (b, i, j, o)>, affine_map<(b, i, j, o) -> (o)>,
      affine_map<(b, i, j, o) -> (b, i, j, o)>, affine_map<(b, i, j, o) -> (b, i, j, o)>],
      iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%y, %b, %r : Y, tensor<OUTPUTSxf32>, Y) outs(%e : Y)
      attrs = {program.role = "epilogue"} {
  ^bb0(%0: f32, %1: f32, %2: f32, %3: f32):
    %zero = arith.constant 0.0 : f32
    %sum = arith.addf %0, %1 : f32
    %off = arith.cmpf ole, %sum, %zero : f32
    %on = arith.select %off, %zero, %sum : f32
    %all = arith.addf %on, %2 : f32
    linalg.yield %all : f32
  } -> Y
  program.yield %y, %a : Y, Y
})";
  CaseTensor x = getPictureType(c), y = getResultType(c);
  std::string wish = c.strategy.empty() ? "" : "program.strategy = \"" + c.strategy + "\", ";
  // Last, for its letters are words above.
  return replaceWords(c.epilogue ? epilogue : plain, {{"XSIZES", x.getAttributes()},
                                                      {"YSIZES", y.getAttributes()},
                                                      {"DIMS", getSizeArguments(c)},
                                                      {"EMPTY", y.getEmpty()},
                                                      {"ROWS", c.rows.getText()},
                                                      {"COLUMNS", c.columns.getText()},
                                                      {"OUTPUTS", std::to_string(c.outputs)},
                                                      {"X", x.getType()},
                                                      {"Y", y.getType()},
                                                      {"W", getPanelsType(c).getType()},
                                                      {"PREFERRED", wish}});
}

/// The kernel: inputs gradient and x, result d. With an epilogue inputs gradient, x and weight, which becomes
/// weight - d / 8 in its place, and result d.
inline std::string getFilterGradientText(const ConvolutionCase &c) {
  std::string plain = R"(
program.kernel @gradient(%g: Y YSIZES, %x: X XSIZES, DIMS) -> (W) attributes {form = #program.form<filter_gradient>, ties = array<i64: -1>} {
  %e = EMPTY
  %d = program.filter_gradient %g, %x into %e rows ROWS columns COLUMNS : (Y, X, W) -> W
  program.yield %d : W
})";
  std::string epilogue = R"(
program.kernel @gradient(%g: Y YSIZES, %x: X XSIZES, %w: W, DIMS) -> (W, W) attributes {form = #program.form<filter_gradient>, ties = array<i64: 2, -1>} {
  %e = EMPTY
  %d = program.filter_gradient %g, %x into %e rows ROWS columns COLUMNS : (Y, X, W) -> W
  %n = linalg.generic {indexing_maps = [affine_map<(g, u, v, c, o) -> (g, u, v, c, o)>, affine_map<(g, u, v, c, o) -> (g, u, v, c, o)>,
      affine_map<(g, u, v, c, o) -> (g, u, v, c, o)>], iterator_types = ["parallel", "parallel", "parallel", "parallel", "parallel"]}
      ins(%d, %w : W, W) outs(%e : W) attrs = {program.role = "epilogue"} {
  ^bb0(%0: f32, %1: f32, %2: f32):
    %rate = arith.constant 0.125 : f32
    %step = arith.mulf %0, %rate : f32
    %next = arith.subf %1, %step : f32
    linalg.yield %next : f32
  } -> W
  program.yield %n, %d : W, W
})";
  CaseTensor x = getPictureType(c), y = getResultType(c), w = getFilterType(c);
  return replaceWords(c.epilogue ? epilogue : plain, {{"XSIZES", x.getAttributes()},
                                                      {"YSIZES", y.getAttributes()},
                                                      {"DIMS", getSizeArguments(c)},
                                                      {"EMPTY", w.getEmpty()},
                                                      {"ROWS", c.rows.getText()},
                                                      {"COLUMNS", c.columns.getText()},
                                                      {"X", x.getType()},
                                                      {"Y", y.getType()},
                                                      {"W", w.getType()}});
}

//===-- Cases -------------------------------------------------------------------===//

/// Windows of every kind, around one tile's pixels and channels: numbers of channels on both sides of 4, 16, 32 and 64.
/// Those that minimal filtering computes: tiles of 4 by 4 outputs and blocks of 8 by 8 tiles, whole and cut; panels of 16
/// outputs, side by side and alone.
inline std::vector<ConvolutionCase> getWinogradCases() {
  using W = WindowCase;
  return {
      {{1, 1, 1}, {16, 1, 1}, W::plain(3, 1, 1, 1)},
      {{2, 8, 8}, {16, 16, 1}, W::plain(3, 1, 1, 1)},
      {{1, 37, 66}, {32, 70, 1}, W::plain(3, 1, 1, 1)},
      {{2, 6, 9}, {48, 33, 1}, W::plain(3, 1, 1, 2), W::plain(3, 1, 1, 0)},
      {{1, 40, 11}, {16, 20, 1}, W::plain(3, 1, 1, 3)},
      {{2, 7, 10}, {64, 40, 1}, W::transposed(3, 1, 1, 1)},
      {{1, 5, 6}, {32, 17, 1}, W::transposed(3, 1, 1, 0), W::transposed(3, 1, 1, 2)},
      {{1, 34, 19}, {32, 35, 1}, W::transposed(3, 1, 1, 1), W::plain(3, 1, 1, 1)},
      {{1, 1, 1}, {16, 16, 1}, W::upsampled(3, 2, 1)},
      {{2, 17, 5}, {32, 33, 1}, W::upsampled(3, 2, 1)},
      {{1, 6, 9}, {16, 48, 1}, W::upsampled(3, 2, 3), W::upsampled(3, 2, 1)},
  };
}

inline std::vector<ConvolutionCase> getConvolutionCases() {
  using W = WindowCase;
  return {
      {{1, 1, 1}, {1, 1, 1}, W::plain(1)},
      {{3, 5, 7}, {3, 16, 1}, W::plain(3, 1, 1, 1)},
      {{2, 9, 6}, {16, 20, 1}, W::plain(3, 2, 1, 1)},
      {{1, 13, 11}, {20, 3, 1}, W::plain(3, 1, 2, 2)},
      {{1, 12, 13}, {130, 33, 1}, W::plain(2, 1, 1, 0), W::plain(3, 2, 1, 1)},
      {{3, 8, 8}, {32, 70, 1}, W::plain(1)},
      {{2, 10, 14}, {64, 64, 1}, W::plain(3, 1, 1, 1)},
      {{2, 7, 9}, {8, 12, 4}, W::plain(3, 1, 1, 1)},
      {{1, 6, 5}, {12, 12, 12}, W::plain(5, 1, 1, 2)},
      {{2, 5, 6}, {32, 40, 2}, W::plain(4, 2, 1, 1)},
      {{1, 3, 4}, {4, 5, 1}, W::plain(3, 1, 3, 5)},
      {{3, 4, 5}, {16, 20, 1}, W::transposed(4, 2, 1, 1)},
      {{2, 5, 3}, {3, 8, 1}, W::transposed(3, 2, 1, 1, 1)},
      {{1, 4, 4}, {20, 3, 1}, W::transposed(1, 2)},
      {{1, 5, 4}, {16, 16, 1}, W::transposed(3, 3, 2, 1), W::transposed(2, 4)},
      {{2, 3, 3}, {6, 4, 2}, W::transposed(5, 1, 1, 2), W::transposed(3, 2, 2, 0)},
      {{1, 4, 5}, {16, 17, 1}, W::upsampled(3, 2, 1)},
      {{2, 3, 4}, {5, 6, 1}, W::upsampled(3, 3, 1)},
      {{2, 6, 6}, {16, 33, 1}, W::plain(3, 1, 1, 1), W::plain(3, 3, 1, 1)},
  };
}

} // namespace vae::test

#endif // VAE_TESTS_BACKENDS_CONVOLUTIONCASES_H
