// Lays a curve out on a canvas.
#include "runtime/vae-run/pictures/LossPlot.h"
#include "runtime/vae-run/pictures/Canvas.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace vae::runtime::tool {
namespace {

constexpr int64_t width = 960, height = 540;
constexpr int64_t left = 100, right = 930, top = 50, bottom = 470;
constexpr int64_t textScale = 2;
constexpr Colour ink{60, 60, 60}, grid{226, 226, 226}, paper{255, 255, 255};
// Apart for eyes that confuse red and green as well.
constexpr std::array<Colour, 7> colours{
    {{0, 90, 170}, {222, 110, 0}, {0, 145, 105}, {190, 70, 140}, {120, 120, 30}, {70, 170, 220}, {110, 60, 20}}};

Colour colourOf(size_t term) { return colours.at(term % colours.size()); }

std::string numberText(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.6g", value);
  return text;
}

/// An axis: values `low` to `high` lie at pixels `from` to `to`.
struct Axis {
  double low, high, from, to;
  bool logarithmic = false;

  double at(double value) const {
    double inside = std::clamp(value, low, high);
    double share = logarithmic ? std::log(inside / low) / std::log(high / low) : (inside - low) / (high - low);
    return from + share * (to - from);
  }
};

struct Extent {
  double low = INFINITY, high = -INFINITY;

  void add(double value) {
    low = std::min(low, value);
    high = std::max(high, value);
  }
};

Axis valueAxis(const LossCurve &curve) {
  Extent all, loss;
  for (const LossCurve::Bin &bin : curve.bins()) {
    loss.add(bin.mean(0));
    for (const LossCurve::Span &term : bin.terms) {
      all.add(static_cast<double>(term.low));
      all.add(static_cast<double>(term.high));
    }
  }
  if (all.low > 0 && loss.high > 20 * loss.low)
    return {std::max(all.low, all.high * 1e-6) / 1.1, all.high * 1.1, bottom, top, true};
  if (all.low >= 0 && all.low < 0.4 * all.high)
    return {0, all.high * 1.05, bottom, top};
  double room = std::max((all.high - all.low) * 0.05, std::max(std::abs(all.high), std::abs(all.low)) * 1e-3);
  room = room > 0 ? room : 1;
  return {all.low - room, all.high + room, bottom, top};
}

Axis stepAxis(const LossCurve &curve) {
  double first = static_cast<double>(curve.firstStep()), last = static_cast<double>(curve.lastStep());
  return {first == last ? first - 1 : first, first == last ? last + 1 : last, left, right};
}

void drawAxes(Canvas &canvas, const Axis &steps, const Axis &values) {
  int64_t letter = Canvas::textHeight(textScale);
  for (double tick : axisTicks(values.low, values.high, 6, values.logarithmic)) {
    int64_t y = std::llround(values.at(tick));
    std::string text = numberText(tick);
    canvas.fill(left, y, right - left, 1, grid);
    canvas.fill(left - 6, y, 6, 1, ink);
    canvas.text(left - 10 - Canvas::textWidth(text, textScale), y - letter / 2 + 2, text, ink, textScale);
  }
  for (double tick : axisTicks(steps.low, steps.high, 6, false)) {
    if (tick != std::floor(tick))
      continue;
    int64_t x = std::llround(steps.at(tick));
    std::string text = numberText(tick);
    canvas.fill(x, top, 1, bottom - top, grid);
    canvas.fill(x, bottom, 1, 6, ink);
    canvas.text(x - Canvas::textWidth(text, textScale) / 2, bottom + 10, text, ink, textScale);
  }
  canvas.fill(left, top, 1, bottom - top, ink);
  canvas.fill(left, bottom, right - left, 1, ink);
  canvas.text((left + right - Canvas::textWidth("step", textScale)) / 2, bottom + 38, "step", ink, textScale);
}

/// From the lowest to the highest value of each bin that holds several steps.
void drawBands(Canvas &canvas, const LossCurve &curve, size_t term, const Axis &steps, const Axis &values) {
  double binWidth = static_cast<double>(curve.binWidth());
  for (const LossCurve::Bin &bin : curve.bins()) {
    if (bin.count < 2)
      continue;
    double first = static_cast<double>(bin.index) * binWidth + 0.5;
    int64_t from = std::llround(steps.at(first)), to = std::llround(steps.at(first + binWidth));
    int64_t high = std::llround(values.at(static_cast<double>(bin.terms[term].high)));
    int64_t low = std::llround(values.at(static_cast<double>(bin.terms[term].low)));
    canvas.fill(from, high, to - from, low - high + 1, colourOf(term), 0.22);
  }
}

void drawLine(Canvas &canvas, const LossCurve &curve, size_t term, const Axis &steps, const Axis &values) {
  double binWidth = static_cast<double>(curve.binWidth());
  double lastX = 0, lastY = 0;
  bool any = false;
  for (const LossCurve::Bin &bin : curve.bins()) {
    double x = steps.at((static_cast<double>(bin.index) + 0.5) * binWidth + 0.5), y = values.at(bin.mean(term));
    canvas.line(any ? lastX : x, any ? lastY : y, x, y, colourOf(term));
    lastX = x;
    lastY = y;
    any = true;
  }
}

/// In the upper right corner, where falling curves leave room: a swatch, a name, the last mean.
void drawLegend(Canvas &canvas, const LossCurve &curve) {
  constexpr size_t longest = 40;
  int64_t letter = Canvas::textHeight(textScale), row = letter + 6, swatch = 26, widest = 0;
  std::vector<std::string> lines;
  for (size_t i = 0; i < curve.terms().size(); ++i) {
    char mean[32];
    std::snprintf(mean, sizeof mean, " %.4g", curve.bins().back().mean(i));
    lines.push_back(curve.terms()[i].substr(0, longest) + mean);
    widest = std::max(widest, Canvas::textWidth(lines.back(), textScale));
  }
  int64_t boxWidth = swatch + widest + 20, boxLeft = right - 8 - boxWidth, boxTop = top + 8;
  canvas.fill(boxLeft, boxTop, boxWidth, static_cast<int64_t>(lines.size()) * row + 8, paper, 0.85);
  for (size_t i = 0; i < lines.size(); ++i) {
    int64_t y = boxTop + 6 + static_cast<int64_t>(i) * row;
    canvas.fill(boxLeft + 6, y + 5, swatch - 6, 4, colourOf(i));
    canvas.text(boxLeft + swatch + 10, y, lines[i], ink, textScale);
  }
}

} // namespace

std::vector<double> axisTicks(double low, double high, int wanted, bool logarithmic) {
  std::vector<double> ticks;
  if (logarithmic) {
    bool fine = high / low < 200;
    for (int power = static_cast<int>(std::floor(std::log10(low))); power <= std::floor(std::log10(high)); ++power)
      for (double digit : {1.0, 2.0, 5.0})
        if (double tick = digit * std::pow(10, power); (fine || digit == 1.0) && tick >= low && tick <= high)
          ticks.push_back(tick);
    return ticks;
  }
  double rough = (high - low) / wanted, power = std::pow(10, std::floor(std::log10(rough)));
  double apart = power * (rough > 5 * power ? 10 : rough > 2 * power ? 5 : rough > power ? 2 : 1);
  // Counted, not added up: rounding errors do not gather, and tiny steps on large numbers end.
  int64_t count = std::llround(std::floor((high - low) / apart)) + 1;
  double first = std::ceil(low / apart);
  for (int64_t i = 0; i < count; ++i)
    if (double tick = (first + static_cast<double>(i)) * apart; tick >= low && tick <= high)
      ticks.push_back(tick == 0 ? 0 : tick); // no "-0"
  return ticks;
}

Picture drawLossPlot(const LossCurve &curve, const std::string &title) {
  Canvas canvas(width, height);
  Axis steps = stepAxis(curve), values = valueAxis(curve);
  drawAxes(canvas, steps, values);
  canvas.text(left, top - 32, values.logarithmic ? title + " (log scale)" : title, ink, textScale);
  for (size_t i = curve.terms().size(); i-- > 0;)
    drawBands(canvas, curve, i, steps, values);
  for (size_t i = curve.terms().size(); i-- > 0;) // the loss on top
    drawLine(canvas, curve, i, steps, values);
  drawLegend(canvas, curve);
  return canvas.picture();
}

} // namespace vae::runtime::tool
