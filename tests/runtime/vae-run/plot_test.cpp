// The loss curve: its bins, its ticks, its font, the pixels of its lines, and when `train --plot` writes it.
#include "runtime/base/AtomicFile.h"
#include "runtime/formats/Npy.h"
#include "runtime/formats/pictures/Png.h"
#include "runtime/vae-run/pictures/Font.h"
#include "runtime/vae-run/pictures/LossPlot.h"
#include "tests/catch.h"
#include "tests/runtime/vae-run/Tool.h"

#include <cmath>
#include <optional>
#include <set>

using namespace vae::runtime;
using namespace vae::runtime::tool;
using namespace vae::test;

namespace {

/// The mean height of the pixels of the loss's colour in a column, left of the legend.
std::optional<double> lineHeight(const Picture &picture, int64_t x) {
  double sum = 0;
  int count = 0;
  for (int64_t y = 0; y < picture.height; ++y) {
    const uint8_t *pixel = &picture.pixels[static_cast<size_t>(y * picture.width + x) * 3];
    if (pixel[0] == 0 && pixel[1] == 90 && pixel[2] == 170) {
      sum += static_cast<double>(y);
      ++count;
    }
  }
  return count > 0 ? std::optional(sum / count) : std::nullopt;
}

struct PlotFolder : Tool {
  PlotFolder() {
    HostTensor x = HostTensor::create(ElementType::f32, {50, 4}).take();
    for (size_t i = 0; i < x.count(); ++i)
      x.as<float>()[i] = static_cast<float>(i * 37 % 101) / 101;
    if (!writeNpy(path("x.npy"), x).ok())
      std::abort();
  }
};

} // namespace

TEST_CASE("bins keep counts, means and extremes of every step", "[vae-run]") {
  for (uint64_t first : {1u, 900u}) {
    LossCurve curve({"loss", "kl"});
    std::vector<float> values;
    for (uint64_t step = first; step < first + 5000; ++step) {
      values.push_back(static_cast<float>(step * 7919 % 1000) - 300);
      curve.add(step, std::vector<float>{values.back(), 2 * values.back()});
    }
    REQUIRE(curve.bins().size() <= LossCurve::maxBins);
    REQUIRE(curve.bins().size() > LossCurve::maxBins / 4);
    REQUIRE(curve.firstStep() == first);
    REQUIRE(curve.lastStep() == first + 4999);
    size_t next = 0;
    for (const LossCurve::Bin &bin : curve.bins()) {
      REQUIRE(bin.index * curve.binWidth() + 1 <= first + next);
      auto begin = values.begin() + static_cast<std::ptrdiff_t>(next);
      auto end = begin + static_cast<std::ptrdiff_t>(bin.count);
      double sum = 0;
      for (auto value = begin; value != end; ++value)
        sum += static_cast<double>(*value);
      REQUIRE(bin.mean(0) == Approx(sum / static_cast<double>(bin.count)));
      REQUIRE(bin.terms[0].low == *std::min_element(begin, end));
      REQUIRE(bin.terms[1].high == 2 * *std::max_element(begin, end));
      next += bin.count;
      REQUIRE(first + next - 1 <= (bin.index + 1) * curve.binWidth());
    }
    REQUIRE(next == values.size());
  }
}

TEST_CASE("ticks are round numbers, evenly apart, neither few nor many", "[vae-run]") {
  REQUIRE(axisTicks(0, 540, 6, false) == std::vector<double>{0, 100, 200, 300, 400, 500});
  REQUIRE(axisTicks(-1, 1, 6, false) == std::vector<double>{-1, -0.5, 0, 0.5, 1});
  REQUIRE(axisTicks(0.03, 300, 6, true).size() == 4); // 0.1, 1, 10, 100
  REQUIRE(axisTicks(3, 60, 6, true) == std::vector<double>{5, 10, 20, 50});
  for (double low : {-1e30, -7.3, 0.0, 1e-12, 5.0, 123456.0, 1e15})
    for (double room : {1e-9, 0.3, 17.0, 1e6, 1e30}) {
      double high = low + room * std::max(1.0, std::abs(low) * 1e-3);
      if (!(high > low))
        continue;
      INFO(low << " to " << high);
      std::vector<double> ticks = axisTicks(low, high, 6, false);
      REQUIRE(ticks.size() >= 2);
      REQUIRE(ticks.size() <= 8);
      REQUIRE(ticks.front() >= low);
      REQUIRE(ticks.back() <= high);
    }
}

TEST_CASE("letters of the font differ, and a missing one is a box", "[vae-run]") {
  std::set<std::string> looks;
  std::string letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.,:-+_/()[]=*%? ";
  for (char letter : letters) {
    std::string look;
    for (int64_t y = 0; y < font::height; ++y)
      for (int64_t x = 0; x < font::width; ++x)
        look += font::inked(letter, x, y) ? '#' : '.';
    REQUIRE((look.find('#') == std::string::npos) == (letter == ' '));
    looks.insert(look);
  }
  REQUIRE(looks.size() == letters.size()); // '?' stands for all that are missing
  REQUIRE(font::inked('\xc3', 0, 0));
  REQUIRE(!font::inked('\xc3', 2, 3));
}

TEST_CASE("a steady course is a straight line from corner to corner, an exponential one on a log scale", "[vae-run]") {
  for (uint64_t steps : {100u, 3000u})
    for (bool exponential : {false, true}) {
      LossCurve curve({"loss"});
      for (uint64_t step = 1; step <= steps; ++step) {
        double share = static_cast<double>(step - 1) / static_cast<double>(steps - 1);
        curve.add(step, std::vector<float>{static_cast<float>(exponential ? std::exp(8 * share) : share)});
      }
      Picture picture = drawLossPlot(curve, "rising");
      // Columns of the plot left of its legend. Steps go from 100 to 930; 0 is at the lower end (470), 1.05 times the
      // last value at the upper (50); logarithmic, the ends are a tenth beyond the values.
      double room = exponential ? std::log(1.1) / (8 + 2 * std::log(1.1)) : 0;
      double reach = exponential ? 1 - 2 * room : 1 / 1.05;
      for (int64_t x = 120; x <= 720; x += 40) {
        INFO("column " << x << " of " << steps << " steps");
        double expected = 470 - 420 * (room + reach * (static_cast<double>(x - 100) / 830));
        REQUIRE(std::abs(lineHeight(picture, x).value() - expected) < 3);
      }
    }
}

TEST_CASE("curves of one step, of one value, of huge and of negative values are drawn", "[vae-run]") {
  for (std::vector<float> values : {std::vector<float>{3}, {0, 0, 0}, {-5, -5}, {3e38f, -3e38f, 1}, {1e-38f, 1e38f}}) {
    LossCurve curve({"loss", "a_term_with_a_name_that_is_much_too_long_for_any_legend_of_a_chart"});
    for (size_t i = 0; i < values.size(); ++i)
      curve.add(i + 1, std::vector<float>{values[i], values[i]});
    Picture picture = drawLossPlot(curve, "t");
    bool seen = false;
    for (int64_t x = 90; x < 600; ++x)
      seen |= lineHeight(picture, x).has_value();
    REQUIRE(seen);
  }
}

TEST_CASE("training draws its curve; a resume draws the curve of the unbroken run out of the log", "[vae-run]") {
  PlotFolder tool;
  std::string common = "train line.vaep --data=x.npy --epochs=90 --batch=8 ";
  REQUIRE(tool(common + "--seed=7 --log=whole.csv --plot=whole.png").code == 0);
  std::string whole = slurp(tool.path("whole.png"));
  REQUIRE(readPng(tool.path("whole.png"))->channels == 3);
  REQUIRE(tool(common + "--seed=7 --plot=nolog.png").code == 0);
  REQUIRE(slurp(tool.path("nolog.png")) == whole);
  for (int steps : {1, 7, 500}) {
    INFO("stopped after " << steps);
    REQUIRE(tool(common + "--seed=7 --save=s --log=part.csv --plot=part.png --steps=" + std::to_string(steps)).code ==
            0);
    REQUIRE(slurp(tool.path("part.png")) != whole);
    ToolResult result = tool(common + "--resume=s --save=s --log=part.csv --plot=part.png");
    INFO(result.errors);
    REQUIRE(result.code == 0);
    REQUIRE(slurp(tool.path("part.png")) == whole);
  }
  // Nothing is left to train: the log alone is drawn.
  REQUIRE(tool(common + "--resume=s --log=part.csv --plot=again.png").code == 0);
  REQUIRE(slurp(tool.path("again.png")) == whole);
}

TEST_CASE("a run that is stopped draws what it did", "[vae-run]") {
  PlotFolder tool;
  ToolResult stopped = tool.shell("$TOOL train line.vaep --data=x.npy --epochs=10000000 --seed=7 --log=log.csv "
                                  "--plot=p.png & until [ -s log.csv ]; do sleep 0.05; done; sleep 0.1; kill -INT $!; "
                                  "wait $!");
  REQUIRE(stopped.code == 130);
  REQUIRE(readPng(tool.path("p.png")).ok());
  HostTensor x = readNpy(tool.path("x.npy")).take();
  x.as<float>()[20 * 4] = NAN;
  REQUIRE(writeNpy(tool.path("bad.npy"), x).ok());
  ToolResult failed = tool("train line.vaep --data=bad.npy --batch=8 --no-shuffle --plot=bad.png");
  REQUIRE(failed.code == 1);
  REQUIRE(failed.errors.find("step 3: bad.npy: item 20") != std::string::npos);
  REQUIRE(readPng(tool.path("bad.png")).ok());
}

TEST_CASE("plots that cannot be are refused before training, logs that are none after", "[vae-run]") {
  PlotFolder tool;
  std::string common = "train line.vaep --data=x.npy --epochs=2 --batch=8 --seed=7 --save=s ";
  REQUIRE(tool(common + "--plot=p.jpg").errors == "vae-run: error: cannot tell the format of 'p.jpg'; .png wanted\n");
  REQUIRE(tool(common + "--plot=nowhere/p.png").errors.find("nowhere/p.png") != std::string::npos);
  REQUIRE(!std::filesystem::exists(tool.path("s")));
  REQUIRE(tool(common + "--log=l.csv").code == 0);
  REQUIRE(tool("train line.vaep --data=x.npy --epochs=2 --batch=8 --resume=s --plot=p.png").errors ==
          "vae-run: error: --plot: no step was taken, and no --log tells of earlier ones\n");
  for (const char *row : {"3,0,oops,1\n", "3,0,1\n", "3,0,1,nan\n", "3,0,1,2,3\n", "1,0,1,1\n3,0,1,1\n"}) {
    std::string head = "step,epoch,loss,far\n1,0,1,1\n2,0,1,1\n";
    REQUIRE(writeFile(tool.path("l.csv"), head + row).ok());
    ToolResult result = tool("train line.vaep --data=x.npy --epochs=3 --batch=8 --resume=s --log=l.csv --plot=p.png");
    INFO(row << result.errors);
    REQUIRE(result.code == 1);
    REQUIRE(result.errors.find("l.csv: after step 2 comes no row of a later step") != std::string::npos);
    REQUIRE(slurp(tool.path("l.csv")) == head + row);
  }
  REQUIRE(!std::filesystem::exists(tool.path("p.png")));
}
