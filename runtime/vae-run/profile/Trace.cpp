// Complete events ("X") of Chrome's trace format: microseconds, a row for runs and one for kernels.
#include "runtime/vae-run/profile/Trace.h"
#include "runtime/base/AtomicFile.h"
#include "runtime/vae-run/Interrupt.h"
#include "runtime/vae-run/Json.h"

namespace vae::runtime::tool {
namespace {

/// Some 100 MB of text, as much as viewers open.
constexpr uint64_t mostEvents = 1u << 18;
constexpr int runRow = 1, kernelRow = 2;

std::string text(const Json &json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

/// What all turns of a dispatch have in common.
struct Head {
  std::string head, arguments;
};

Head headOf(const std::string &name, const char *category, int row) {
  return {text({{"name", name}, {"cat", category}, {"ph", "X"}, {"pid", 1}, {"tid", row}}), ""};
}

Head headOf(const vae_dispatch_time &time) {
  Head made = headOf(time.kernel, "kernel", kernelRow);
  const double runs = static_cast<double>(time.runs);
  made.arguments = text({{"shapes", time.shapes},
                         {"strategy", time.strategy},
                         {"source", time.location},
                         {"flops", time.flops / runs},
                         {"bytes", static_cast<double>(time.bytes) / runs}});
  return made;
}

std::string nameEvent(const char *what, int row, const std::string &name) {
  return text({{"name", what}, {"ph", "M"}, {"pid", 1}, {"tid", row}, {"args", {{"name", name}}}});
}

} // namespace

Status Trace::check() const { return isOn() ? AtomicFile::create(path).status() : Status(); }

Result<ResultHandle> Trace::run(vae_session *session, vae_run request, decltype(&vae_session_run) function) {
  if (isOn())
    request.profile = 2;
  const double start = watch.seconds();
  VAE_ASSIGN_OR_RETURN(ResultHandle result, make<ResultHandle>([&](vae_result **handle, vae_error *error) {
                         return function(session, &request, handle, error);
                       }));
  if (isOn())
    addRun(request, result.get(), start, watch.seconds() - start);
  return result;
}

void Trace::addRun(const vae_run &request, const vae_result *result, double start, double seconds) {
  std::vector<Head> heads;
  vae_dispatch_time time{};
  for (size_t i = 0; vae_result_dispatch(result, i, &time, nullptr) == VAE_OK; ++i)
    heads.push_back(headOf(time));
  std::vector<vae_dispatch_turn> turns;
  vae_dispatch_turn turn{};
  for (size_t i = 0; vae_result_turn(result, i, &turn, nullptr) == VAE_OK; ++i)
    turns.push_back(turn);
  addEvent(headOf(request.program, "run", runRow).head, start, seconds,
           text({{"step", request.step}, {"seed", request.seed}}));
  // A device's clock is its own. Before the first kernel a run may be recorded and weights prepared; behind the last one
  // only results are copied, so that both ends are taken to be one.
  const double last = turns.empty() ? 0 : turns.back().start + turns.back().seconds;
  const double first = start + std::max(0.0, seconds - last);
  for (const vae_dispatch_turn &each : turns)
    addEvent(heads[each.dispatch].head, first + each.start, each.seconds, heads[each.dispatch].arguments);
}

void Trace::addEvent(const std::string &head, double start, double seconds, const std::string &arguments) {
  if (count++ >= mostEvents)
    return;
  char times[96];
  std::snprintf(times, sizeof times, ",\"ts\":%.3f,\"dur\":%.3f,\"args\":", start * 1e6, seconds * 1e6);
  events += head.substr(0, head.size() - 1) + times + arguments + "},\n";
}

Status Trace::write(const Model &model) const {
  if (!isOn())
    return {};
  DeferInterrupts whole;
  if (count > mostEvents)
    std::fprintf(stderr, "vae-run: --trace: %s holds the first %llu of %llu events\n", path.c_str(),
                 static_cast<unsigned long long>(mostEvents), static_cast<unsigned long long>(count));
  const Json about = {{"device", vae_device_description(model.device.get())},
                      {"target", vae_session_target(model.session.get())}};
  return writeFile(path, "{\"displayTimeUnit\":\"ms\",\"otherData\":" + text(about) + ",\"traceEvents\":[\n" + events +
                             nameEvent("thread_name", runRow, "runs") + ",\n" +
                             nameEvent("thread_name", kernelRow, "kernels") + ",\n" +
                             nameEvent("process_name", runRow, "vae-run") + "\n]}\n");
}

} // namespace vae::runtime::tool
