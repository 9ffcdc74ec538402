// The package writer of the tests, independent of the compiler's.
#include "tests/runtime/conformance/PackageBuilder.h"

#include <algorithm>
#include <cstring>
#include <fstream>
#include <iterator>
#include <sstream>
#include <zlib.h>

namespace vae::test {
namespace {

uint32_t crc(const void *data, size_t size) {
  return static_cast<uint32_t>(crc32_z(0, static_cast<const Bytef *>(data), size));
}

uint64_t aligned(uint64_t value) {
  return (value + VAE_SECTION_ALIGNMENT - 1) / VAE_SECTION_ALIGNMENT * VAE_SECTION_ALIGNMENT;
}

/// Section offsets are numbered from 1 in units of the alignment until their places are known; this visits them all.
template <typename Visit> void forEachSection(abi::PackageT &package, Visit visit) {
  for (auto &constant : package.constants)
    visit(*constant->data);
  for (auto &library : package.libraries)
    visit(*library->code);
  for (auto &kernel : package.kernels)
    for (auto &code : kernel->code)
      if (code->code)
        visit(*code->code);
}

std::vector<uint8_t> pack(const abi::PackageT &package) {
  flatbuffers::FlatBufferBuilder builder;
  builder.ForceDefaults(true); // so that the size doesn't depend on the offsets' values
  abi::FinishPackageBuffer(builder, abi::Package::Pack(builder, &package));
  return {builder.GetBufferPointer(), builder.GetBufferPointer() + builder.GetSize()};
}

} // namespace

std::unique_ptr<abi::SizeT> size(const std::string &words) {
  auto result = std::make_unique<abi::SizeT>();
  std::istringstream stream(words);
  for (std::string word; stream >> word;) {
    abi::SizeOp op = word == "+"      ? abi::SizeOp_add
                     : word == "*"    ? abi::SizeOp_mul
                     : word == "/"    ? abi::SizeOp_divide
                     : word == "//"   ? abi::SizeOp_floor_divide
                     : word[0] == 's' ? abi::SizeOp_symbol
                                      : abi::SizeOp_constant;
    int64_t value = op == abi::SizeOp_symbol     ? std::stoll(word.substr(1))
                    : op == abi::SizeOp_constant ? std::stoll(word)
                                                 : 0;
    result->tokens.emplace_back(op, value);
  }
  return result;
}

std::vector<std::unique_ptr<abi::SizeT>> sizes(std::initializer_list<std::string> formulas) {
  std::vector<std::unique_ptr<abi::SizeT>> all;
  for (const std::string &formula : formulas)
    all.push_back(size(formula));
  return all;
}

std::unique_ptr<abi::GridAxisT> axis(std::initializer_list<std::pair<int, int64_t>> factors) {
  auto result = std::make_unique<abi::GridAxisT>();
  for (auto [index, number] : factors) {
    auto factor = std::make_unique<abi::GridFactorT>();
    factor->size = index;
    factor->constant = index < 0 ? number : 1;
    factor->divisor = index < 0 ? 1 : number;
    result->factors.push_back(std::move(factor));
  }
  return result;
}

std::unique_ptr<abi::BufferT> buffer(abi::BufferKind kind, const std::string &name,
                                     std::initializer_list<std::string> shape, abi::ElementType element) {
  auto result = std::make_unique<abi::BufferT>();
  result->kind = kind;
  result->name = name;
  result->shape = sizes(shape);
  result->element = element;
  return result;
}

std::unique_ptr<abi::StepT> dispatch(uint32_t kernel, std::vector<uint32_t> buffers,
                                     std::initializer_list<std::string> formulas) {
  abi::DispatchT command;
  command.kernel = kernel;
  command.buffers = std::move(buffers);
  command.sizes = sizes(formulas);
  auto step = std::make_unique<abi::StepT>();
  step->command.Set(std::move(command));
  return step;
}

std::unique_ptr<abi::StepT> copy(uint32_t source, uint32_t destination) {
  abi::CopyT command;
  command.source = source;
  command.destination = destination;
  auto step = std::make_unique<abi::StepT>();
  step->command.Set(std::move(command));
  return step;
}

std::unique_ptr<abi::StepT> fill(uint32_t destination, uint32_t word) {
  abi::FillT command;
  command.destination = destination;
  command.word = word;
  auto step = std::make_unique<abi::StepT>();
  step->command.Set(std::move(command));
  return step;
}

std::unique_ptr<abi::StepT> barrier() {
  auto step = std::make_unique<abi::StepT>();
  step->command.Set(abi::BarrierT());
  return step;
}

std::unique_ptr<abi::SectionT> PackageBuilder::section(std::vector<std::byte> bytes) {
  auto result = std::make_unique<abi::SectionT>();
  sections.push_back(std::move(bytes));
  result->offset = sections.size();
  result->size = sections.back().size();
  result->crc32 = crc(sections.back().data(), sections.back().size());
  return result;
}

std::vector<std::byte> PackageBuilder::build() {
  std::vector<uint64_t> offsets;
  uint64_t end = aligned(sizeof(vae_package_header) + pack(description).size());
  for (const std::vector<std::byte> &bytes : sections) {
    offsets.push_back(end);
    end = aligned(end + bytes.size());
  }
  forEachSection(description, [&](abi::SectionT &section) { section.offset = offsets[section.offset - 1]; });
  std::vector<uint8_t> packed = pack(description);
  uint64_t size =
      sections.empty() ? sizeof(vae_package_header) + packed.size() : offsets.back() + sections.back().size();
  std::vector<std::byte> file = packageFile(packed, size);
  for (size_t i = 0; i < sections.size(); ++i)
    std::memcpy(file.data() + offsets[i], sections[i].data(), sections[i].size());
  return file;
}

std::vector<std::byte> packageFile(const std::vector<uint8_t> &description, uint64_t size) {
  size = std::max<uint64_t>(size, sizeof(vae_package_header) + description.size());
  std::vector<std::byte> file(size);
  vae_package_header header = {{'V', 'A', 'E', 'P'}, VAE_ABI_VERSION, size, 0, description.size(), 0, 0};
  std::memcpy(file.data(), &header, sizeof(header));
  std::memcpy(file.data() + sizeof(header), description.data(), description.size());
  repairChecksums(file);
  return file;
}

std::vector<std::byte> withWeights(std::vector<std::byte> core, const std::string &weights) {
  vae_package_header header;
  std::memcpy(&header, core.data(), sizeof(header));
  header.weights_size = weights.size();
  std::memcpy(core.data(), &header, sizeof(header));
  repairChecksums(core);
  core.resize(aligned(core.size()));
  const std::byte *data = reinterpret_cast<const std::byte *>(weights.data());
  core.insert(core.end(), data, data + weights.size());
  return core;
}

void repairChecksums(std::vector<std::byte> &package) {
  vae_package_header header;
  std::memcpy(&header, package.data(), sizeof(header));
  header.description_crc32 = crc(package.data() + sizeof(header), header.description_size);
  header.header_crc32 = crc(&header, offsetof(vae_package_header, header_crc32));
  std::memcpy(package.data(), &header, sizeof(header));
}

std::vector<std::byte> readBytes(const std::string &path) {
  std::ifstream file(path, std::ios::binary);
  std::vector<char> chars((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  const std::byte *data = reinterpret_cast<const std::byte *>(chars.data());
  return {data, data + chars.size()};
}

} // namespace vae::test
