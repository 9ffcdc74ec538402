// Errors as values: a code and a message, and a result that is a value or an error.
#ifndef VAE_RUNTIME_BASE_STATUS_H
#define VAE_RUNTIME_BASE_STATUS_H

#include <cassert>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace vae::runtime {

/// What kind of thing went wrong; the same numbers as `vae_status` in vae_runtime.h.
enum class StatusCode : int {
  ok = 0,
  invalidArgument = 1, ///< the caller passed something wrong: a shape, a name, an option
  notFound = 2,        ///< a named entry, device, tensor or file does not exist
  invalidFile = 3,     ///< a file is not what it claims to be: corrupt, truncated, another version
  io = 4,              ///< the operating system refused: full disk, missing permission
  outOfMemory = 5,     ///< an allocation failed, on the host or on the device, or a limit of the device is exceeded
  unsupported = 6,     ///< sound, but not on this machine or device
  nonFinite = 7,       ///< NaN or infinity where finite numbers are required
  deviceFailed = 8,    ///< the device reported a failure during work
  cancelled = 9,       ///< stopped on request
  internal = 10,       ///< a bug here
};

/// Success, or a code with a one-line message (lower case, no full stop, values named).
class [[nodiscard]] Status {
public:
  Status() = default;
  Status(StatusCode code, std::string message) : statusCode(code), text(std::move(message)) {}

  bool ok() const { return statusCode == StatusCode::ok; }
  StatusCode code() const { return statusCode; }
  const std::string &message() const { return text; }

  /// The same error with "prefix: " before its message; success stays as it is.
  Status withContext(std::string_view prefix) const {
    return ok() ? *this : Status(statusCode, std::string(prefix) + ": " + text);
  }

private:
  StatusCode statusCode = StatusCode::ok;
  std::string text;
};

namespace detail {
inline void append(std::string &out, std::string_view text) { out += text; }
inline void append(std::string &out, const char *text) { out += text; }
inline void append(std::string &out, const std::string &text) { out += text; }
inline void append(std::string &out, char letter) { out += letter; }
template <typename Number>
  requires std::is_arithmetic_v<Number>
void append(std::string &out, Number number) {
  out += std::to_string(number);
}
} // namespace detail

/// Concatenates text and numbers: `concat("input '", name, "' has rank ", rank)`.
template <typename... Parts> std::string concat(const Parts &...parts) {
  std::string out;
  (detail::append(out, parts), ...);
  return out;
}

/// An error with a message made of text and numbers.
template <typename... Parts> Status fail(StatusCode code, const Parts &...parts) { return {code, concat(parts...)}; }

/// The caller passed something wrong.
template <typename... Parts> Status invalidArgument(const Parts &...parts) {
  return fail(StatusCode::invalidArgument, parts...);
}

/// A file is not what it claims to be.
template <typename... Parts> Status invalidFile(const Parts &...parts) {
  return fail(StatusCode::invalidFile, parts...);
}

/// A value, or the status that says why there is none. The value may be taken only after `ok()`.
template <typename T> class [[nodiscard]] Result {
public:
  Result(T value) : stored(std::move(value)) {}
  Result(Status error) : error(std::move(error)) { assert(!this->error.ok() && "an error result needs an error"); }

  bool ok() const { return stored.has_value(); }
  const Status &status() const { return error; }
  T &operator*() { return *stored; }
  const T &operator*() const { return *stored; }
  T *operator->() { return &*stored; }
  const T *operator->() const { return &*stored; }
  T take() { return std::move(*stored); }

private:
  std::optional<T> stored;
  Status error;
};

} // namespace vae::runtime

#define VAE_CONCAT_IMPL(a, b) a##b
#define VAE_CONCAT(a, b) VAE_CONCAT_IMPL(a, b)

/// Leaves the function with the status of `expression` if that is an error.
#define VAE_RETURN_IF_ERROR(expression)                                                                                \
  do {                                                                                                                 \
    ::vae::runtime::Status vaeStatus = (expression);                                                                   \
    if (!vaeStatus.ok())                                                                                               \
      return vaeStatus;                                                                                                \
  } while (false)

/// `VAE_ASSIGN_OR_RETURN(auto x, f())`: x becomes the value of f(), or the function is left with its error.
#define VAE_ASSIGN_OR_RETURN(target, expression)                                                                       \
  auto VAE_CONCAT(vaeResult, __LINE__) = (expression);                                                                 \
  if (!VAE_CONCAT(vaeResult, __LINE__).ok())                                                                           \
    return VAE_CONCAT(vaeResult, __LINE__).status();                                                                   \
  target = VAE_CONCAT(vaeResult, __LINE__).take()

#endif // VAE_RUNTIME_BASE_STATUS_H
