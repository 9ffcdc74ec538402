// Whether two paths name one file, however they are spelled.
#ifndef VAE_RUNTIME_BASE_FILEIDENTITY_H
#define VAE_RUNTIME_BASE_FILEIDENTITY_H

#include "runtime/base/Status.h"

#include <span>

namespace vae::runtime {

/// Where a write to `path` really goes: a symbolic link to a file, or to nothing, is followed; pipes and devices keep
/// the path that was given.
std::string followLinks(const std::string &path);

/// invalidArgument where an output is the file of an input or of another output, or a .png in a folder that is an input.
/// Files are compared by device and inode, those that do not exist yet by their folder's and their name. Paths that name
/// no file, and pipes and devices, are nobody's.
Status checkDistinct(std::span<const std::string> inputs, std::span<const std::string> outputs);

} // namespace vae::runtime

#endif // VAE_RUNTIME_BASE_FILEIDENTITY_H
