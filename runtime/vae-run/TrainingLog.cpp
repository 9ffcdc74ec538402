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

Status TrainingLog::open(uint64_t stepsDone) {
  std::string header = "step,epoch";
  for (const std::string &term : terms)
    header += "," + term;
  header += "\n";
  size_t kept = 0;
  if (Result<MappedFile> old = MappedFile::open(path); old.ok())
    kept = keptBytes({reinterpret_cast<const char *>(old->bytes().data()), old->bytes().size()}, header, stepsDone);
  else if (old.status().code() != StatusCode::notFound && old.status().code() != StatusCode::unsupported)
    return old.status();
  VAE_ASSIGN_OR_RETURN(AppendFile opened, AppendFile::open(path, kept));
  file.emplace(std::move(opened));
  return kept == 0 ? file->write(header) : Status();
}

Status TrainingLog::add(uint64_t step, uint64_t epoch, std::span<const float> values) {
  if (path.empty())
    return {};
  if (!file)
    VAE_RETURN_IF_ERROR(open(step - 1));
  std::string row = std::to_string(step) + "," + std::to_string(epoch);
  char text[32];
  for (float value : values) {
    std::snprintf(text, sizeof text, ",%.9g", static_cast<double>(value));
    row += text;
  }
  return file->write(row + "\n");
}

} // namespace vae::runtime::tool
