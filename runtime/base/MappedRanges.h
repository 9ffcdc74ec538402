// Reads of a mapping go on where its file is cut short by another process. Private to this folder.
#ifndef VAE_RUNTIME_BASE_MAPPEDRANGES_H
#define VAE_RUNTIME_BASE_MAPPEDRANGES_H

#include <cstddef>

namespace vae::runtime::detail {

/// A mapping under watch.
struct MappedRange;

/// Watches [address, address + bytes): a read beyond the file's end gives zeros there from then on, where the kernel
/// would end the process by SIGBUS. Null where more mappings are watched than there is room for.
MappedRange *watch(const void *address, size_t bytes);

/// Ends the watch, before the mapping ends.
void release(MappedRange *range);

/// Whether a read met the end of the file.
bool wasCut(const MappedRange *range);

} // namespace vae::runtime::detail

#endif // VAE_RUNTIME_BASE_MAPPEDRANGES_H
