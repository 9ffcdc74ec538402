// Choosing memory types, and allocating from them.
#include "runtime/devices/vulkan/memory/DeviceBuffer.h"
#include "runtime/base/Checked.h"

namespace vae::runtime::vulkan {

static constexpr VkMemoryPropertyFlags mappable =
    VK_MEMORY_PROPERTY_HOST_VISIBLE_BIT | VK_MEMORY_PROPERTY_HOST_COHERENT_BIT;
static constexpr VkMemoryPropertyFlags cachedMappable = mappable | VK_MEMORY_PROPERTY_HOST_CACHED_BIT;

static std::optional<uint32_t> findType(const VkPhysicalDeviceMemoryProperties &memory, uint32_t typeBits,
                                        VkMemoryPropertyFlags wanted) {
  // Types that only special devices may use, and lazily allocated ones, hold no buffers of ours.
  constexpr VkMemoryPropertyFlags unwanted = VK_MEMORY_PROPERTY_LAZILY_ALLOCATED_BIT | VK_MEMORY_PROPERTY_PROTECTED_BIT;
  for (uint32_t i = 0; i < memory.memoryTypeCount; ++i) {
    VkMemoryPropertyFlags flags = memory.memoryTypes[i].propertyFlags;
    if ((typeBits >> i & 1) && (flags & wanted) == wanted && !(flags & unwanted))
      return i;
  }
  return std::nullopt;
}

static std::optional<uint32_t> chooseMemoryType(const Context &context, uint32_t typeBits, Residence residence) {
  const PhysicalDevice &info = context.physical();
  if (residence == Residence::staging) {
    if (auto type = findType(info.memory, typeBits, cachedMappable))
      return type;
    return findType(info.memory, typeBits, mappable);
  }
  // Device memory that is cached on the host needs no copies. Uncached windows into a discrete device's memory are
  // left alone: reading through them is far slower than a copy.
  if (!context.options().staging)
    if (auto type = findType(info.memory, typeBits, VK_MEMORY_PROPERTY_DEVICE_LOCAL_BIT | cachedMappable))
      return type;
  if (auto type = findType(info.memory, typeBits, VK_MEMORY_PROPERTY_DEVICE_LOCAL_BIT))
    return type;
  return findType(info.memory, typeBits, 0);
}

static Status checkHeap(const Context &context, uint32_t heap, uint64_t bytes) {
  const PhysicalDevice &info = context.physical();
  uint64_t size = info.memory.memoryHeaps[heap].size;
  uint64_t taken = context.takenFrom(heap);
  if (taken <= size && bytes <= size - taken)
    return {};
  return fail(StatusCode::outOfMemory, "an allocation of ", bytes, " bytes does not fit memory heap ", heap, " of ",
              info.properties.deviceName, ": ", size, " bytes, of which ", taken, " are in use");
}

uint64_t availableMemory(const Context &context) {
  const PhysicalDevice &info = context.physical();
  std::optional<uint32_t> type = chooseMemoryType(context, ~0u, Residence::device);
  if (!type)
    return 0;
  uint32_t heap = info.memory.memoryTypes[*type].heapIndex;
  uint64_t size = info.memory.memoryHeaps[heap].size;
  uint64_t taken = context.takenFrom(heap);
  uint64_t available = taken < size ? size - taken : 0;
  if (!info.has(VK_EXT_MEMORY_BUDGET_EXTENSION_NAME))
    return available;
  // Other processes use the heap too.
  auto budget = structure<VkPhysicalDeviceMemoryBudgetPropertiesEXT>(
      VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_MEMORY_BUDGET_PROPERTIES_EXT);
  auto properties =
      structure<VkPhysicalDeviceMemoryProperties2>(VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_MEMORY_PROPERTIES_2, &budget);
  context.instanceFunctions().vkGetPhysicalDeviceMemoryProperties2(info.handle, &properties);
  uint64_t free = checkedSub(budget.heapBudget[heap], budget.heapUsage[heap]).value_or(0);
  return std::min(available, free);
}

static Result<BufferHandle> makeBuffer(Context &context, uint64_t bytes) {
  const PhysicalDevice &info = context.physical();
  if (bytes > info.maxBufferSize)
    return fail(StatusCode::outOfMemory, "a buffer of ", bytes, " bytes exceeds the ", info.maxBufferSize,
                " bytes that ", info.properties.deviceName, " allows (maxBufferSize)");
  auto bufferInfo = structure<VkBufferCreateInfo>(VK_STRUCTURE_TYPE_BUFFER_CREATE_INFO);
  bufferInfo.size = bytes;
  bufferInfo.usage =
      VK_BUFFER_USAGE_STORAGE_BUFFER_BIT | VK_BUFFER_USAGE_TRANSFER_SRC_BIT | VK_BUFFER_USAGE_TRANSFER_DST_BIT;
  bufferInfo.sharingMode = VK_SHARING_MODE_EXCLUSIVE;
  VkBuffer buffer = VK_NULL_HANDLE;
  VAE_RETURN_IF_ERROR(context.finish(context.table.vkCreateBuffer(context.device, &bufferInfo, nullptr, &buffer),
                                     concat("making a Vulkan buffer of ", bytes, " bytes")));
  return BufferHandle(context, buffer);
}

static Result<DeviceBuffer> bindMemory(Context &context, BufferHandle buffer, uint64_t bytes, Residence residence) {
  const PhysicalDevice &info = context.physical();
  VkMemoryRequirements needs;
  context.table.vkGetBufferMemoryRequirements(context.device, buffer.get(), &needs);
  std::optional<uint32_t> type = chooseMemoryType(context, needs.memoryTypeBits, residence);
  if (!type)
    return fail(StatusCode::unsupported, info.properties.deviceName, " has no memory type for ",
                residence == Residence::staging ? "copies from the host" : "storage buffers");
  if (needs.size > info.maxAllocation)
    return fail(StatusCode::outOfMemory, "an allocation of ", needs.size, " bytes exceeds the ", info.maxAllocation,
                " bytes that ", info.properties.deviceName, " allows (maxMemoryAllocationSize)");
  uint32_t heap = info.memory.memoryTypes[*type].heapIndex;
  VAE_RETURN_IF_ERROR(checkHeap(context, heap, needs.size));
  std::string action = concat("allocating ", needs.size, " bytes on ", info.properties.deviceName);
  if (!context.hostAllocator().permit(needs.size))
    return fail(StatusCode::outOfMemory, action, ": no memory");

  auto allocateInfo = structure<VkMemoryAllocateInfo>(VK_STRUCTURE_TYPE_MEMORY_ALLOCATE_INFO);
  allocateInfo.allocationSize = needs.size;
  allocateInfo.memoryTypeIndex = *type;
  VkDeviceMemory memory = VK_NULL_HANDLE;
  VAE_RETURN_IF_ERROR(
      context.finish(context.table.vkAllocateMemory(context.device, &allocateInfo, nullptr, &memory), action));
  DeviceBuffer made;
  made.charge = HeapCharge(context.takenFrom(heap), needs.size);
  made.memory = MemoryHandle(context, memory);
  made.buffer = std::move(buffer);
  made.size = bytes;
  VAE_RETURN_IF_ERROR(context.finish(context.table.vkBindBufferMemory(context.device, made.buffer.get(), memory, 0),
                                     "binding device memory"));
  VkMemoryPropertyFlags flags = info.memory.memoryTypes[*type].propertyFlags;
  bool map =
      residence == Residence::staging || ((flags & cachedMappable) == cachedMappable && !context.options().staging);
  if (!map)
    return made;
  void *address = nullptr;
  VAE_RETURN_IF_ERROR(context.finish(context.table.vkMapMemory(context.device, memory, 0, VK_WHOLE_SIZE, 0, &address),
                                     "mapping device memory"));
  made.mapped = static_cast<std::byte *>(address);
  return made;
}

Result<DeviceBuffer> allocateBuffer(Context &context, uint64_t bytes, Residence residence) {
  VAE_RETURN_IF_ERROR(context.health());
  VAE_ASSIGN_OR_RETURN(BufferHandle buffer, makeBuffer(context, bytes));
  return bindMemory(context, std::move(buffer), bytes, residence);
}

Result<BufferHandle> makeView(Context &context, const DeviceBuffer &buffer, uint64_t offset, uint64_t bytes) {
  const PhysicalDevice &info = context.physical();
  VAE_ASSIGN_OR_RETURN(BufferHandle view, makeBuffer(context, bytes));
  VkMemoryRequirements needs;
  context.table.vkGetBufferMemoryRequirements(context.device, view.get(), &needs);
  if (offset % needs.alignment || !checkedRange(offset, needs.size, buffer.size))
    return fail(StatusCode::unsupported, "separate-buffers: ", info.properties.deviceName, " wants ", needs.size,
                " bytes aligned to ", needs.alignment, " for a tensor of ", bytes, " bytes at offset ", offset);
  VAE_RETURN_IF_ERROR(
      context.finish(context.table.vkBindBufferMemory(context.device, view.get(), buffer.memory.get(), offset),
                     "binding device memory to a tensor's own buffer"));
  return view;
}

} // namespace vae::runtime::vulkan
