// Writes packages for tests: the description by hand, sections and checksums by this class.
#ifndef VAE_TESTS_RUNTIME_PACKAGEBUILDER_H
#define VAE_TESTS_RUNTIME_PACKAGEBUILDER_H

#include "runtime/abi/kernel.h"
#include "runtime/abi/package_generated.h"

#include <cstddef>
#include <initializer_list>
#include <memory>
#include <string>
#include <vector>

namespace vae::test {

/// Postfix words of a size: numbers, symbols by index ("s0"), operations "+ * / //".
std::unique_ptr<abi::SizeT> size(const std::string &words);
std::vector<std::unique_ptr<abi::SizeT>> sizes(std::initializer_list<std::string> formulas);
/// The product of ceil(sizes[i] / divisor) over (i, divisor); i = -1: the divisor itself counts.
std::unique_ptr<abi::GridAxisT> axis(std::initializer_list<std::pair<int, int64_t>> factors);

std::unique_ptr<abi::BufferT> buffer(abi::BufferKind kind, const std::string &name,
                                     std::initializer_list<std::string> shape,
                                     abi::ElementType element = abi::ElementType_f32);
std::unique_ptr<abi::StepT> dispatch(uint32_t kernel, std::vector<uint32_t> buffers,
                                     std::initializer_list<std::string> sizes);
std::unique_ptr<abi::StepT> copy(uint32_t source, uint32_t destination);
std::unique_ptr<abi::StepT> fill(uint32_t destination, uint32_t word);
std::unique_ptr<abi::StepT> barrier();
template <typename... Steps> std::unique_ptr<abi::StepT> repeat(const std::string &count, Steps... steps) {
  abi::RepeatT command;
  command.count = size(count);
  (command.steps.push_back(std::move(steps)), ...);
  auto step = std::make_unique<abi::StepT>();
  step->command.Set(std::move(command));
  return step;
}

class PackageBuilder {
public:
  /// Fill as the test needs; sections come from `section`.
  abi::PackageT description;

  /// A section with these bytes, at a place that `build` chooses.
  std::unique_ptr<abi::SectionT> section(std::vector<std::byte> bytes);

  /// The file: header, description, sections, with right checksums.
  std::vector<std::byte> build();

private:
  std::vector<std::vector<std::byte>> sections;
};

/// A file of this description alone, with right checksums.
std::vector<std::byte> packageFile(const std::vector<uint8_t> &description, uint64_t size = 0);

/// A file of this core and these bytes as the weights inside.
std::vector<std::byte> withWeights(std::vector<std::byte> core, const std::string &weights);

/// Rewrites the checksums of header and description after a test has changed bytes on purpose.
void repairChecksums(std::vector<std::byte> &package);

std::vector<std::byte> readBytes(const std::string &path);

} // namespace vae::test

#endif // VAE_TESTS_RUNTIME_PACKAGEBUILDER_H
