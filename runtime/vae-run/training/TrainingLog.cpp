// Rows of numbers, and where an old log stops being ours.
#include "runtime/vae-run/training/TrainingLog.h"
#include "runtime/base/File.h"

#include <charconv>
#include <cmath>
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

static std::string_view textOf(const MappedFile &file) {
  return {reinterpret_cast<const char *>(file.bytes().data()), file.bytes().size()};
}

/// Nothing there, or a pipe, which keeps no rows.
static bool isNoLog(const Status &status) {
  return status.code() == StatusCode::notFound || status.code() == StatusCode::unsupported;
}

/// The step and the finite values of "7,0,1.5,2"; nothing where the row is another.
static std::optional<std::pair<uint64_t, std::vector<float>>> parseRow(std::string_view row, size_t terms) {
  std::pair<uint64_t, std::vector<float>> parsed;
  uint64_t epoch = 0;
  const char *begin = row.begin(), *end = row.end();
  auto [at, error] = std::from_chars(begin, end, parsed.first);
  if (error != std::errc() || parsed.first == 0 || at == end || *at != ',')
    return std::nullopt;
  auto [next, epochError] = std::from_chars(at + 1, end, epoch);
  if (epochError != std::errc())
    return std::nullopt;
  while (next != end && *next == ',') {
    float value = 0;
    auto [stop, valueError] = std::from_chars(next + 1, end, value);
    if (valueError != std::errc() || !std::isfinite(value))
      return std::nullopt;
    parsed.second.push_back(value);
    next = stop;
  }
  return next == end && parsed.second.size() == terms ? std::optional(parsed) : std::nullopt;
}

std::string TrainingLog::header() const {
  std::string text = "step,epoch";
  for (const std::string &term : terms)
    text += "," + term;
  return text + "\n";
}

Status TrainingLog::read(uint64_t stepsDone,
                         const std::function<void(uint64_t step, std::span<const float> values)> &row) const {
  Result<MappedFile> old = MappedFile::open(path);
  if (!old.ok())
    return isNoLog(old.status()) ? Status() : old.status();
  std::string_view text = textOf(*old).substr(0, keptBytes(textOf(*old), header(), stepsDone));
  if (!text.empty())
    text.remove_prefix(header().size());
  for (uint64_t before = 0; !text.empty(); text.remove_prefix(text.find('\n') + 1)) {
    auto parsed = parseRow(text.substr(0, text.find('\n')), terms.size());
    if (!parsed || parsed->first <= before)
      return fail(StatusCode::invalidFile, path, ": after step ", before, " comes no row of a later step with ",
                  terms.size(), " finite values");
    row(parsed->first, parsed->second);
    before = parsed->first;
  }
  return {};
}

Status TrainingLog::open(uint64_t stepsDone) {
  size_t kept = 0;
  if (Result<MappedFile> old = MappedFile::open(path); old.ok())
    kept = keptBytes(textOf(*old), header(), stepsDone);
  else if (!isNoLog(old.status()))
    return old.status();
  VAE_ASSIGN_OR_RETURN(AppendFile opened, AppendFile::open(path, kept));
  file.emplace(std::move(opened));
  return kept == 0 ? file->write(header()) : Status();
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
