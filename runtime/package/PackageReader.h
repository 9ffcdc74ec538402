// From the bytes of a package to the structs of Package.h. Private to the package.
#ifndef VAE_RUNTIME_PACKAGE_PACKAGEREADER_H
#define VAE_RUNTIME_PACKAGE_PACKAGEREADER_H

#include "runtime/package/Package.h"

#include "runtime/abi/kernel.h"
#include "runtime/abi/package_generated.h"

namespace vae::runtime {

/// Fills one package. Every `read` checks what it takes over; messages name the place ("program 'decode': buffer 3:
/// ...").
class PackageReader {
public:
  explicit PackageReader(Package &package) : package(package) {}

  /// Checksums and FlatBuffer of the core, then everything in it.
  Status read(const vae_package_header &header);

private:
  Result<const abi::Package *> readDescription(const vae_package_header &header);
  Status readArguments(const abi::Package &from);
  Status readTensors(const abi::Package &from);
  Status readKernels(const abi::Package &from);
  Status readPrograms(const abi::Package &from);
  Status findMakers();
  Status collectTargets();

  Result<std::span<const std::byte>> readSection(const abi::Section *from);
  Status readParameter(const abi::Parameter &from);
  Status readState(const abi::State &from);
  Status readConstant(const abi::Constant &from);
  Status readPrepared(const abi::Prepared &from);
  Status readLibrary(const abi::Library &from);
  Status readKernel(const abi::Kernel &from);
  static Status readCut(const abi::Cut &from, Kernel &kernel);
  Status readCode(const abi::KernelCode &from, Kernel &kernel);
  Status readProgram(const abi::Program &from);
  Result<Buffer> readBuffer(const abi::Buffer &from, const PackageProgram &program);
  Status readSteps(const flatbuffers::Vector<flatbuffers::Offset<abi::Step>> *from, uint32_t depth,
                   PackageProgram &program);
  Status readRepeat(const abi::Repeat &from, uint32_t depth, PackageProgram &program);
  Result<Command> readCommand(const abi::Step &from, const PackageProgram &program);
  Status readDispatch(const abi::Dispatch &from, const PackageProgram &program, Command &command);
  Status checkBinding(const Buffer &buffer);

  Package &package;
  uint64_t sectionsBegin = 0;
};

} // namespace vae::runtime

#endif // VAE_RUNTIME_PACKAGE_PACKAGEREADER_H
