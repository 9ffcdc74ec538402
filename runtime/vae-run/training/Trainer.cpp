// Steps, epochs, checkpoints.
#include "runtime/vae-run/training/Trainer.h"
#include "runtime/base/AtomicFile.h"
#include "runtime/base/File.h"
#include "runtime/base/Random.h"
#include "runtime/formats/pictures/Png.h"
#include "runtime/vae-run/Interrupt.h"
#include "runtime/vae-run/Json.h"
#include "runtime/vae-run/pictures/LossPlot.h"
#include "runtime/vae-run/verbs/Samples.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <numeric>
#include <utility>

namespace vae::runtime::tool {

void EpochTotals::add(std::span<const float> values, uint64_t count) {
  sums.resize(values.size());
  for (size_t i = 0; i < values.size(); ++i)
    sums[i] += static_cast<double>(values[i]) * static_cast<double>(count);
  items += count;
}

Status Trainer::run() {
  DeferInterrupts whole;
  VAE_RETURN_IF_ERROR(start());
  Status status = loop();
  if (status.code() == StatusCode::cancelled)
    status = fail(StatusCode::cancelled, "stopped by ", notedSignalName(), " after step ", progress.step);
  bar.clear();
  // Stopped between two steps, the weights are good; a step that failed may have spoilt them.
  bool between = (status.code() == StatusCode::cancelled || batchRefused) && progress.step > 0;
  if (status.ok() && totals.items > 0)
    reportEpoch(progress.epoch);
  if ((status.ok() || between) && savedStep != progress.step)
    if (Status saved = checkpoint(); !saved.ok())
      return saved;
  // Of a run that failed, too: there the curve is worth most.
  Status traced = trace.write(model);
  if (Status plotted = drawPlot(); status.ok())
    return plotted.ok() ? traced : plotted;
  return Status(status.code(), status.message() + keptText());
}

Status Trainer::start() {
  progress = {0, 0, options.model.seed, plan.batch, plan.items, plan.fingerprint};
  for (const std::string *path : {&options.save, &options.saveAverage})
    if (!path->empty()) {
      VAE_ASSIGN_OR_RETURN(FileLock lock, FileLock::take(*path));
      locks.push_back(std::move(lock));
    }
  if (!options.resume.empty())
    VAE_RETURN_IF_ERROR(restore());
  VAE_RETURN_IF_ERROR(requireWeights(model.session.get(), programs(), /*frozenAlone=*/true));
  if (!options.samples.empty())
    VAE_RETURN_IF_ERROR(makeFolder(options.samples));
  // A checkpoint that cannot be written is better known now than after an epoch.
  for (const std::string *path : {&options.save, &options.saveAverage, &options.plot, &options.trace})
    if (!path->empty())
      VAE_RETURN_IF_ERROR(AtomicFile::create(*path).status());
  return {};
}

/// What training runs.
Words Trainer::programs() const {
  Words names;
  for (const PlannedLoss &loss : plan.losses)
    names.push_back(loss.name + ".train");
  if (plan.sampler)
    names.push_back(plan.sampler->name);
  return names;
}

Status Trainer::restore() {
  vae_session *session = model.session.get();
  VAE_RETURN_IF_ERROR(call(
      [&](vae_error *error) { return vae_session_load_state(session, options.resume.c_str(), &progress, error); }));
  if (options.seedGiven && progress.seed != options.model.seed)
    return fail(StatusCode::invalidArgument, options.resume, " was trained with --seed=", progress.seed, ", not ",
                options.model.seed);
  VAE_RETURN_IF_ERROR(checkSameData());
  if (options.resume == options.save && options.saveAverage.empty())
    savedStep = progress.step;
  if (options.plot.empty() || options.log.empty() || progress.step == 0)
    return {};
  return log.read(progress.step, [&](uint64_t step, std::span<const float> values) { curve.add(step, values); });
}

/// A run goes on only with the batches that it began with.
Status Trainer::checkSameData() {
  const auto [step, epoch, seed, batch, items, data] = progress;
  if (batch != 0 && batch != plan.batch)
    return invalidArgument(options.resume, " was trained with --batch=", batch, ", not ", plan.batch);
  if (items != 0 && items != plan.items)
    return invalidArgument(options.resume, " was trained on ", items, " items, not ", plan.items);
  if (data != 0 && data != plan.fingerprint)
    return invalidArgument(options.resume, " was trained on other data than ", plan.data[0].path(),
                           "; --weights=", options.resume, " begins anew with its weights");
  if (epoch != step / plan.stepsPerEpoch())
    return invalidArgument(options.resume, " stands at step ", step, " in epoch ", epoch, ", which does not fit ",
                           plan.stepsPerEpoch(), " steps an epoch; other data or another --batch");
  progress.batch = plan.batch;
  progress.items = plan.items;
  progress.data = plan.fingerprint;
  return {};
}

Status Trainer::loop() {
  while (progress.step < plan.lastStep) {
    if (notedSignal())
      return fail(StatusCode::cancelled, "stopped");
    VAE_RETURN_IF_ERROR(step());
    bool epochEnds = progress.step % plan.stepsPerEpoch() == 0;
    if (epochEnds)
      VAE_RETURN_IF_ERROR(endEpoch());
    bool saves = epochEnds || (options.checkpointEvery > 0 && progress.step % options.checkpointEvery == 0);
    if (saves)
      VAE_RETURN_IF_ERROR(checkpoint());
  }
  return {};
}

Status Trainer::step() {
  uint64_t number = progress.step + 1;
  uint64_t position = progress.step % plan.stepsPerEpoch() * plan.batch;
  uint64_t count = std::min(plan.batch, plan.items - position);
  orderItems(progress.epoch);
  if (Status status = gather(count); !status.ok()) {
    batchRefused = true;
    return status.withContext(concat("step ", number));
  }

  Variances before;
  bool isFirstAlone = count == 1 && !std::exchange(trainedAlone, true);
  if (isFirstAlone) {
    VAE_ASSIGN_OR_RETURN(before, readVariances());
  }
  guardStep();
  std::vector<float> values;
  const Stopwatch watch;
  for (size_t i = 0; i < plan.losses.size(); ++i)
    if (Status status = trainLoss(i, values); !status.ok())
      return withCure(status).withContext(concat("step ", number));
  stepSeconds = watch.seconds();
  draft.reset();
  ++progress.step;
  ++stepsHere;
  if (isFirstAlone)
    VAE_RETURN_IF_ERROR(sayWhatStayed(before));
  VAE_RETURN_IF_ERROR(record(values, count));
  progress.epoch = progress.step / plan.stepsPerEpoch();
  return {};
}

/// A step that ends soon by itself, or whose weights take long to write, is not worth it.
bool Trainer::mayDraft() const {
  constexpr double soon = 0.5, share = 0.1;
  auto isSpecial = [](const std::string &path) {
    std::error_code none;
    return std::filesystem::is_other(path, none);
  };
  if (isSpecial(options.save) || isSpecial(options.saveAverage))
    return false;
  return !stepSeconds || (*stepSeconds > soon && draftSeconds < share * *stepSeconds);
}

void Trainer::guardStep() {
  const bool keepsNothing = options.save.empty() && options.saveAverage.empty();
  stopsAnywhere = keepsNothing || progress.step == 0 || savedStep == progress.step;
  if (stopsAnywhere || !mayDraft())
    return;
  const Stopwatch watch;
  // A disk that is full is the checkpoint's error.
  if (Result<DraftHandle> made = draftCheckpoint(); made.ok())
    draft = made.take();
  draftSeconds = watch.seconds();
  stopsAnywhere = draft != nullptr;
}

/// The data are checked when they are gathered, so a number that is not finite was computed.
Status Trainer::withCure(const Status &status) const {
  if (status.code() != StatusCode::nonFinite || options.check)
    return status;
  return Status(status.code(), status.message() + "; --check finds where it begins");
}

Result<TensorHandle> Trainer::valueOf(const vae_parameter_info &parameter) const {
  return make<TensorHandle>([&](vae_tensor **handle, vae_error *error) {
    return vae_session_get_parameter(model.session.get(), parameter.path, handle, error);
  });
}

Result<Trainer::Variances> Trainer::readVariances() const {
  constexpr std::string_view ending = ".running_var";
  Variances variances;
  VAE_ASSIGN_OR_RETURN(std::vector<vae_parameter_info> all, parametersOf(model.package.get()));
  for (const vae_parameter_info &parameter : all) {
    std::string_view path = parameter.path;
    if (!path.ends_with(ending))
      continue;
    VAE_ASSIGN_OR_RETURN(TensorHandle tensor, valueOf(parameter));
    path.remove_suffix(ending.size());
    variances[std::string(path)].assign(static_cast<const char *>(vae_tensor_data(tensor.get())),
                                        vae_tensor_bytes(tensor.get()));
  }
  return variances;
}

Status Trainer::sayWhatStayed(const Variances &before) {
  VAE_ASSIGN_OR_RETURN(Variances after, readVariances());
  for (const auto &[label, bytes] : before) {
    if (after[label] != bytes)
      continue;
    bar.clear();
    std::fprintf(stderr,
                 "vae-run: warning: step %llu: batch_norm '%s' has one value a channel in a batch of one item, which "
                 "PyTorch refuses; its running statistics stay as they are\n",
                 static_cast<unsigned long long>(progress.step), label.c_str());
  }
  return {};
}

Status Trainer::trainLoss(size_t index, std::vector<float> &values) {
  PlannedLoss &loss = plan.losses[index];
  vae_run request{};
  loss.scalars.bind(request);
  std::vector<vae_input> inputs(request.inputs, request.inputs + request.input_count);
  for (size_t set : loss.data)
    inputs.push_back({plan.data[set].input().c_str(), batches[set].get()});
  for (size_t i = 0; i < loss.noise.size(); ++i)
    inputs.push_back({loss.noise[i].input().c_str(), noiseBatches[index][i].get()});
  request.program = loss.name.c_str();
  request.inputs = inputs.data();
  request.input_count = inputs.size();
  request.seed = streamSeed(progress.seed, static_cast<uint32_t>(index));
  request.step = progress.step;
  request.epoch = progress.epoch;
  request.check_outputs = 1;
  request.check_kernels = options.check ? 1 : 0;
  // Weights in the middle of a step are of no use: once one has changed, the step goes to its end, unless those before it
  // are safe.
  request.cancel_anywhere = stopsAnywhere ? 1 : 0;
  if (index > 0 && !stopsAnywhere)
    request.cancelled = nullptr;
  Trace none;
  VAE_ASSIGN_OR_RETURN(
      ResultHandle result,
      (stepsHere < Trace::steps ? trace : none).run(model.session.get(), request, vae_session_train_step));
  for (const std::string &term : loss.terms) {
    vae_tensor *tensor = vae_result_find(result.get(), term.c_str());
    if (!tensor || vae_tensor_bytes(tensor) != sizeof(float))
      return fail(StatusCode::internal, "'", loss.name, "' gave no '", term, "'");
    values.push_back(*static_cast<const float *>(vae_tensor_data(tensor)));
  }
  return {};
}

void Trainer::orderItems(uint64_t epoch) {
  if (orderedEpoch == epoch)
    return;
  orderedEpoch = epoch;
  if (options.shuffle) {
    order = epochOrder(progress.seed, epoch, plan.items);
    return;
  }
  order.resize(plan.items);
  std::iota(order.begin(), order.end(), uint64_t{0});
}

Status Trainer::makeBatches(uint64_t count) {
  batches.clear();
  noiseBatches.clear();
  noiseBatches.resize(plan.losses.size());
  for (const Dataset &set : plan.data) {
    VAE_ASSIGN_OR_RETURN(TensorHandle batch, set.makeBatch(count));
    batches.push_back(std::move(batch));
  }
  for (size_t i = 0; i < plan.losses.size(); ++i)
    for (const Dataset &set : plan.losses[i].noise) {
      VAE_ASSIGN_OR_RETURN(TensorHandle batch, set.makeBatch(count));
      noiseBatches[i].push_back(std::move(batch));
    }
  batchItems = count;
  return {};
}

Status Trainer::gather(uint64_t count) {
  if (batchItems != count)
    VAE_RETURN_IF_ERROR(makeBatches(count));
  uint64_t position = progress.step % plan.stepsPerEpoch() * plan.batch;
  std::span<const uint64_t> indices = std::span(order).subspan(position, count);
  for (size_t i = 0; i < plan.data.size(); ++i)
    VAE_RETURN_IF_ERROR(plan.data[i].gather(indices, batches[i].get()));
  std::vector<uint64_t> rows(count);
  std::iota(rows.begin(), rows.end(), plan.consumed(progress.step));
  for (size_t i = 0; i < plan.losses.size(); ++i)
    for (size_t site = 0; site < plan.losses[i].noise.size(); ++site)
      VAE_RETURN_IF_ERROR(plan.losses[i].noise[site].gather(rows, noiseBatches[i][site].get()));
  return {};
}

Status Trainer::record(std::span<const float> values, uint64_t count) {
  totals.add(values, count);
  VAE_RETURN_IF_ERROR(log.add(progress.step, progress.epoch, values));
  if (!options.plot.empty())
    curve.add(progress.step, values);
  if (bar.due())
    showProgress();
  return {};
}

Status Trainer::endEpoch() {
  reportEpoch(progress.epoch - 1);
  totals = {};
  return plan.sampler ? drawSampleGrid(progress.epoch) : Status();
}

Status Trainer::checkWeights() {
  VAE_ASSIGN_OR_RETURN(std::vector<vae_parameter_info> all, parametersOf(model.package.get()));
  for (const vae_parameter_info &parameter : all) {
    if (parameter.element != VAE_F32)
      continue;
    VAE_ASSIGN_OR_RETURN(TensorHandle tensor, valueOf(parameter));
    const float *values = static_cast<const float *>(vae_tensor_data(tensor.get()));
    size_t count = vae_tensor_bytes(tensor.get()) / sizeof(float);
    if (!std::all_of(values, values + count, [](float value) { return std::isfinite(value); }))
      return fail(StatusCode::nonFinite, "step ", progress.step, ": parameter '", parameter.path,
                  "' holds NaN or infinity");
  }
  return {};
}

Status Trainer::checkpoint() {
  if (options.save.empty() && options.saveAverage.empty())
    return {};
  bar.say(concat("writing ", options.save.empty() ? options.saveAverage : options.save));
  if (!draft) {
    VAE_ASSIGN_OR_RETURN(draft, draftCheckpoint());
  }
  const DraftHandle written = std::move(draft);
  // What is published is on the disk: of a gigabyte that takes seconds.
  VAE_RETURN_IF_ERROR(call([&](vae_error *error) { return vae_draft_publish(written.get(), error); }));
  savedStep = progress.step;
  return {};
}

Result<DraftHandle> Trainer::draftCheckpoint() {
  VAE_RETURN_IF_ERROR(checkWeights());
  auto pathOf = [](const std::string &path) { return path.empty() ? nullptr : path.c_str(); };
  std::vector<const char *> losses;
  for (const PlannedLoss &loss : plan.losses)
    losses.push_back(loss.name.c_str());
  return make<DraftHandle>([&](vae_draft **handle, vae_error *error) {
    return vae_session_draft_training(model.session.get(), pathOf(options.save), &progress, pathOf(options.saveAverage),
                                      losses.data(), losses.size(), handle, error);
  });
}

Status Trainer::drawSampleGrid(uint64_t epoch) {
  VAE_ASSIGN_OR_RETURN(Arguments arguments, sampleArguments(*plan.sampler, {}, sampleGrid));
  VAE_ASSIGN_OR_RETURN(Picture picture,
                       drawSamples(model.session.get(), *plan.sampler, arguments, sampleGrid, progress.seed));
  return writePng(TrainingPlan::sampleFile(options, epoch), picture);
}

Status Trainer::drawPlot() const {
  if (options.plot.empty())
    return {};
  if (curve.bins().empty())
    return fail(StatusCode::invalidArgument, "--plot: no step was taken, and no --log tells of earlier ones");
  return writePng(options.plot, drawLossPlot(curve, plan.lossNames()));
}

std::string Trainer::termText() const {
  std::string text;
  char part[96];
  for (size_t i = 0; i < plan.terms.size(); ++i) {
    std::snprintf(part, sizeof part, "%s%s %.4g", i == 0 ? "" : "  ", plan.terms[i].c_str(), totals.mean(i));
    text += part;
  }
  return text;
}

void Trainer::showProgress() {
  uint64_t inEpoch = (progress.step - 1) % plan.stepsPerEpoch() + 1;
  char rate[48];
  std::snprintf(rate, sizeof rate, "  %.0f items/s", totals.itemsPerSecond());
  bar.draw(concat("epoch ", progress.epoch + 1, "/", options.epochs), inEpoch, plan.stepsPerEpoch(), termText() + rate);
}

void Trainer::reportEpoch(uint64_t epoch) {
  bar.clear();
  if (!options.json) {
    std::string head = concat("epoch ", epoch + 1, "/", options.epochs, "  ", termText());
    std::printf("%s  %.1f s  %.0f items/s\n", head.c_str(), totals.watch.seconds(), totals.itemsPerSecond());
    std::fflush(stdout);
    return;
  }
  Json json = {{"epoch", epoch + 1}, {"step", progress.step}};
  for (size_t i = 0; i < plan.terms.size(); ++i)
    json[plan.terms[i]] = totals.mean(i);
  json["seconds"] = totals.watch.seconds();
  json["items_per_second"] = totals.itemsPerSecond();
  printJson(json, -1);
}

std::string Trainer::keptText() const {
  const std::string &kept = options.save.empty() ? options.saveAverage : options.save;
  if (kept.empty())
    return "";
  if (!savedStep)
    return "; no checkpoint was written";
  return concat("; ", kept, " keeps step ", *savedStep);
}

} // namespace vae::runtime::tool
