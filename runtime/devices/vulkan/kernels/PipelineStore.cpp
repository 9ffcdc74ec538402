// Reads and writes the file of compiled pipelines.
#include "runtime/devices/vulkan/kernels/PipelineStore.h"

#include "runtime/base/AtomicFile.h"
#include "runtime/base/File.h"
#include "runtime/package/PackageHeader.h"

#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace vae::runtime::vulkan {
namespace {

/// What stands before the driver's data: drivers trust those more than they should.
struct StoreHeader {
  char magic[8];
  uint64_t bytes;
  uint32_t checksum;
  uint32_t zero;
};

constexpr char storeMagic[8] = {'v', 'a', 'e', 'p', 'i', 'p', 'e', '1'};
/// More than any driver was seen to keep for hundreds of kernels, and little enough to read at a start.
constexpr uint64_t mostBytes = uint64_t(256) << 20;
/// Vulkan's own header: a cache of no more than this holds nothing.
constexpr size_t emptyBytes = sizeof(VkPipelineCacheHeaderVersionOne);

/// A driver's data are of use to that driver alone.
std::string fileName(const VkPhysicalDeviceProperties &device) {
  char text[64];
  std::snprintf(text, sizeof text, "%08x-%08x-%08x-", device.vendorID, device.deviceID, device.driverVersion);
  std::string name = text;
  for (uint8_t byte : device.pipelineCacheUUID) {
    std::snprintf(text, sizeof text, "%02x", byte);
    name += text;
  }
  return name + ".pipelines";
}

/// The driver's data in the file; empty where they are not whole.
Result<std::vector<std::byte>> readStore(const std::string &path) {
  VAE_ASSIGN_OR_RETURN(RandomAccessFile file, RandomAccessFile::open(path));
  StoreHeader header{};
  if (file.size() < sizeof header || file.size() > mostBytes)
    return std::vector<std::byte>();
  VAE_RETURN_IF_ERROR(file.read(0, std::as_writable_bytes(std::span(&header, 1))));
  if (std::memcmp(header.magic, storeMagic, sizeof storeMagic) != 0 || header.bytes != file.size() - sizeof header)
    return std::vector<std::byte>();
  std::vector<std::byte> data(header.bytes);
  VAE_RETURN_IF_ERROR(file.read(sizeof header, data));
  return checksum(data) == header.checksum ? std::move(data) : std::vector<std::byte>();
}

Status writeStore(const std::string &path, std::span<const std::byte> data) {
  StoreHeader header{{}, data.size(), checksum(data), 0};
  std::memcpy(header.magic, storeMagic, sizeof storeMagic);
  VAE_ASSIGN_OR_RETURN(AtomicFile file, AtomicFile::create(path));
  VAE_RETURN_IF_ERROR(file.write(std::as_bytes(std::span(&header, 1))));
  VAE_RETURN_IF_ERROR(file.write(data));
  return file.commit();
}

} // namespace

std::string cacheFolder() {
  const char *own = std::getenv("XDG_CACHE_HOME"), *home = std::getenv("HOME");
  if (own && own[0] == '/') // by the specification a relative path is to be ignored
    return own;
  return home && home[0] == '/' ? concat(home, "/.cache") : std::string();
}

Result<PipelineCacheHandle> PipelineStore::make(std::span<const std::byte> data) const {
  auto info = structure<VkPipelineCacheCreateInfo>(VK_STRUCTURE_TYPE_PIPELINE_CACHE_CREATE_INFO);
  info.initialDataSize = data.size();
  info.pInitialData = data.empty() ? nullptr : data.data();
  VkPipelineCache made = VK_NULL_HANDLE;
  VAE_RETURN_IF_ERROR(context.finish(context.table.vkCreatePipelineCache(context.device, &info, nullptr, &made),
                                     "making a pipeline cache"));
  return PipelineCacheHandle(context, made);
}

Status PipelineStore::open() {
  if (handle)
    return {};
  std::vector<std::byte> data;
  if (const std::string folder = cacheFolder(); !folder.empty()) {
    path = concat(folder, "/vaec/", fileName(context.physical().properties));
    if (Result<std::vector<std::byte>> found = readStore(path); found.ok())
      data = found.take();
  }
  stored = checksum(data);
  VAE_ASSIGN_OR_RETURN(handle, make(data));
  return {};
}

Result<std::vector<std::byte>> PipelineStore::data() const {
  size_t bytes = 0;
  VAE_RETURN_IF_ERROR(
      context.finish(context.table.vkGetPipelineCacheData(context.device, handle.get(), &bytes, nullptr),
                     "measuring a pipeline cache"));
  if (bytes > mostBytes)
    return fail(StatusCode::unsupported, "the driver's cache has ", bytes, " bytes");
  std::vector<std::byte> all(bytes);
  VAE_RETURN_IF_ERROR(
      context.finish(context.table.vkGetPipelineCacheData(context.device, handle.get(), &bytes, all.data()),
                     "reading a pipeline cache"));
  all.resize(bytes);
  return all;
}

/// What another process has written since joins what is here.
Status PipelineStore::addStored() {
  Result<std::vector<std::byte>> found = readStore(path);
  if (!found.ok() || found->empty() || checksum(*found) == stored)
    return {};
  VAE_ASSIGN_OR_RETURN(PipelineCacheHandle other, make(*found));
  VkPipelineCache raw = other.get();
  return context.finish(context.table.vkMergePipelineCaches(context.device, handle.get(), 1, &raw),
                        "merging pipeline caches");
}

Status PipelineStore::write() {
  VAE_RETURN_IF_ERROR(addStored());
  VAE_ASSIGN_OR_RETURN(std::vector<std::byte> all, data());
  uint32_t sum = checksum(all);
  if (all.size() <= emptyBytes || sum == stored)
    return {};
  VAE_RETURN_IF_ERROR(makeFolder(path.substr(0, path.rfind('/'))));
  VAE_RETURN_IF_ERROR(writeStore(path, all));
  stored = sum;
  return {};
}

void PipelineStore::save() {
  if (path.empty())
    return;
  Status status = write();
  if (status.ok() || !note)
    return;
  note(concat("compiled kernels are not kept for the next start: ", status.message()));
  note = nullptr;
}

} // namespace vae::runtime::vulkan
