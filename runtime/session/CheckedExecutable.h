// A program whose results are looked at one by one: where NaN or infinity begins.
#ifndef VAE_RUNTIME_SESSION_CHECKEDEXECUTABLE_H
#define VAE_RUNTIME_SESSION_CHECKEDEXECUTABLE_H

#include "runtime/devices/Device.h"
#include "runtime/session/sizes/SizedProgram.h"

namespace vae::runtime {

/// Runs the commands of a bound program one at a time and downloads what each has written, on any device. A value that
/// is not finite may be meant (a mask of -infinity before a softmax), so the first one is only remembered, and the run
/// fails with nonFinite, naming it, where an output, a weight or a state is not finite in the end. A loss that is not
/// finite ends it before a weight changes.
class CheckedExecutable final : public Executable {
public:
  /// All that is given must outlive this.
  CheckedExecutable(Device &device, const Package &package, const PackageProgram &program, const SizedProgram &sized,
                    const BoundProgram &bound, std::shared_ptr<DeviceKernels> kernels);

  /// `control.times` stays empty.
  Status run(std::span<const Upload> uploads, std::span<const Download> downloads, const RunControl &control) override;

private:
  Status noteGiven();
  Status runCommands(size_t begin, size_t end, const RunControl &control);
  Status runCommand(size_t index, const RunControl &control);
  Result<Executable *> executableOf(size_t index);
  std::string nameOf(const Command &command, size_t binding) const;
  Status check(uint32_t buffer, const std::string &what) const;
  Status note(uint32_t buffer, const std::string &what);
  Status requireFinite(std::span<const uint32_t> buffers) const;
  Status requireFiniteOutputs() const;

  Device &device;
  const Package &package;
  const PackageProgram &program;
  const SizedProgram &sized;
  const BoundProgram &bound;
  std::shared_ptr<DeviceKernels> kernels;
  std::vector<std::unique_ptr<Executable>> executables; ///< by command, made when first run
  std::vector<bool> written;                            ///< by buffer, in this run
  Status first;                                         ///< says which value was the first that is not finite
  bool committed = false;                               ///< whether this run has changed a weight or a state
};

} // namespace vae::runtime

#endif // VAE_RUNTIME_SESSION_CHECKEDEXECUTABLE_H
