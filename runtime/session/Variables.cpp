// Device copies of parameters, states and constants, kept coherent across layouts.
#include "runtime/session/Variables.h"
#include "runtime/abi/kernel.h"
#include "runtime/base/Random.h"

#include <algorithm>
#include <cassert>
#include <cstring>

namespace vae::runtime {

/// Calls move(panel offset, row offset, rows) for each panel and column: `rows` elements (at most a panel's width), one
/// after the other in the panel, `depth` elements apart in the rows. Offsets are in elements.
template <typename Move> static void forEachPanelColumn(std::span<const int64_t> shape, Move move) {
  const uint64_t width = VAE_PANEL_WIDTH, n = static_cast<uint64_t>(shape[0]), depth = static_cast<uint64_t>(shape[1]);
  for (uint64_t first = 0; first < n; first += width)
    for (uint64_t k = 0; k < depth; ++k)
      move(first * depth + k * width, first * depth + k, std::min(width, n - first));
}

template <typename Word>
static void packWords(std::span<const std::byte> rows, std::span<const int64_t> shape, std::span<std::byte> panels) {
  const Word *from = reinterpret_cast<const Word *>(rows.data());
  Word *to = reinterpret_cast<Word *>(panels.data());
  const uint64_t depth = static_cast<uint64_t>(shape[1]);
  forEachPanelColumn(shape, [=](uint64_t panel, uint64_t row, uint64_t count) {
    for (uint64_t i = 0; i < VAE_PANEL_WIDTH; ++i)
      to[panel + i] = i < count ? from[row + i * depth] : Word();
  });
}

template <typename Word>
static void unpackWords(std::span<const std::byte> panels, std::span<const int64_t> shape, std::span<std::byte> rows) {
  const Word *from = reinterpret_cast<const Word *>(panels.data());
  Word *to = reinterpret_cast<Word *>(rows.data());
  const uint64_t depth = static_cast<uint64_t>(shape[1]);
  forEachPanelColumn(shape, [=](uint64_t panel, uint64_t row, uint64_t count) {
    for (uint64_t i = 0; i < count; ++i)
      to[row + i * depth] = from[panel + i];
  });
}

/// Calls `use` with a zero word of an element's size: elements are only moved, so their type makes no difference.
template <typename Use> static void withWord(uint64_t elementBytes, Use use) {
  switch (elementBytes) {
  case 1:
    return use(uint8_t());
  case 2:
    return use(uint16_t());
  case 4:
    return use(uint32_t());
  default:
    assert(elementBytes == 8);
    return use(uint64_t());
  }
}

void packPanels(std::span<const std::byte> rows, std::span<const int64_t> shape, uint64_t elementBytes,
                std::span<std::byte> panels) {
  withWord(elementBytes, [&](auto word) { packWords<decltype(word)>(rows, shape, panels); });
}

void unpackPanels(std::span<const std::byte> panels, std::span<const int64_t> shape, uint64_t elementBytes,
                  std::span<std::byte> rows) {
  withWord(elementBytes, [&](auto word) { unpackWords<decltype(word)>(panels, shape, rows); });
}

void Variable::set(HostTensor value) {
  assert(value.element() == element && value.shape() == shape);
  host = std::move(value);
  source = nullptr;
  markWritten(0);
}

void Variable::setSource(Source newSource) {
  host.reset();
  source = std::move(newSource);
  markWritten(0);
}

Result<HostTensor> Variable::download(const Copy &from, Layout layout, Allocator &allocator) const {
  VAE_ASSIGN_OR_RETURN(HostTensor value, HostTensor::create(element, shape, allocator));
  if (layout == Layout::rowMajor) {
    VAE_RETURN_IF_ERROR(from.memory->download(0, value.bytes().data(), value.bytes().size()));
    return value;
  }
  VAE_ASSIGN_OR_RETURN(HostBuffer panels,
                       HostBuffer::allocate(from.memory->size(), HostBuffer::defaultAlignment, allocator));
  VAE_RETURN_IF_ERROR(from.memory->download(0, panels.data(), panels.size()));
  unpackPanels(panels.bytes(), shape, elementSize(element), value.bytes());
  return value;
}

Result<HostTensor> Variable::get(Allocator &allocator) const {
  for (size_t i = 0; i < copies.size(); ++i)
    if (copies[i].current)
      return download(copies[i], static_cast<Layout>(i), allocator);
  if (source)
    return source(allocator);
  VAE_ASSIGN_OR_RETURN(HostTensor value, HostTensor::create(element, shape, allocator));
  if (host)
    std::memcpy(value.bytes().data(), host->bytes().data(), value.bytes().size());
  return value;
}

Status Variable::reserve(Device &device, Layout layout, MemoryPurpose purpose) {
  Copy &target = copy(layout);
  if (target.memory)
    return {};
  uint64_t bytes = *storageBytes(element, shape, layout);
  const DeviceLimits &limits = device.limits();
  if (bytes > limits.maxAllocation || bytes > limits.maxStorageRange)
    return fail(StatusCode::outOfMemory, "a tensor of shape ", shapeText(shape), " needs ", bytes, " bytes, ",
                device.name(), " allows ", std::min(limits.maxAllocation, limits.maxStorageRange));
  VAE_ASSIGN_OR_RETURN(target.memory, device.allocate(bytes, purpose));
  return {};
}

Status Variable::refresh(Device &device, Layout layout) {
  Copy &target = copy(layout);
  if (target.current)
    return {};
  VAE_ASSIGN_OR_RETURN(HostTensor value, get(device.allocator()));
  if (layout == Layout::rowMajor) {
    VAE_RETURN_IF_ERROR(target.memory->upload(0, value.bytes().data(), value.bytes().size()));
  } else {
    VAE_ASSIGN_OR_RETURN(HostBuffer panels,
                         HostBuffer::allocate(target.memory->size(), HostBuffer::defaultAlignment, device.allocator()));
    packPanels(value.bytes(), shape, elementSize(element), panels.bytes());
    VAE_RETURN_IF_ERROR(target.memory->upload(0, panels.data(), panels.size()));
  }
  target.current = true;
  host.reset();
  source = nullptr;
  return {};
}

void Variable::markWritten(uint32_t layouts) {
  for (size_t i = 0; i < copies.size(); ++i)
    copies[i].current = layouts >> i & 1;
}

BoundBuffer Variable::binding(Layout layout) const {
  const Copy &bound = copy(layout);
  assert(bound.memory && "reserve comes first");
  return {bound.memory.get(), 0, bound.memory->size()};
}

uint64_t Variable::deviceBytes() const {
  uint64_t bytes = 0;
  for (const Copy &one : copies)
    bytes += one.memory ? one.memory->size() : 0;
  return bytes;
}

Variables::Variables(const Package &package) : loaded(package.constants().size(), false) {
  for (const Parameter &parameter : package.parameters())
    parameters.emplace_back(parameter.element, parameter.shape);
  for (const State &state : package.states())
    states.emplace_back(state.element, state.shape);
  for (const Constant &constant : package.constants())
    constants.emplace_back(constant.element, constant.shape);
}

Variable &Variables::of(const Buffer &buffer) {
  if (buffer.kind == BufferKind::parameter)
    return parameters[buffer.index];
  return buffer.kind == BufferKind::state ? states[buffer.index] : constants[buffer.index];
}

uint64_t Variables::variableBytes() const {
  uint64_t bytes = 0;
  for (const Variable &variable : parameters)
    bytes += variable.deviceBytes();
  for (const Variable &variable : states)
    bytes += variable.deviceBytes();
  return bytes;
}

uint64_t Variables::constantBytes() const {
  uint64_t bytes = 0;
  for (const Variable &variable : constants)
    bytes += variable.deviceBytes();
  return bytes;
}

/// Parameters of other types than f32 start as zeros (the compiler declares nothing else for them).
static Result<HostTensor> initialValue(const Parameter &parameter, uint64_t seed, Allocator &allocator) {
  VAE_ASSIGN_OR_RETURN(HostTensor value, HostTensor::create(parameter.element, parameter.shape, allocator));
  if (parameter.element == ElementType::f32)
    VAE_RETURN_IF_ERROR(fillInitial(value, static_cast<InitialValues>(parameter.init.kind), parameter.init.a,
                                    parameter.init.b, seed, parameter.path));
  return value;
}

void Variables::initialize(const Package &package, uint64_t seed) {
  for (size_t i = 0; i < parameters.size(); ++i)
    parameters[i].setSource([&parameter = package.parameters()[i], seed](Allocator &allocator) {
      return initialValue(parameter, seed, allocator);
    });
  for (Variable &state : states)
    state.setSource(nullptr);
}

Status Variables::loadConstant(const Package &package, uint32_t index, Allocator &allocator) {
  if (loaded[index])
    return {};
  const Constant &constant = package.constants()[index];
  VAE_ASSIGN_OR_RETURN(HostTensor value, HostTensor::create(constant.element, constant.shape, allocator));
  std::memcpy(value.bytes().data(), constant.data.data(), constant.data.size());
  constants[index].set(std::move(value));
  loaded[index] = true;
  return {};
}

} // namespace vae::runtime
