// Formulas over sizes as a package has them.
#ifndef VAE_RUNTIME_PACKAGE_FORMULAREADER_H
#define VAE_RUNTIME_PACKAGE_FORMULAREADER_H

#include "runtime/abi/package_generated.h"
#include "runtime/package/Package.h"

namespace vae::runtime {

/// A size over so many symbols. invalidFile where its tokens are not a formula.
Result<SizeFormula> readSize(const abi::Size *from, size_t symbolCount);
Result<std::vector<SizeFormula>> readSizes(const flatbuffers::Vector<flatbuffers::Offset<abi::Size>> *from,
                                           size_t symbolCount);
/// Products over so many sizes of a kernel. invalidFile where a factor names none of them or is below 1.
Result<std::vector<GridAxis>> readAxes(const flatbuffers::Vector<flatbuffers::Offset<abi::GridAxis>> *from,
                                       uint32_t sizeCount);

} // namespace vae::runtime

#endif // VAE_RUNTIME_PACKAGE_FORMULAREADER_H
