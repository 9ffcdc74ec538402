// Rows of numbers, and where an old log stops being ours.
#include "runtime/vae-run/TrainingLog.h"

#include <charconv>
#include <cstdio>

namespace vae::runtime::tool {

/// Bytes of `text` up to the first row whose step is beyond `stepsDone`, or that is no whole row; 0 where the header
/// differs.
static size_t keptBytes(std::string_view text, std::string_view header, uint64_t stepsDone) {
  if (stepsDone == 0 || !text.starts_with(header))
    return 0;
  size_t kept = header.size();
  while (true) {
    size_t end = text.find('\n', kept);
    uint64_t step = 0;
    if (end == std::string_view::npos)
      return kept;
    auto [stop, error] = std::from_chars(text.data() + kept, text.data() + end, step);
    if (error != std::errc() || step > stepsDone)
      return kept;
    kept = end + 1;
  }
}

Result<TrainingLog> TrainingLog::open(const std::string &path, uint64_t stepsDone, std::span<const std::string> terms) {
  TrainingLog log;
  if (path.empty())
    return log;
  std::string header = "step,epoch";
  for (const std::string &term : terms)
    header += "," + term;
  header += "\n";
  size_t kept = 0;
  if (Result<std::vector<std::byte>> old = readFile(path); old.ok())
    kept = keptBytes({reinterpret_cast<const char *>(old->data()), old->size()}, header, stepsDone);
  else if (old.status().code() != StatusCode::notFound)
    return old.status();
  VAE_ASSIGN_OR_RETURN(AppendFile file, AppendFile::open(path, kept));
  log.file.emplace(std::move(file));
  if (kept == 0)
    VAE_RETURN_IF_ERROR(log.file->write(header));
  return log;
}

Status TrainingLog::add(uint64_t step, uint64_t epoch, std::span<const float> values) {
  if (!file)
    return {};
  std::string row = std::to_string(step) + "," + std::to_string(epoch);
  char text[32];
  for (float value : values) {
    std::snprintf(text, sizeof text, ",%.9g", static_cast<double>(value));
    row += text;
  }
  return file->write(row + "\n");
}

} // namespace vae::runtime::tool
