// The tensors that outlive a run: parameters, states and constants, on the device in every layout that programs bind.
#ifndef VAE_RUNTIME_SESSION_VARIABLES_H
#define VAE_RUNTIME_SESSION_VARIABLES_H

#include "runtime/devices/Device.h"
#include "runtime/package/Package.h"

#include <array>
#include <functional>
#include <optional>

namespace vae::runtime {

/// Stores a row-major [N, K] matrix of `elementBytes`-byte elements as panels (see VAE_PANEL_WIDTH in abi/kernel.h),
/// padding zero. Both are aligned to their elements.
void packPanels(std::span<const std::byte> rows, std::span<const int64_t> shape, uint64_t elementBytes,
                std::span<std::byte> panels);
/// The inverse; drops the padding.
void unpackPanels(std::span<const std::byte> panels, std::span<const int64_t> shape, uint64_t elementBytes,
                  std::span<std::byte> rows);

/// One tensor with a copy per layout. Copies are made when a program first binds them; a write to one makes the others
/// stale, and they are brought up to date (through the host) before the next program that reads them.
class Variable {
public:
  Variable(ElementType element, std::vector<int64_t> shape) : element(element), shape(std::move(shape)) {}

  /// Makes a value on demand.
  using Source = std::function<Result<HostTensor>(Allocator &)>;

  /// Replaces the value; copies follow when they are next bound. Element and shape must fit (the caller has checked).
  void set(HostTensor value);
  /// Replaces the value by what `source` will make when it is needed: weights that are loaded before they are used cost
  /// nothing.
  void setSource(Source source);

  /// The value, from the host or the newest copy. Zeros where it was never set.
  Result<HostTensor> get(Allocator &allocator) const;

  /// Makes the copy in `layout` exist.
  Status reserve(Device &device, Layout layout, MemoryPurpose purpose);

  /// Makes the copy in `layout`, which exists, current.
  Status refresh(Device &device, Layout layout);

  /// A program has written the copies in these layouts (bit i: layout i): all others are stale now.
  void markWritten(uint32_t layouts);

  /// The copy in `layout`, which exists.
  BoundBuffer binding(Layout layout) const;

  /// Bytes on the device.
  uint64_t deviceBytes() const;

private:
  struct Copy {
    std::unique_ptr<DeviceMemory> memory;
    bool current = false;
  };
  Copy &copy(Layout layout) { return copies[static_cast<size_t>(layout)]; }
  const Copy &copy(Layout layout) const { return copies[static_cast<size_t>(layout)]; }
  Result<HostTensor> download(const Copy &from, Layout layout, Allocator &allocator) const;

  ElementType element;
  std::vector<int64_t> shape;
  std::optional<HostTensor> host; ///< the value, while no copy is current
  Source source;                  ///< makes the value, while no copy is current and `host` is empty
  std::array<Copy, layoutCount> copies;
};

/// All variables of a package.
class Variables {
public:
  explicit Variables(const Package &package);

  /// The variable behind a buffer of kind parameter, state or constant.
  Variable &of(const Buffer &buffer);
  Variable &parameter(size_t index) { return parameters[index]; }
  Variable &state(size_t index) { return states[index]; }

  uint64_t variableBytes() const;
  uint64_t constantBytes() const;

  /// Parameters become what their declared distributions give for `seed`, states zeros. The package must outlive this.
  void initialize(const Package &package, uint64_t seed);
  /// Copies the constants' values from the package where they are not on the device yet.
  Status loadConstant(const Package &package, uint32_t index, Allocator &allocator);

private:
  std::vector<Variable> parameters, states, constants;
  std::vector<bool> loaded; ///< by constant
};

} // namespace vae::runtime

#endif // VAE_RUNTIME_SESSION_VARIABLES_H
