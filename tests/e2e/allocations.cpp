// Makes each allocation of loading, running, training and saving one compiled model fail once, and asks the same again.
//
//   allocations PACKAGE FOLDER STRIDE [FIRST]: every STRIDE-th allocation from the FIRST on; FOLDER keeps what is saved.
#include "runtime/api/vae_runtime.h"

#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

extern "C" {
void *libcMalloc(size_t size) __asm__("__libc_malloc");
void *libcCalloc(size_t count, size_t size) __asm__("__libc_calloc");
void *libcRealloc(void *memory, size_t size) __asm__("__libc_realloc");
void *libcMemalign(size_t alignment, size_t size) __asm__("__libc_memalign");
}

namespace {
std::atomic<long> countdown{0}; // to the allocation that fails; at 0 none does

bool fails() {
  if (countdown.load(std::memory_order_relaxed) <= 0 || countdown.fetch_sub(1) != 1)
    return false;
  errno = ENOMEM;
  return true;
}
} // namespace

// The C library's, for all that is in this process: the standard library's operator new, dlopen and threads as well.
extern "C" {
void *malloc(size_t size) { return fails() ? nullptr : libcMalloc(size); }
void *calloc(size_t count, size_t size) { return fails() ? nullptr : libcCalloc(count, size); }
void *realloc(void *memory, size_t size) { return fails() ? nullptr : libcRealloc(memory, size); }
void *memalign(size_t alignment, size_t size) { return fails() ? nullptr : libcMemalign(alignment, size); }
void *aligned_alloc(size_t alignment, size_t size) { return memalign(alignment, size); }
int posix_memalign(void **memory, size_t alignment, size_t size) {
  *memory = memalign(alignment, size);
  return *memory ? 0 : ENOMEM;
}
}

namespace {

using Call = std::function<vae_status(vae_error *)>;

/// The model's life, call by call; each may be repeated after it has failed.
class Life {
public:
  Life(const char *package, std::string folder) : path(package), folder(std::move(folder)) {
    results.reserve(8); // no allocation of the test's own may fail
  }
  Life(const Life &) = delete;
  Life &operator=(const Life &) = delete;
  ~Life() {
    for (vae_result *result : results)
      vae_result_destroy(result);
    vae_tensor_destroy(x);
    vae_session_destroy(session);
    vae_package_close(package);
    vae_device_close(device);
  }

  std::vector<std::pair<const char *, Call>> calls() {
    const std::string state = folder + "/state.safetensors", weights = folder + "/weights.safetensors";
    return {
        {"open the device",
         [this](vae_error *e) {
           vae_device_options options{};
           options.threads = 2;
           return vae_device_open("cpu", &options, &device, e);
         }},
        {"open the package", [this](vae_error *e) { return vae_package_open(path, &package, e); }},
        {"make a session", [this](vae_error *e) { return vae_session_create(package, device, &session, e); }},
        {"initialise", [this](vae_error *e) { return vae_session_initialize(session, 7, e); }},
        {"make a tensor",
         [this](vae_error *e) {
           const int64_t shape[] = {4, 784};
           return vae_tensor_create(VAE_F32, 2, shape, nullptr, &x, e);
         }},
        {"run", [this](vae_error *e) { return run("encode", vae_session_run, e); }},
        {"train", [this](vae_error *e) { return run("elbo", vae_session_train_step, e); }},
        {"save", [=, this](vae_error *e) { return vae_session_save_weights(session, weights.c_str(), e); }},
        {"save the state",
         [=, this](vae_error *e) {
           const vae_progress progress = {1, 0, 7, 4, 4, 1};
           return vae_session_save_state(session, state.c_str(), &progress, e);
         }},
        {"load", [=, this](vae_error *e) { return vae_session_load_weights(session, weights.c_str(), e); }},
        {"load the state",
         [=, this](vae_error *e) {
           vae_progress progress{};
           return vae_session_load_state(session, state.c_str(), &progress, e);
         }},
        {"run again", [this](vae_error *e) { return run("reconstruct", vae_session_run, e); }},
    };
  }

private:
  template <typename Run> vae_status run(const char *program, Run function, vae_error *error) {
    const vae_input input = {"x", x};
    vae_run request{};
    request.program = program;
    request.inputs = &input;
    request.input_count = 1;
    request.check_outputs = 1;
    vae_result *result = nullptr;
    vae_status status = function(session, &request, &result, error);
    if (result)
      results.push_back(result);
    return status;
  }

  const char *path;
  std::string folder;
  vae_device *device = nullptr;
  vae_package *package = nullptr;
  vae_session *session = nullptr;
  vae_tensor *x = nullptr;
  std::vector<vae_result *> results;
};

/// What happened when the n-th allocation failed.
struct Outcome {
  bool reached = false; ///< there are so many allocations
  std::string problem;  ///< of a call that failed in another way than it should, or again
  std::string message;
  vae_status status = VAE_OK;
};

Outcome live(const char *package, const std::string &folder, long nth) {
  Outcome outcome;
  Life life(package, folder);
  std::vector<std::pair<const char *, Call>> calls = life.calls();
  long left = nth;
  for (auto &[name, call] : calls) {
    vae_error error{};
    countdown = left;
    vae_status status = call(&error);
    left = countdown.exchange(0);
    if (left <= 0)
      outcome.reached = true;
    if (status == VAE_OK)
      continue;
    outcome.status = status;
    outcome.message = std::string(name) + ": " + error.message;
    if (!outcome.reached || error.message[0] == 0)
      outcome.problem = std::string(name) + ": " + error.message;
    vae_error again{};
    if (call(&again) != VAE_OK)
      outcome.problem = std::string(name) + " fails again: " + again.message + " (first: " + error.message + ")";
    if (!outcome.problem.empty())
      return outcome;
  }
  return outcome;
}

} // namespace

int main(int argc, char **argv) {
  if (argc != 4 && argc != 5)
    return 2;
  const long stride = std::max(1L, std::strtol(argv[3], nullptr, 10));
  long tried = 0, wrong = 0;
  std::map<int, long> statuses;
  for (long nth = argc == 5 ? std::strtol(argv[4], nullptr, 10) : 1;; nth += stride) {
    Outcome outcome = live(argv[1], argv[2], nth);
    if (!outcome.reached)
      break;
    ++tried;
    ++statuses[outcome.status];
    if (outcome.problem.empty() && (outcome.status == VAE_OK || outcome.status == VAE_OUT_OF_MEMORY))
      continue;
    ++wrong;
    std::printf("FAIL allocation %ld: status %d, %s\n", nth, static_cast<int>(outcome.status),
                (outcome.problem.empty() ? outcome.message : outcome.problem).c_str());
    std::fflush(stdout);
  }
  for (auto [status, count] : statuses)
    std::printf("status %d: %ld\n", status, count);
  std::printf("%ld passed, %ld failed\n", tried - wrong, wrong);
  return wrong != 0 || tried == 0;
}
