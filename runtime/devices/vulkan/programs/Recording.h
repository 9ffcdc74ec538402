// A program as command buffers, some of them submitted again and again.
#ifndef VAE_RUNTIME_DEVICES_VULKAN_PROGRAMS_RECORDING_H
#define VAE_RUNTIME_DEVICES_VULKAN_PROGRAMS_RECORDING_H

#include "runtime/devices/Device.h"
#include "runtime/devices/vulkan/kernels/Recorder.h"

namespace vae::runtime::vulkan {

/// What a recording is made of; all of it outlives the recording.
struct RecordingSource {
  Context &context;
  const BoundProgram &program;
  std::span<const VkDescriptorBufferInfo> buffers; ///< of the program
  std::span<const RecordedDispatch> dispatches;    ///< in command order
  const DescriptorSets &sets;                      ///< of the dispatches
};

/// A program without loops is one command buffer. A loop that is short is written out into the command buffer around
/// it; a long one becomes a command buffer of some turns that is submitted as often as it takes, so neither memory nor
/// the time of one submission grows with the number of turns.
class Recording {
public:
  /// With `timed`, each dispatch runs alone between two timestamps.
  static Result<std::unique_ptr<Recording>> make(const RecordingSource &source, bool timed);

  /// The command buffer that is the whole program; null where the program takes several submissions or is timed.
  VkCommandBuffer whole() const;

  /// Submits all of it and waits; asks `control` between submissions. Timed, it fills control.times.
  Status run(const FenceHandle &fence, const RunControl &control);

private:
  /// A command buffer, or a loop around the stretches that follow it.
  struct Stretch {
    VkCommandBuffer commands = VK_NULL_HANDLE;
    bool empty = true;             ///< nothing but barriers in it
    bool commits = false;          ///< one of its commands does
    std::vector<uint32_t> timed{}; ///< with timestamps: the command of each pair
    int64_t turns = 0;             ///< of a loop
    uint32_t length = 0;           ///< of a loop: how many stretches after it are its body
  };

  Recording(const RecordingSource &source, bool timed) : source(source), timed(timed) {}
  Status start();
  Status begin();
  Status flush();
  Status addAll(size_t begin, size_t end);
  Status addLoop(size_t index);
  Status addTurns(size_t index, int64_t turns);
  Status addLongLoop(size_t index, double turnCost);
  void addCommand(uint32_t index);
  void addDispatch(uint32_t index);
  double costOf(size_t begin, size_t end) const;
  double costOf(const BoundCommand &command) const;
  bool doesAnything(size_t begin, size_t end) const;
  Status submit(size_t begin, size_t end, const FenceHandle &fence, const RunControl &control);
  Status addTimes(const Stretch &stretch, const RunControl &control);

  RecordingSource source;
  bool timed;
  CommandPoolHandle pool;
  QueryPoolHandle queries; ///< two a dispatch of the longest command buffer
  uint32_t queryCount = 0;
  std::vector<Stretch> stretches;
  std::vector<uint32_t> dispatchOf;   ///< by command: which of the dispatches it is
  bool committed = false;             ///< the run in progress cannot be cancelled any more
  double cost = 0;                    ///< of the command buffer that is being recorded
  std::vector<double> seconds;        ///< by command, of the run in progress
  std::optional<uint64_t> firstStamp; ///< of that run
};

} // namespace vae::runtime::vulkan

#endif // VAE_RUNTIME_DEVICES_VULKAN_PROGRAMS_RECORDING_H
