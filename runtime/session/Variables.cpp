// Device copies of parameters, states, constants and prepared tensors.
#include "runtime/session/Variables.h"
#include "runtime/base/Checked.h"
#include "runtime/base/Random.h"

#include <algorithm>
#include <cassert>
#include <cstring>

namespace vae::runtime {

void Variable::set(HostTensor value) {
  assert(value.element() == element && value.shape() == shape);
  host = std::move(value);
  source = nullptr;
  current = false;
  ++changeCount;
}

void Variable::setSource(Source newSource) {
  host.reset();
  source = std::move(newSource);
  current = false;
  ++changeCount;
}

Result<HostTensor> Variable::get(Allocator &allocator) const {
  VAE_ASSIGN_OR_RETURN(HostTensor value, HostTensor::create(element, shape, allocator));
  if (source)
    VAE_RETURN_IF_ERROR(source(allocator, [&](uint64_t offset, std::span<const std::byte> bytes) {
      std::copy(bytes.begin(), bytes.end(), value.bytes().begin() + static_cast<ptrdiff_t>(offset));
      return Status();
    }));
  else if (host)
    std::memcpy(value.bytes().data(), host->bytes().data(), value.bytes().size());
  else if (current)
    VAE_RETURN_IF_ERROR(memory->download(0, value.bytes().data(), value.bytes().size()));
  return value;
}

Status Variable::reserve(Device &device, MemoryPurpose purpose) {
  if (memory)
    return {};
  uint64_t bytes = *checkedByteSize(shape, elementSize(element));
  const DeviceLimits &limits = device.limits();
  if (bytes > limits.maxAllocation || bytes > limits.maxStorageRange)
    return fail(StatusCode::outOfMemory, "a tensor of shape ", shapeText(shape), " needs ", bytes, " bytes, ",
                device.name(), " allows ", std::min(limits.maxAllocation, limits.maxStorageRange));
  VAE_ASSIGN_OR_RETURN(memory, device.allocate(bytes, purpose));
  return {};
}

Status Variable::refresh(Device &device) {
  if (current)
    return {};
  auto upload = [&](uint64_t offset, std::span<const std::byte> bytes) {
    return memory->upload(offset, bytes.data(), bytes.size());
  };
  if (source) {
    VAE_RETURN_IF_ERROR(source(device.allocator(), upload));
  } else if (host) {
    VAE_RETURN_IF_ERROR(upload(0, host->bytes()));
  } else {
    VAE_ASSIGN_OR_RETURN(HostTensor zeros, HostTensor::create(element, shape, device.allocator()));
    VAE_RETURN_IF_ERROR(upload(0, zeros.bytes()));
  }
  current = true;
  return {};
}

void Variable::forgetHost() {
  assert(current && "the device has the value");
  host.reset();
  source = nullptr;
}

Status Variable::leaveDevice(Allocator &allocator) {
  if (!memory)
    return {};
  if (!host && !source) {
    VAE_ASSIGN_OR_RETURN(host, get(allocator));
  }
  current = false;
  memory.reset();
  return {};
}

void Variable::drop() {
  current = false;
  memory.reset();
}

void Variable::markWritten() {
  current = true;
  forgetHost();
  ++changeCount;
}

BoundBuffer Variable::binding() const {
  assert(memory && "reserve comes first");
  return {memory.get(), 0, memory->size()};
}

Variables::Variables(const Package &package) : loaded(package.constants().size(), false) {
  for (const Parameter &parameter : package.parameters())
    parameters.emplace_back(parameter.element, parameter.shape);
  for (const State &state : package.states())
    states.emplace_back(state.element, state.shape);
  for (const Constant &constant : package.constants())
    constants.emplace_back(constant.element, constant.shape);
  for (const Prepared &tensor : package.prepared())
    prepared.emplace_back(tensor.element, tensor.shape);
}

Variable &Variables::of(const Buffer &buffer) {
  if (buffer.kind == BufferKind::parameter)
    return parameters[buffer.index];
  if (buffer.kind == BufferKind::prepared)
    return prepared[buffer.index];
  return buffer.kind == BufferKind::state ? states[buffer.index] : constants[buffer.index];
}

static uint64_t sumBytes(std::span<const Variable> variables) {
  uint64_t bytes = 0;
  for (const Variable &variable : variables)
    bytes += variable.deviceBytes();
  return bytes;
}

uint64_t Variables::variableBytes() const { return sumBytes(parameters) + sumBytes(states); }
uint64_t Variables::constantBytes() const { return sumBytes(constants); }
uint64_t Variables::preparedBytes() const { return sumBytes(prepared); }

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
    parameters[i].setSource([&parameter = package.parameters()[i], seed](Allocator &allocator, const ByteSink &sink) {
      Result<HostTensor> value = initialValue(parameter, seed, allocator);
      return value.ok() ? sink(0, value->bytes()) : value.status();
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
