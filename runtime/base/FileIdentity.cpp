// Paths as (device, inode).
#include "runtime/base/FileIdentity.h"
#include "runtime/base/FileCalls.h"

#include <climits>
#include <cstdlib>
#include <map>
#include <optional>
#include <sys/stat.h>
#include <tuple>
#include <unistd.h>

namespace vae::runtime {
namespace {

/// Device, inode, and the name in that folder of a file that does not exist.
using Identity = std::tuple<dev_t, ino_t, std::string>;

std::optional<Identity> identityOf(const std::string &path) {
  struct stat info;
  const std::string target = followLinks(path);
  if (::stat(target.c_str(), &info) == 0)
    return S_ISREG(info.st_mode) || S_ISDIR(info.st_mode) ? std::optional(Identity(info.st_dev, info.st_ino, ""))
                                                          : std::nullopt;
  if (target.empty() || ::stat(detail::folderOf(target).c_str(), &info) != 0)
    return std::nullopt;
  return Identity(info.st_dev, info.st_ino, target.substr(target.rfind('/') + 1));
}

/// The target of a link; empty where `path` is none.
std::string linkTarget(const std::string &path) {
  char target[PATH_MAX];
  ssize_t length = ::readlink(path.c_str(), target, sizeof target);
  return length < 0 ? std::string() : std::string(target, static_cast<size_t>(length));
}

} // namespace

std::string followLinks(const std::string &path) {
  constexpr int maxLinks = 40; // as the kernel has it
  struct stat info;
  char resolved[PATH_MAX];
  if (::stat(path.c_str(), &info) == 0)
    return S_ISREG(info.st_mode) && ::realpath(path.c_str(), resolved) ? resolved : path;
  std::string place = path;
  for (int i = 0; i < maxLinks; ++i) {
    std::string next = linkTarget(place);
    if (next.empty())
      break;
    place = next.starts_with('/') ? next : detail::folderOf(place).append("/").append(next);
  }
  return place;
}

Status checkDistinct(std::span<const std::string> inputs, std::span<const std::string> outputs) {
  std::map<Identity, std::string> read, written;
  for (const std::string &input : inputs)
    if (std::optional<Identity> file = identityOf(input))
      read.emplace(*file, input);
  for (const std::string &output : outputs) {
    std::optional<Identity> file = identityOf(output), folder = identityOf(detail::folderOf(followLinks(output)));
    if (!file)
      continue;
    if (auto found = read.find(*file); found != read.end())
      return invalidArgument("'", output, "' would be written, but is an input",
                             found->second == output ? "" : ": it is '" + found->second + "'");
    if (auto found = folder ? read.find(*folder) : read.end(); found != read.end() && output.ends_with(".png"))
      return invalidArgument("'", output, "' would be written into '", found->second, "', whose pictures are an input");
    if (auto [other, isNew] = written.emplace(*file, output); !isNew)
      return invalidArgument("'", output, "' would be written twice",
                             other->second == output ? "" : ": it is '" + other->second + "'");
  }
  return {};
}

} // namespace vae::runtime
