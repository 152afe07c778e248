#include "src/cli/plot.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <limits>
#include <nlohmann/json.hpp>

#include "cohort/error.hpp"

namespace cohort::cli {
namespace {

constexpr double kPanelWidth = 460, kPanelHeight = 260, kHeader = 44;
constexpr double kLeft = 62, kRight = 16, kTop = 34, kBottom = 44;  // around the axes of a panel
constexpr const char* kColours[] = {"#1f5fa8", "#d1495b"};

std::string escape(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == '&')
      out += "&amp;";
    else if (c == '<')
      out += "&lt;";
    else if (c == '>')
      out += "&gt;";
    else
      out += c;
  }
  return out;
}

struct Interval {
  double low = std::numeric_limits<double>::infinity(), high = -std::numeric_limits<double>::infinity();
  bool empty() const { return low > high; }
  void add(double value) {
    if (!std::isfinite(value)) return;
    low = std::min(low, value);
    high = std::max(high, value);
  }
};

/// From data to pixels.
struct Axis {
  double low, high, first_pixel, last_pixel;
  double operator()(double value) const {
    return first_pixel + (value - low) / (high - low) * (last_pixel - first_pixel);
  }
};

Interval padded(Interval interval, bool starts_at_zero) {
  if (starts_at_zero && interval.low > 0) interval.low = 0;
  const double span = interval.high - interval.low;
  const double margin = span > 0 ? 0.06 * span : std::max(0.5, 0.1 * std::abs(interval.high));
  return {interval.low - (interval.low == 0 ? 0 : margin), interval.high + margin};
}

std::string label(double value) {
  if (std::abs(value) < 1e-12) return "0";
  return std::abs(value) >= 10'000 || std::abs(value) < 1e-3 ? fmt::format("{:.3g}", value)
                                                             : fmt::format("{:.6g}", value);
}

std::string polyline(const Series& series, const Axis& x, const Axis& y, const char* style) {
  std::string out, points;
  const auto close = [&] {
    if (!points.empty()) out += fmt::format("<polyline points=\"{}\" fill=\"none\" {}/>\n", points, style);
    points.clear();
  };
  for (const Point& point : series.points) {
    if (!std::isfinite(point.y))
      close();
    else
      points += fmt::format("{}{:.1f},{:.1f}", points.empty() ? "" : " ", x(point.x), y(point.y));
  }
  close();
  return out;
}

/// Mean of the points around each one, so that a trend shows through the noise of single steps.
Series smoothed(const Series& series) {
  const auto size = static_cast<int64_t>(series.points.size());
  const int64_t reach = std::min<int64_t>(size / 20, 25);
  Series mean = series;
  for (int64_t i = 0; i < size; ++i) {
    // As many on each side: a one-sided window would bend the ends.
    const int64_t near = std::min({reach, i, size - 1 - i});
    double sum = 0;
    int64_t count = 0;
    for (int64_t j = i - near; j <= i + near; ++j) {
      if (!std::isfinite(series.points[j].y)) continue;
      sum += series.points[j].y;
      ++count;
    }
    mean.points[i].y = count > 0 ? sum / count : std::numeric_limits<double>::quiet_NaN();
  }
  return mean;
}

std::string draw_series(const Series& series, const char* colour, const Axis& x, const Axis& y) {
  const auto stroke = [&](double width, double opacity) {
    return fmt::format("stroke=\"{}\" stroke-width=\"{}\" stroke-opacity=\"{}\" stroke-linejoin=\"round\"", colour,
                       width, opacity);
  };
  std::string out;
  const bool is_line = series.style == Series::Style::line;
  if (is_line && series.points.size() >= 20) {
    out += polyline(series, x, y, stroke(1, 0.3).c_str());
    return out + polyline(smoothed(series), x, y, stroke(2, 1).c_str());
  }
  out += polyline(series, x, y, stroke(is_line ? 2 : 1, 1).c_str());
  if (is_line && series.points.size() > 1) return out;
  for (const Point& point : series.points)
    if (std::isfinite(point.y))
      out +=
          fmt::format("<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"3.5\" fill=\"{}\"/>\n", x(point.x), y(point.y), colour);
  return out;
}

std::string draw_axes(const Axis& x, const Axis& y, const Panel& panel) {
  const double left = x.first_pixel, right = x.last_pixel, bottom = y.first_pixel, top = y.last_pixel;
  std::string out;
  for (const double value : ticks(y.low, y.high, 6))
    out += fmt::format(
        "<line x1=\"{:.1f}\" y1=\"{:.1f}\" x2=\"{:.1f}\" y2=\"{:.1f}\" class=\"grid\"/>\n"
        "<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"end\">{}</text>\n",
        left, y(value), right, y(value), left - 6, y(value) + 4, label(value));
  for (const double value : ticks(x.low, x.high, 7)) {
    if (value != std::floor(value)) continue;  // steps are whole
    out += fmt::format(
        "<line x1=\"{:.1f}\" y1=\"{:.1f}\" x2=\"{:.1f}\" y2=\"{:.1f}\" class=\"axis\"/>\n"
        "<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"middle\">{}</text>\n",
        x(value), bottom, x(value), bottom + 4, x(value), bottom + 17, label(value));
  }
  out += fmt::format("<path d=\"M{:.1f},{:.1f} V{:.1f} H{:.1f}\" class=\"axis\" fill=\"none\"/>\n", left, top, bottom,
                     right);
  out += fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"middle\">step</text>\n", (left + right) / 2,
                     bottom + 33);
  return out +
         fmt::format("<text transform=\"translate({:.1f},{:.1f}) rotate(-90)\" text-anchor=\"middle\">{}</text>\n",
                     left - 46, (top + bottom) / 2, escape(panel.y_label));
}

std::string draw_legend(const Panel& panel, double right, double top) {
  std::string out;
  double y = top - 8;
  double x = right;
  for (size_t i = panel.series.size(); i-- > 0;) {
    const Series& series = panel.series[i];
    if (series.name.empty() || series.points.empty()) continue;
    out += fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"end\" fill=\"{}\">{}</text>\n", x, y,
                       kColours[i % std::size(kColours)], escape(series.name));
    x -= 7.0 * static_cast<double>(series.name.size()) + 14;
  }
  return out;
}

std::string draw_panel(const Panel& panel, const Interval& steps, double left, double top) {
  Interval values;
  for (const Series& series : panel.series)
    for (const Point& point : series.points) values.add(point.y);
  std::string out = fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" class=\"title\">{}</text>\n", left + kLeft, top + 18,
                                escape(panel.title));
  if (values.empty())
    return out + fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"middle\">no data</text>\n",
                             left + kPanelWidth / 2, top + kPanelHeight / 2);
  values = panel.is_share ? Interval{0, 1} : padded(values, values.low >= 0);
  const Axis x{steps.low, steps.high, left + kLeft, left + kPanelWidth - kRight};
  const Axis y{values.low, values.high, top + kPanelHeight - kBottom, top + kTop};
  out += draw_axes(x, y, panel);
  for (size_t i = 0; i < panel.series.size(); ++i)
    out += draw_series(panel.series[i], kColours[i % std::size(kColours)], x, y);
  return out + draw_legend(panel, x.last_pixel, y.last_pixel);
}

}  // namespace

std::vector<double> ticks(double low, double high, int count) {
  if (!(high > low) || !std::isfinite(high - low)) return {};
  // Multiples of the step, not sums of it: 0.1 + 0.1 + 0.1 is no tick. The slack takes the ends in.
  constexpr double kSlack = 1e-9;
  for (double power = std::pow(10, std::floor(std::log10((high - low) / count)));; power *= 10)
    for (const double factor : {1.0, 2.0, 5.0}) {
      const double step = factor * power;
      const double first = std::ceil(low / step - kSlack), last = std::floor(high / step + kSlack);
      if (last - first + 1 > count) continue;
      std::vector<double> values;
      for (double i = first; i <= last; ++i) values.push_back(i * step);
      return values;
    }
}

std::string svg(const std::string& title, const std::vector<Panel>& panels) {
  const auto rows = static_cast<double>((panels.size() + 1) / 2);
  const double width = 2 * kPanelWidth, height = kHeader + rows * kPanelHeight;
  std::string out = fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0}\" height=\"{1}\" viewBox=\"0 0 {0} {1}\" "
      "font-family=\"Helvetica, Arial, sans-serif\" font-size=\"12\" fill=\"#333\">\n"
      "<style>.grid{{stroke:#e4e4e4}} .axis{{stroke:#333}} .title{{font-size:14px;font-weight:bold}}</style>\n"
      "<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n"
      "<text x=\"{2}\" y=\"28\" font-size=\"17\" font-weight=\"bold\">{3}</text>\n",
      width, height, kLeft, escape(title));
  Interval steps = {0, 1};  // one axis for all panels, so that they can be read across
  for (const Panel& panel : panels)
    for (const Series& series : panel.series)
      for (const Point& point : series.points) steps.add(point.x);
  for (size_t i = 0; i < panels.size(); ++i)
    out += draw_panel(panels[i], steps, static_cast<double>(i % 2) * kPanelWidth,
                      kHeader + static_cast<double>(i / 2) * kPanelHeight);
  return out + "</svg>\n";
}

std::string curves(const std::filesystem::path& metrics, const std::string& title) {
  std::ifstream in(metrics);
  check(in.is_open(), "{}: no metrics to plot", metrics.string());
  Series reward{Series::Style::line, "", {}}, accuracy{Series::Style::line, "training", {}};
  Series held_out{Series::Style::dots, "held-out", {}}, length{Series::Style::line, "", {}};
  Series entropy{Series::Style::line, "", {}};
  for (std::string line; std::getline(in, line);) {
    const auto row = nlohmann::json::parse(line, nullptr, false);
    if (!row.is_object() || !row.contains("step")) continue;  // a last line that is being written
    const double step = row["step"].get<double>();
    const auto add = [&](Series& series, const char* key, double x) {
      const auto value = row.find(key);
      if (value != row.end()) series.points.push_back({x, value->is_number() ? value->get<double>() : std::nan("")});
    };
    add(reward, "reward/mean", step);
    add(accuracy, "accuracy", step);
    add(length, "completions/mean_length", step);
    add(entropy, "entropy", step);
    add(held_out, "eval/accuracy_before", step - 1);
    add(held_out, "eval/accuracy", step);
  }
  return svg(title, {{"Reward", "mean reward", {reward}, false},
                     {"Accuracy", "share right", {accuracy, held_out}, true},
                     {"Completion length", "tokens", {length}, false},
                     {"Entropy", "nats per token", {entropy}, false}});
}

}  // namespace cohort::cli
