// Pieces of kernel text.
#ifndef VAE_TESTS_BACKENDS_CPU_KERNELTEXT_H
#define VAE_TESTS_BACKENDS_CPU_KERNELTEXT_H

#include <cstdint>
#include <random>
#include <string>
#include <vector>

namespace vae::test {

/// A dimension: its length, and the size argument that gives it (-1: static).
struct Dim {
  int64_t length;
  int size = -1;
};
using Dims = std::vector<Dim>;

inline std::string tensorType(const Dims &dims, const std::string &element = "f32") {
  std::string text = "tensor<";
  for (const Dim &dim : dims)
    text += (dim.size >= 0 ? "?" : std::to_string(dim.length)) + "x";
  return text + element + ">";
}

inline std::string attributes(const Dims &dims, const std::string &layout = "") {
  std::string text = " {program.sizes = array<i64", separator = ": ";
  for (const Dim &dim : dims) {
    text += separator + std::to_string(dim.size);
    separator = ", ";
  }
  return text + ">" + (layout.empty() ? "" : ", program.layout = #program.layout<" + layout + ">") + "}";
}

inline std::string argument(const std::string &name, const Dims &dims, const std::string &layout = "",
                            const std::string &element = "f32") {
  return "%" + name + ": " + tensorType(dims, element) + attributes(dims, layout);
}

inline std::string result(const Dims &dims, const std::string &element = "f32") {
  return tensorType(dims, element) + attributes(dims);
}

/// `%name = tensor.empty(...)`.
inline std::string empty(const std::string &name, const Dims &dims, const std::string &element = "f32") {
  std::string sizes;
  for (const Dim &dim : dims)
    if (dim.size >= 0)
      sizes += (sizes.empty() ? "%d" : ", %d") + std::to_string(dim.size);
  return "%" + name + " = tensor.empty(" + sizes + ") : " + tensorType(dims, element) + "\n";
}

inline int64_t count(const Dims &dims) {
  int64_t product = 1;
  for (const Dim &dim : dims)
    product *= dim.length;
  return product;
}

inline std::vector<float> randomFloats(size_t count, unsigned seed, float lo = -1, float hi = 1) {
  std::mt19937 generator(seed);
  std::uniform_real_distribution<float> distribution(lo, hi);
  std::vector<float> values(count);
  for (float &value : values)
    value = distribution(generator);
  return values;
}

inline std::string replaced(std::string text, const std::string &from, const std::string &to) {
  for (size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size())
    text.replace(at, from.size(), to);
  return text;
}

} // namespace vae::test

#endif // VAE_TESTS_BACKENDS_CPU_KERNELTEXT_H
