// Records a bound program, its loops in pieces, and submits the pieces.
#include "runtime/devices/vulkan/programs/Recording.h"

#include "runtime/devices/vulkan/context/Barriers.h"

#include <algorithm>

namespace vae::runtime::vulkan {

/// What one submission may hold: so many commands of loops, which keeps its memory small, and so many floating-point
/// operations and bytes, which keeps it far from the time that drivers allow one submission, and ends a run soon that is
/// cancelled; a processor that plays the device is slower: lavapipe was seen to do from 0.6e9 to 2e10 operations a second.
static constexpr double commandsAtOnce = 1024;
static constexpr double workAtOnce = 2e10;
static constexpr double workAtOnceOnProcessor = 4e8;

Result<std::unique_ptr<Recording>> Recording::make(const RecordingSource &source, bool timed) {
  std::unique_ptr<Recording> recording(new Recording(source, timed));
  VAE_RETURN_IF_ERROR(recording->start());
  VAE_RETURN_IF_ERROR(recording->addAll(0, source.program.commands.size()));
  VAE_RETURN_IF_ERROR(recording->flush());
  return recording;
}

Status Recording::start() {
  Context &context = source.context;
  uint32_t dispatches = 0;
  for (const BoundCommand &command : source.program.commands)
    dispatchOf.push_back(command.kind == BoundCommand::Kind::dispatch ? dispatches++ : dispatches);
  VAE_ASSIGN_OR_RETURN(pool, context.makeCommandPool());
  if (!timed || source.dispatches.empty())
    return begin();
  if (context.physical().timestampBits == 0)
    return fail(StatusCode::unsupported, context.physical().properties.deviceName,
                " has no timestamps; nothing can be profiled");
  auto queryInfo = structure<VkQueryPoolCreateInfo>(VK_STRUCTURE_TYPE_QUERY_POOL_CREATE_INFO);
  queryInfo.queryType = VK_QUERY_TYPE_TIMESTAMP;
  queryCount = 2 * (static_cast<uint32_t>(source.dispatches.size()) + static_cast<uint32_t>(commandsAtOnce));
  queryInfo.queryCount = queryCount;
  VkQueryPool raw = VK_NULL_HANDLE;
  VAE_RETURN_IF_ERROR(
      context.finish(context.table.vkCreateQueryPool(context.device, &queryInfo, nullptr, &raw), "making timestamps"));
  queries = QueryPoolHandle(context, raw);
  return begin();
}

/// Opens the next command buffer.
Status Recording::begin() {
  Context &context = source.context;
  Stretch stretch;
  VAE_ASSIGN_OR_RETURN(stretch.commands, context.makeCommandBuffer(pool));
  auto beginInfo = structure<VkCommandBufferBeginInfo>(VK_STRUCTURE_TYPE_COMMAND_BUFFER_BEGIN_INFO);
  VAE_RETURN_IF_ERROR(context.finish(context.table.vkBeginCommandBuffer(stretch.commands, &beginInfo), "recording"));
  if (queries)
    context.table.vkCmdResetQueryPool(stretch.commands, queries.get(), 0, queryCount);
  recordBarrier(context.table, stretch.commands);
  stretches.push_back(std::move(stretch));
  cost = 0;
  return {};
}

/// Closes the command buffer that is open, which comes last.
Status Recording::flush() {
  Context &context = source.context;
  recordHostBarrier(context.table, stretches.back().commands);
  return context.finish(context.table.vkEndCommandBuffer(stretches.back().commands), "recording");
}

double Recording::costOf(const BoundCommand &command) const {
  double work = command.dispatch.flops;
  for (uint32_t buffer : command.dispatch.buffers)
    work += static_cast<double>(source.buffers[buffer].range);
  if (command.kind == BoundCommand::Kind::copy || command.kind == BoundCommand::Kind::fill)
    work += static_cast<double>(source.buffers[command.destination].range);
  const bool processor = source.context.physical().properties.deviceType == VK_PHYSICAL_DEVICE_TYPE_CPU;
  return std::max(1 / commandsAtOnce, work / (processor ? workAtOnceOnProcessor : workAtOnce));
}

/// Of the commands with all turns of the loops among them.
double Recording::costOf(size_t begin, size_t end) const {
  double sum = 0;
  for (size_t i = begin; i < end; ++i) {
    const BoundCommand &command = source.program.commands[i];
    if (command.kind != BoundCommand::Kind::repeat) {
      sum += costOf(command);
      continue;
    }
    sum += 1 / commandsAtOnce + static_cast<double>(command.turns) * costOf(i + 1, i + 1 + command.length);
    i += command.length;
  }
  return sum;
}

bool Recording::doesAnything(size_t begin, size_t end) const {
  return std::any_of(source.program.commands.begin() + static_cast<ptrdiff_t>(begin),
                     source.program.commands.begin() + static_cast<ptrdiff_t>(end), [](const BoundCommand &command) {
                       return command.kind != BoundCommand::Kind::barrier && command.kind != BoundCommand::Kind::repeat;
                     });
}

Status Recording::addAll(size_t begin, size_t end) {
  for (size_t i = begin; i < end; ++i) {
    const BoundCommand &command = source.program.commands[i];
    if (command.kind == BoundCommand::Kind::barrier && cost > 1) {
      VAE_RETURN_IF_ERROR(flush());
      VAE_RETURN_IF_ERROR(this->begin()); // with a barrier
      continue;
    }
    if (command.kind != BoundCommand::Kind::repeat) {
      addCommand(static_cast<uint32_t>(i));
      continue;
    }
    VAE_RETURN_IF_ERROR(addLoop(i));
    i += command.length;
  }
  return {};
}

Status Recording::addLoop(size_t index) {
  const BoundCommand &loop = source.program.commands[index];
  if (loop.turns == 0 || !doesAnything(index + 1, index + 1 + loop.length)) {
    recordBarrier(source.context.table, stretches.back().commands);
    return {};
  }
  double turn = costOf(index + 1, index + 1 + loop.length);
  double all = turn * static_cast<double>(loop.turns);
  if (all > 1)
    return addLongLoop(index, turn);
  if (cost + all > 1) {
    VAE_RETURN_IF_ERROR(flush());
    VAE_RETURN_IF_ERROR(begin());
  }
  recordBarrier(source.context.table, stretches.back().commands);
  return addTurns(index, loop.turns);
}

/// Turns of a loop in the command buffer that is open, each with a barrier behind it.
Status Recording::addTurns(size_t index, int64_t turns) {
  const BoundCommand &loop = source.program.commands[index];
  for (int64_t i = 0; i < turns; ++i) {
    VAE_RETURN_IF_ERROR(addAll(index + 1, index + 1 + loop.length));
    recordBarrier(source.context.table, stretches.back().commands);
  }
  return {};
}

/// As many turns as fit into a command buffer of its own, submitted again and again, then the rest. A turn that doesn't
/// fit becomes stretches of its own.
Status Recording::addLongLoop(size_t index, double turnCost) {
  const BoundCommand &loop = source.program.commands[index];
  const int64_t atOnce = std::max<int64_t>(1, static_cast<int64_t>(1 / turnCost));
  VAE_RETURN_IF_ERROR(flush());
  size_t place = stretches.size();
  stretches.push_back({});
  VAE_RETURN_IF_ERROR(begin());
  VAE_RETURN_IF_ERROR(addTurns(index, atOnce));
  VAE_RETURN_IF_ERROR(flush());
  stretches[place].turns = loop.turns / atOnce;
  stretches[place].length = static_cast<uint32_t>(stretches.size() - place - 1);
  VAE_RETURN_IF_ERROR(begin());
  return addTurns(index, loop.turns % atOnce);
}

void Recording::addDispatch(uint32_t index) {
  const VolkDeviceTable &table = source.context.table;
  Stretch &stretch = stretches.back();
  const uint32_t dispatch = dispatchOf[index], query = static_cast<uint32_t>(2 * stretch.timed.size());
  if (timed) {
    recordBarrier(table, stretch.commands);
    table.vkCmdWriteTimestamp(stretch.commands, VK_PIPELINE_STAGE_BOTTOM_OF_PIPE_BIT, queries.get(), query);
  }
  recordDispatch(source.context, stretch.commands, source.dispatches[dispatch], source.sets[dispatch]);
  if (!timed)
    return;
  table.vkCmdWriteTimestamp(stretch.commands, VK_PIPELINE_STAGE_BOTTOM_OF_PIPE_BIT, queries.get(), query + 1);
  stretch.timed.push_back(index);
}

void Recording::addCommand(uint32_t index) {
  const VolkDeviceTable &table = source.context.table;
  const BoundCommand &command = source.program.commands[index];
  VkCommandBuffer target = stretches.back().commands;
  cost += costOf(command);
  stretches.back().empty &= command.kind == BoundCommand::Kind::barrier;
  stretches.back().commits |= command.commits;
  switch (command.kind) {
  case BoundCommand::Kind::barrier:
  case BoundCommand::Kind::repeat:
    return recordBarrier(table, target);
  case BoundCommand::Kind::fill: {
    const VkDescriptorBufferInfo &to = source.buffers[command.destination];
    return table.vkCmdFillBuffer(target, to.buffer, to.offset, to.range, command.word);
  }
  case BoundCommand::Kind::copy: {
    const VkDescriptorBufferInfo &from = source.buffers[command.source];
    const VkDescriptorBufferInfo &to = source.buffers[command.destination];
    VkBufferCopy region = {from.offset, to.offset, to.range};
    return table.vkCmdCopyBuffer(target, from.buffer, to.buffer, 1, &region);
  }
  case BoundCommand::Kind::dispatch:
    return addDispatch(index);
  }
}

//===-- Running ------------------------------------------------------------------===//

VkCommandBuffer Recording::whole() const {
  return stretches.size() == 1 && !timed ? stretches.front().commands : VK_NULL_HANDLE;
}

Status Recording::run(const FenceHandle &fence, const RunControl &control) {
  committed = false;
  firstStamp.reset();
  seconds.assign(source.program.commands.size(), 0);
  VAE_RETURN_IF_ERROR(submit(0, stretches.size(), fence, control));
  for (uint32_t i = 0; control.times && i < seconds.size(); ++i)
    if (source.program.commands[i].kind == BoundCommand::Kind::dispatch)
      control.times->push_back({i, seconds[i]});
  return {};
}

Status Recording::submit(size_t begin, size_t end, const FenceHandle &fence, const RunControl &control) {
  for (size_t i = begin; i < end; ++i) {
    Stretch &stretch = stretches[i];
    if (stretch.commands && stretch.empty)
      continue;
    committed = !control.anywhere && (committed || stretch.commits);
    if (!committed && control.isCancelled())
      return cancelledRun();
    if (stretch.commands) {
      VAE_RETURN_IF_ERROR(source.context.submitAndWait({&stretch.commands, 1}, fence, source.program.name));
      VAE_RETURN_IF_ERROR(addTimes(stretch, control));
      continue;
    }
    for (int64_t turn = 0; turn < stretch.turns; ++turn)
      VAE_RETURN_IF_ERROR(submit(i + 1, i + 1 + stretch.length, fence, control));
    i += stretch.length;
  }
  return {};
}

Status Recording::addTimes(const Stretch &stretch, const RunControl &control) {
  Context &context = source.context;
  if (stretch.timed.empty())
    return {};
  std::vector<uint64_t> stamps(2 * stretch.timed.size());
  VAE_RETURN_IF_ERROR(context.finish(
      context.table.vkGetQueryPoolResults(context.device, queries.get(), 0, static_cast<uint32_t>(stamps.size()),
                                          stamps.size() * sizeof(uint64_t), stamps.data(), sizeof(uint64_t),
                                          VK_QUERY_RESULT_64_BIT | VK_QUERY_RESULT_WAIT_BIT),
      "reading timestamps"));
  uint32_t bits = context.physical().timestampBits;
  uint64_t mask = bits >= 64 ? ~uint64_t(0) : (uint64_t(1) << bits) - 1;
  double period = context.physical().properties.limits.timestampPeriod * 1e-9;
  // The mask makes a counter that wrapped round between the two give the right difference.
  auto between = [&](uint64_t from, uint64_t to) { return static_cast<double>((to - from) & mask) * period; };
  firstStamp = firstStamp.value_or(stamps[0]);
  for (size_t i = 0; i < stretch.timed.size(); ++i) {
    const double taken = between(stamps[2 * i], stamps[2 * i + 1]);
    seconds[stretch.timed[i]] += taken;
    control.addSpan({stretch.timed[i], between(*firstStamp, stamps[2 * i]), taken});
  }
  return {};
}

} // namespace vae::runtime::vulkan
