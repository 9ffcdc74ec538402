// Philox, the normal quantile, and the streams built on them.
#include "runtime/base/Random.h"

#include <cmath>
#include <numeric>

namespace vae::runtime {
namespace {

// Streams of different use never share a key: the high word of the seed is flipped by the use's letters.
constexpr uint32_t initialDomain = 0x696e6974; // "init"
constexpr uint32_t orderDomain = 0x6f726472;   // "ordr"

uint32_t low(uint64_t value) { return static_cast<uint32_t>(value); }
uint32_t high(uint64_t value) { return static_cast<uint32_t>(value >> 32); }

/// FNV-1a, 64 bits.
uint64_t hashOf(std::string_view text) {
  uint64_t hash = 0xcbf29ce484222325;
  for (char letter : text)
    hash = (hash ^ static_cast<uint8_t>(letter)) * 0x100000001b3;
  return hash;
}

template <size_t N> double polynomial(const double (&coefficients)[N], double x) {
  double value = coefficients[N - 1];
  for (size_t i = N - 1; i-- > 0;)
    value = value * x + coefficients[i];
  return value;
}

/// The coefficients of AS 241's PPND16, lowest power first: near the middle, in the tail, far out.
double quantileMiddle(double q) {
  constexpr double top[] = {3.3871328727963666080,    1.3314166789178437745e+2, 1.9715909503065514427e+3,
                            1.3731693765509461125e+4, 4.5921953931549871457e+4, 6.7265770927008700853e+4,
                            3.3430575583588128105e+4, 2.5090809287301226727e+3};
  constexpr double bottom[] = {1.0,
                               4.2313330701600911252e+1,
                               6.8718700749205790830e+2,
                               5.3941960214247511077e+3,
                               2.1213794301586595867e+4,
                               3.9307895800092710610e+4,
                               2.8729085735721942674e+4,
                               5.2264952788528545610e+3};
  double r = 0.180625 - q * q;
  return q * polynomial(top, r) / polynomial(bottom, r);
}

double quantileTail(double r) {
  constexpr double top[] = {1.42343711074968357734,    4.63033784615654529590,   5.76949722146069140550,
                            3.64784832476320460504,    1.27045825245236838258,   2.41780725177450611770e-1,
                            2.27238449892691845833e-2, 7.74545014278341407640e-4};
  constexpr double bottom[] = {1.0,
                               2.05319162663775882187,
                               1.67638483018380384940,
                               6.89767334985100004550e-1,
                               1.48103976427480074590e-1,
                               1.51986665636164571966e-2,
                               5.47593808499534494600e-4,
                               1.05075007164441684324e-9};
  return polynomial(top, r - 1.6) / polynomial(bottom, r - 1.6);
}

double quantileFarTail(double r) {
  constexpr double top[] = {6.65790464350110377720,    5.46378491116411436990,    1.78482653991729133580,
                            2.96560571828504891230e-1, 2.65321895265761230930e-2, 1.24266094738807843860e-3,
                            2.71155556874348757815e-5, 2.01033439929228813265e-7};
  constexpr double bottom[] = {1.0,
                               5.99832206555887937690e-1,
                               1.36929880922735805310e-1,
                               1.48753612908506148525e-2,
                               7.86869131145613259100e-4,
                               1.84631831751005468180e-5,
                               1.42151175831644588870e-7,
                               2.04426310338993978564e-15};
  return polynomial(top, r - 5.0) / polynomial(bottom, r - 5.0);
}

/// Unbiased numbers below a bound, one after the other.
class OrderStream {
public:
  OrderStream(uint64_t seed, uint64_t epoch) : key{low(seed), high(seed) ^ orderDomain}, epoch(epoch) {}

  /// Uniform in [0, bound), bound >= 1: the high half of a 128-bit product, the biased sliver rejected (Lemire 2019).
  uint64_t below(uint64_t bound) {
    while (true) {
      unsigned __int128 product = static_cast<unsigned __int128>(next()) * bound;
      if (static_cast<uint64_t>(product) >= (0 - bound) % bound)
        return static_cast<uint64_t>(product >> 64);
    }
  }

private:
  uint64_t next() {
    if (used == 2) {
      words = philox({low(block), high(block), low(epoch), high(epoch)}, key);
      ++block;
      used = 0;
    }
    uint64_t value = words[2 * used] | static_cast<uint64_t>(words[2 * used + 1]) << 32;
    ++used;
    return value;
  }

  std::array<uint32_t, 2> key;
  uint64_t epoch;
  uint64_t block = 0;
  size_t used = 2;
  std::array<uint32_t, 4> words{};
};

} // namespace

std::array<uint32_t, 4> philox(std::array<uint32_t, 4> counter, std::array<uint32_t, 2> key) {
  for (int round = 0; round < 10; ++round) {
    uint64_t first = uint64_t{0xD2511F53} * counter[0];
    uint64_t second = uint64_t{0xCD9E8D57} * counter[2];
    counter = {high(second) ^ counter[1] ^ key[0], low(second), high(first) ^ counter[3] ^ key[1], low(first)};
    key[0] += 0x9E3779B9;
    key[1] += 0xBB67AE85;
  }
  return counter;
}

uint32_t noiseWord(uint64_t seed, uint32_t step, uint32_t site, uint64_t index) {
  return philox({low(index / 4), high(index / 4), step, site}, {low(seed), high(seed)})[index % 4];
}

uint64_t streamSeed(uint64_t seed, uint32_t stream) {
  if (stream == 0)
    return seed;
  // A counter that no draw of a program has: its words are a block, a step and a site, and the last is zero outside
  // loops.
  std::array<uint32_t, 4> words = philox({stream, 0, 0, ~0u}, {low(seed), high(seed)});
  return words[0] | static_cast<uint64_t>(words[1]) << 32;
}

double normalQuantile(double p) {
  double q = p - 0.5;
  if (std::abs(q) <= 0.425)
    return quantileMiddle(q);
  double r = std::sqrt(-std::log(q < 0 ? p : 1 - p));
  double magnitude = r <= 5 ? quantileTail(r) : quantileFarTail(r);
  return q < 0 ? -magnitude : magnitude;
}

float uniformFromWord(uint32_t word) { return static_cast<float>(word >> 8) * 0x1p-24f; }

double normalFromWord(uint32_t word) {
  uint32_t magnitude = word & 0x7fffffff;
  // Programs turn this integer into a float; above 2^24 the low bits go first, so that the turn is exact.
  if (magnitude >= 1u << 24)
    magnitude &= ~0x7fu;
  double distance = -normalQuantile((static_cast<double>(static_cast<float>(magnitude) + 0.5f)) * 0x1p-32);
  return word >> 31 ? -distance : distance;
}

Status fillInitial(HostTensor &tensor, InitialValues kind, double a, double b, uint64_t seed, std::string_view path) {
  if (tensor.element() != ElementType::f32)
    return fail(StatusCode::unsupported, "parameter '", path, "' has the element type ", elementName(tensor.element()),
                ", f32 wanted");
  std::span<float> values = tensor.as<float>();
  uint64_t stream = hashOf(path);
  std::array<uint32_t, 4> words{};
  for (uint64_t i = 0; i < values.size(); ++i) {
    if (i % 4 == 0 && kind >= InitialValues::uniform)
      words = philox({low(i / 4), high(i / 4), low(stream), high(stream)}, {low(seed), high(seed) ^ initialDomain});
    double value = kind == InitialValues::zeros ? 0 : a;
    if (kind == InitialValues::uniform)
      value = a + static_cast<double>(uniformFromWord(words[i % 4])) * (b - a);
    else if (kind == InitialValues::normal)
      value = a + normalFromWord(words[i % 4]) * b;
    values[i] = static_cast<float>(value);
  }
  return {};
}

std::vector<uint64_t> epochOrder(uint64_t seed, uint64_t epoch, uint64_t count) {
  std::vector<uint64_t> order(count);
  std::iota(order.begin(), order.end(), uint64_t{0});
  OrderStream stream(seed, epoch);
  for (uint64_t i = count; i > 1; --i)
    std::swap(order[i - 1], order[stream.below(i)]);
  return order;
}

} // namespace vae::runtime
