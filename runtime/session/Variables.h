// The tensors that outlive a run: parameters, states, constants and prepared tensors.
#ifndef VAE_RUNTIME_SESSION_VARIABLES_H
#define VAE_RUNTIME_SESSION_VARIABLES_H

#include "runtime/devices/Device.h"
#include "runtime/package/Package.h"

#include <functional>
#include <optional>

namespace vae::runtime {

/// One tensor: on the host until a program binds it, then on the device.
class Variable {
public:
  Variable(ElementType element, std::vector<int64_t> shape) : element(element), shape(std::move(shape)) {}

  /// Gives a value on demand, to a sink.
  using Source = std::function<Status(Allocator &, const ByteSink &)>;

  /// Replaces the value; the device gets it when a program next binds it. Element and shape must fit (the caller has
  /// checked).
  void set(HostTensor value);
  /// Replaces the value by what `source` will give when it is needed, and each time: weights that nothing reads cost
  /// nothing.
  void setSource(Source source);

  /// The value, from where it is. Zeros where it was never set.
  Result<HostTensor> get(Allocator &allocator) const;

  /// Whether a source gives the value, as often as it is asked.
  bool hasSource() const { return static_cast<bool>(source); }

  /// Makes its memory on the device exist.
  Status reserve(Device &device, MemoryPurpose purpose);

  /// Brings the value to its memory, which exists. The host keeps it, too.
  Status refresh(Device &device);
  /// From now on the device alone has the value, which is there.
  void forgetHost();
  /// From now on the host alone has the value. What was bound is gone.
  Status leaveDevice(Allocator &allocator);

  /// Gives up its memory; the value is nowhere until a program makes it again.
  void drop();

  /// A program has written the memory: it holds the value now.
  void markWritten();

  /// Its memory, which exists.
  BoundBuffer binding() const;

  /// Bytes on the device.
  uint64_t deviceBytes() const { return memory ? memory->size() : 0; }

  /// How often the value was replaced or written.
  uint64_t changes() const { return changeCount; }

private:
  ElementType element;
  std::vector<int64_t> shape;
  std::optional<HostTensor> host; ///< the value, unless the device alone has it
  Source source;                  ///< gives the value in place of `host`
  std::unique_ptr<DeviceMemory> memory;
  bool current = false; ///< whether `memory` holds the value
  uint64_t changeCount = 0;
};

/// All variables of a package.
class Variables {
public:
  explicit Variables(const Package &package);

  /// The variable behind a buffer of kind parameter, state, constant or prepared.
  Variable &of(const Buffer &buffer);
  Variable &parameter(size_t index) { return parameters[index]; }
  const Variable &parameter(size_t index) const { return parameters[index]; }
  Variable &state(size_t index) { return states[index]; }

  uint64_t variableBytes() const;
  uint64_t constantBytes() const;
  uint64_t preparedBytes() const;

  /// Parameters become what their declared distributions give for `seed`, states zeros. The package must outlive this.
  void initialize(const Package &package, uint64_t seed);
  /// Copies the constants' values from the package where they are not on the device yet.
  Status loadConstant(const Package &package, uint32_t index, Allocator &allocator);

private:
  std::vector<Variable> parameters, states, constants, prepared;
  std::vector<bool> loaded; ///< by constant
};

} // namespace vae::runtime

#endif // VAE_RUNTIME_SESSION_VARIABLES_H
