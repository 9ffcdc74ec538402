// Reads the header event by event: no tree is built, so duplicates are seen and depth is bounded.
#include "runtime/formats/SafetensorsHeader.h"
#include "runtime/formats/Excerpt.h"

#include <nlohmann/json.hpp>
#include <set>

namespace vae::runtime {
namespace {

using Json = nlohmann::json;

/// Where the reader stands. Events that do not fit stop it with a message.
class HeaderReader : public nlohmann::json_sax<Json> {
public:
  SafetensorsHeader header;
  std::string problem;

  bool null() override { return unexpected("null"); }
  bool boolean(bool) override { return unexpected("a boolean"); }
  bool number_float(number_float_t, const string_t &text) override { return unexpected("the number " + excerpt(text)); }
  bool binary(binary_t &) override { return unexpected("binary data"); }
  bool number_integer(number_integer_t value) override {
    return unexpected("the negative number " + std::to_string(value));
  }
  bool number_unsigned(number_unsigned_t value) override;
  bool string(string_t &value) override;
  bool start_object(size_t) override;
  bool end_object() override;
  bool start_array(size_t) override;
  bool end_array() override;
  bool key(string_t &value) override;
  bool parse_error(size_t position, const std::string &, const nlohmann::detail::exception &) override {
    problem = "the header is not valid JSON at byte " + std::to_string(position);
    return false;
  }

private:
  enum class Place { outside, top, metadata, entry, numbers, done };

  bool unexpected(const std::string &what);
  bool refuse(std::string message) {
    problem = std::move(message);
    return false;
  }
  SafetensorsHeaderEntry &entry() { return header.entries.back(); }

  Place place = Place::outside;
  std::string field; // the key read last
  std::set<std::string, std::less<>> names;
  std::vector<uint64_t> *numbers = nullptr;
};

bool HeaderReader::unexpected(const std::string &what) {
  if (place == Place::entry || place == Place::numbers)
    return refuse("tensor '" + excerpt(entry().name) + "': " + what + " in '" + excerpt(field) + "'");
  return refuse("the header has " + what + " in '" + excerpt(field) + "'");
}

bool HeaderReader::number_unsigned(number_unsigned_t value) {
  if (place != Place::numbers)
    return unexpected("a number");
  if (numbers->size() == 64)
    return refuse("tensor '" + excerpt(entry().name) + "': more than 64 numbers in '" + excerpt(field) + "'");
  numbers->push_back(value);
  return true;
}

bool HeaderReader::string(string_t &value) {
  if (place == Place::metadata)
    return header.metadata.emplace(field, value).second ||
           refuse("the metadata '" + excerpt(field) + "' appears twice");
  if (place != Place::entry || field != "dtype" || entry().hasType)
    return unexpected("a text");
  entry().typeName = value;
  entry().hasType = true;
  return true;
}

bool HeaderReader::start_object(size_t) {
  switch (place) {
  case Place::outside:
    place = Place::top;
    return true;
  case Place::top:
    if (!names.insert(field).second)
      return refuse("tensor '" + excerpt(field) + "' appears twice");
    place = field == "__metadata__" ? Place::metadata : Place::entry;
    if (place == Place::entry)
      header.entries.emplace_back().name = field;
    return true;
  default:
    return unexpected("an object");
  }
}

bool HeaderReader::end_object() {
  if (place == Place::entry && !(entry().hasType && entry().hasShape && entry().hasOffsets))
    return refuse("tensor '" + excerpt(entry().name) + "': dtype, shape or data_offsets is missing");
  place = place == Place::top ? Place::done : Place::top;
  return true;
}

bool HeaderReader::start_array(size_t) {
  if (place != Place::entry)
    return unexpected("an array");
  bool isShape = field == "shape";
  bool &seen = isShape ? entry().hasShape : entry().hasOffsets;
  if ((!isShape && field != "data_offsets") || seen)
    return unexpected("an array");
  seen = true;
  numbers = isShape ? &entry().shape : &entry().offsets;
  place = Place::numbers;
  return true;
}

bool HeaderReader::end_array() {
  place = Place::entry;
  return true;
}

bool HeaderReader::key(string_t &value) {
  field = value;
  if (place == Place::entry && value != "dtype" && value != "shape" && value != "data_offsets")
    return refuse("tensor '" + excerpt(entry().name) + "': unknown field '" + excerpt(value) + "'");
  return true;
}

std::string jsonText(const std::string &text) {
  return Json(text).dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string jsonNumbers(const std::vector<uint64_t> &numbers) {
  std::string text;
  for (uint64_t number : numbers)
    text += (text.empty() ? "" : ",") + std::to_string(number);
  return "[" + text + "]";
}

} // namespace

Result<SafetensorsHeader> parseSafetensorsHeader(std::string_view text) {
  HeaderReader reader;
  // The JSON reader passes over a byte order mark, and takes a NUL for the end.
  if (!text.starts_with('{'))
    return invalidFile("the header is not valid JSON at byte 1: it does not begin with '{'");
  if (size_t nul = text.find('\0'); nul != std::string_view::npos)
    return invalidFile("the header is not valid JSON at byte ", nul + 1);
  if (!Json::sax_parse(text.begin(), text.end(), &reader))
    return Status(StatusCode::invalidFile, reader.problem);
  return std::move(reader.header);
}

std::string printSafetensorsHeader(const SafetensorsHeader &header) {
  std::string text = "{";
  if (!header.metadata.empty()) {
    text += "\"__metadata__\":{";
    for (const auto &[key, value] : header.metadata)
      text += (text.back() == '{' ? "" : ",") + jsonText(key) + ":" + jsonText(value);
    text += "}";
  }
  for (const SafetensorsHeaderEntry &entry : header.entries)
    text += (text.size() == 1 ? "" : ",") + jsonText(entry.name) + ":{\"dtype\":" + jsonText(entry.typeName) +
            ",\"shape\":" + jsonNumbers(entry.shape) + ",\"data_offsets\":" + jsonNumbers(entry.offsets) + "}";
  return text + "}";
}

} // namespace vae::runtime
