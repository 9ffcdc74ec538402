// Which tensor of a file is which of a model's, and what is said of the rest.
#include "runtime/session/WeightMatch.h"
#include "tests/catch.h"
#include "tests/runtime/TestFiles.h"

using namespace vae::runtime;
using namespace vae::test;

namespace {

struct Entry {
  std::string name;
  std::vector<int64_t> shape{2};
  std::string type = "F32";
};

/// A file of zeros.
std::string fileOf(const std::vector<Entry> &entries) {
  std::string header = "{";
  uint64_t end = 0;
  for (const Entry &entry : entries) {
    uint64_t bytes = entry.type == "F64" || entry.type == "I64" ? 8 : entry.type.ends_with("16") ? 2 : 4;
    bytes = entry.type == "BOOL" || entry.type.starts_with("F8") ? 1 : bytes;
    std::string shape;
    for (int64_t size : entry.shape) {
      bytes *= static_cast<uint64_t>(size);
      shape += (shape.empty() ? "" : ",") + std::to_string(size);
    }
    header += concat(header.size() > 1 ? "," : "", "\"", entry.name, "\":{\"dtype\":\"", entry.type, "\",\"shape\":[",
                     shape, "],\"data_offsets\":[", end, ",", end + bytes, "]}");
    end += bytes;
  }
  header += "}";
  uint64_t size = header.size();
  return std::string(reinterpret_cast<const char *>(&size), 8) + header + std::string(end, '\0');
}

struct Outcome {
  std::vector<std::string> names; ///< of the entries, "-" where there is none
  std::vector<std::string> notes;
};

Result<Outcome> match(const std::vector<std::string> &wanted, const std::vector<Entry> &entries, MatchRules rules = {},
                      const std::vector<std::string> &unneeded = {}) {
  static const int64_t shape[] = {2};
  std::string content = fileOf(entries);
  VAE_ASSIGN_OR_RETURN(SafetensorsFile file, SafetensorsFile::parse(bytesOf(content), "w"));
  rules.needer = "the model";
  std::vector<WantedTensor> tensors;
  for (const std::string &name : wanted)
    tensors.push_back({name, ElementType::f32, shape, true});
  for (const std::string &name : unneeded)
    tensors.push_back({name, ElementType::f32, shape, false});
  VAE_ASSIGN_OR_RETURN(WeightMatch found, matchWeights(file, tensors, rules));
  Outcome outcome{{}, found.notes};
  for (const SafetensorsEntry *entry : found.entries)
    outcome.names.push_back(entry ? entry->name : "-");
  return outcome;
}

using Names = std::vector<std::string>;

void requireMatch(const Result<Outcome> &outcome, const Names &names, const Names &notes) {
  INFO(outcome.status().message());
  REQUIRE(outcome.ok());
  CHECK(outcome->names == names);
  CHECK(outcome->notes == notes);
}

} // namespace

TEST_CASE("equal names need no word, whatever else would fit", "[weights]") {
  requireMatch(match({"a.weight", "b.weight"}, {{"a.weight"}, {"b.weight"}}), {"a.weight", "b.weight"}, {});
  requireMatch(match({"a.weight"}, {{"a.weight"}, {"old.a.weight"}}), {"a.weight"},
               {"1 tensor passed over, as the model has no such part: old.a.weight"});
}

TEST_CASE("a prefix of all names is found on either side", "[weights]") {
  requireMatch(match({"a.weight", "b.weight"}, {{"module.a.weight"}, {"module.b.weight"}}),
               {"module.a.weight", "module.b.weight"}, {"the prefix 'module.' is taken off its names"});
  requireMatch(match({"a.weight"}, {{"_orig_mod.module.a.weight"}}), {"_orig_mod.module.a.weight"},
               {"the prefix '_orig_mod.module.' is taken off its names"});
  requireMatch(match({"net.0.weight", "net.2.weight"}, {{"0.weight"}, {"2.weight"}}), {"0.weight", "2.weight"},
               {"the prefix 'net.' is put before its names"});
  requireMatch(match({"net.a.weight", "net.b.weight"}, {{"model.a.weight"}, {"model.b.weight"}}),
               {"model.a.weight", "model.b.weight"}, {"the prefix 'net.' is put in the place of 'model.'"});
  requireMatch(match({"w"}, {{"model.w"}}), {"model.w"}, {"the prefix 'model.' is taken off its names"});
  requireMatch(match({"fc.weight", "fc.bias"}, {{"weight"}, {"bias"}}), {"weight", "bias"},
               {"the prefix 'fc.' is put before its names"});
}

TEST_CASE("wrappers of inner modules are taken out", "[weights]") {
  std::string note = "names of wrappers (module, _orig_mod) are taken out of its names";
  requireMatch(match({"a.w", "b.0.w"}, {{"a._orig_mod.w"}, {"b.0.w"}}), {"a._orig_mod.w", "b.0.w"}, {note});
  requireMatch(match({"a.w", "b.w"}, {{"net._orig_mod.a.module.w"}, {"net._orig_mod.b.w"}}),
               {"net._orig_mod.a.module.w", "net._orig_mod.b.w"}, {note, "the prefix 'net.' is taken off its names"});
  requireMatch(match({"module.w", "b.w"}, {{"module.w"}, {"b.w"}}), {"module.w", "b.w"}, {});
  REQUIRE_ERROR(match({"a.w", "b.w"}, {{"a.module.w"}, {"a._orig_mod.w"}}), "none of the 2 tensors");
  REQUIRE_ERROR(match({"a.w", "b.w"}, {{"a.module.w"}, {"c.w"}}), "none of the 2 tensors");
}

TEST_CASE("another layer is not another prefix", "[weights]") {
  REQUIRE_ERROR(
      match({"fc.weight", "fc.bias"}, {{"gc.weight"}, {"gc.bias"}}),
      "w: none of the 2 tensors that the model needs is there; missing fc.weight and 1 more, while the file has "
      "gc.bias and 1 more");
}

TEST_CASE("where two places have the names, shapes decide, or nobody", "[weights]") {
  std::vector<Entry> both = {{"encoder.0.weight", {3}}, {"decoder.0.weight"}};
  requireMatch(match({"0.weight"}, both), {"decoder.0.weight"},
               {"the prefix 'decoder.' is taken off its names",
                "1 tensor passed over, as the model has no such part: encoder.0.weight"});
  both[0].shape = {2};
  REQUIRE_ERROR(match({"0.weight"}, both),
                "stands there twice, under 'decoder.' and under 'encoder.'; keep one of them");
}

TEST_CASE("bookkeeping and states of ours are passed over", "[weights]") {
  requireMatch(match({"n.weight"}, {{"n.weight"},
                                    {"n.num_batches_tracked", {}, "I64"},
                                    {"m.num_batches_tracked", {}, "I64"},
                                    {"state/m.n.weight"}}),
               {"n.weight"}, {"2 tensors passed over as bookkeeping: m.num_batches_tracked and 1 more"});
  requireMatch(match({"n.weight"}, {{"module.n.weight"}, {"n_averaged", {}, "I64"}}), {"module.n.weight"},
               {"the prefix 'module.' is taken off its names", "1 tensor passed over as bookkeeping: n_averaged"});
  requireMatch(match({"n_averaged"}, {{"n_averaged"}}), {"n_averaged"}, {});
}

TEST_CASE("more tensors are passed over where they are foreign, or on request", "[weights]") {
  requireMatch(match({"a.weight"}, {{"a.weight"}, {"loss.disc.0.weight", {7}, "I64"}, {"loss.logvar", {}}}),
               {"a.weight"}, {"2 tensors passed over, as the model has no such part: loss.disc.0.weight and 1 more"});
  requireMatch(match({"a.weight"}, {{"vae.a.weight"}, {"betas"}, {"unet.a.bias"}, {"vae.loss.b"}}), {"vae.a.weight"},
               {"the prefix 'vae.' is taken off its names",
                "3 tensors passed over, as the model has no such part: betas and 2 more"});
  MatchRules allow;
  allow.allowExtra = true;
  for (const char *name : {"a.spare", "spare"}) {
    std::vector<Entry> entries = {{"a.weight"}, {name, {}, "BOOL"}};
    REQUIRE_ERROR(match({"a.weight"}, entries),
                  concat("w: 1 of the 1 tensor that the model needs fits; extra ", name, " (--allow-extra"));
    requireMatch(match({"a.weight"}, entries, allow), {"a.weight"}, {concat("1 tensor passed over: ", name)});
  }
}

TEST_CASE("types of real numbers convert, others are named with what to do", "[weights]") {
  requireMatch(
      match({"a", "b", "c", "d"}, {{"a", {2}, "F16"}, {"b", {2}, "F16"}, {"c", {2}, "BF16"}, {"d", {2}, "F64"}}),
      {"a", "b", "c", "d"},
      {"1 tensor of BF16 converted to f32", "2 tensors of F16 converted to f32", "1 tensor of F64 rounded to f32"});
  for (const char *type : {"I64", "I32", "BOOL", "F8_E4M3", "F8_E5M2"})
    REQUIRE_ERROR(match({"a"}, {{"a", {2}, type}}),
                  concat("a is ", type, "[2], expected f32[2]; tensor.float() in PyTorch makes it so"));
}

TEST_CASE("a near miss says what is common, what differs first, and how many", "[weights]") {
  Names wanted = {"a.weight", "b.weight", "c.weight", "d.weight"};
  REQUIRE_ERROR(match(wanted, {{"a.weight"}, {"d.weight"}}),
                "w: 2 of the 4 tensors that the model needs fit; missing b.weight and 1 more");
  REQUIRE_ERROR(
      match(wanted, {{"module.a.weight"}, {"module.b.weight", {3}}, {"module.c.weight", {4}}}),
      "w: 1 of the 4 tensors that the model needs fits when the prefix 'module.' is taken off its names; missing "
      "d.weight; module.b.weight is F32[3], expected f32[2] and 1 more differ");
  REQUIRE_ERROR(match(wanted, {}), "w: no tensors; missing a.weight and 3 more");
  static const int64_t shape[] = {5, 3};
  std::string content = fileOf({{"fc.weight", {3, 5}}});
  SafetensorsFile file = SafetensorsFile::parse(bytesOf(content), "w").take();
  WantedTensor tensor{"fc.weight", ElementType::f32, shape, true};
  REQUIRE_ERROR(matchWeights(file, std::span(&tensor, 1), {false, false, "'f'"}),
                "w: 0 of the 1 tensor that 'f' needs fit; fc.weight is F32[3, 5], expected f32[5, 3], transposed");
}

TEST_CASE("what is not needed may be missing, or different", "[weights]") {
  requireMatch(match({"decoder.a"}, {{"decoder.a"}, {"encoder.a", {9}}}, {}, {"encoder.a", "encoder.b"}),
               {"decoder.a", "-", "-"},
               {"2 tensors not needed, and missing or different: encoder.a is F32[9], expected f32[2] and 1 more"});
  requireMatch(
      match({"decoder.0.w"}, {{"0.w"}}, {}, {"encoder.0.w"}), {"0.w", "-"},
      {"the prefix 'decoder.' is put before its names", "1 tensor not needed, and missing or different: encoder.0.w"});
}

TEST_CASE("a checkpoint has the names as they are", "[weights]") {
  MatchRules exact;
  exact.isCheckpoint = true;
  requireMatch(match({"a", "state/m.a"}, {{"a"}, {"state/m.a"}}, exact), {"a", "state/m.a"}, {});
  REQUIRE_ERROR(match({"a"}, {{"module.a"}}, exact), "missing a");
  REQUIRE_ERROR(match({"a"}, {{"a"}, {"state/m.a"}}, exact), "extra state/m.a");
  REQUIRE_ERROR(match({"a"}, {{"a"}, {"a.num_batches_tracked"}}, exact), "extra a.num_batches_tracked");
}
