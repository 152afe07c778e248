// The curves of a run as one SVG: reward, accuracy, completion length and entropy over steps.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace cohort::cli {

struct Point {
  double x, y;
};

struct Series {
  enum class Style { line, dots } style;  // dots are joined by a thin line
  std::string name;                       // in the legend; empty: none
  std::vector<Point> points;              // NaN: a gap
};

struct Panel {
  std::string title;
  std::string y_label;
  std::vector<Series> series;
  bool is_share = false;  // the y axis is 0 to 1
};

/// Panels in two columns, with axes, ticks and titles. A panel without points says so.
std::string svg(const std::string& title, const std::vector<Panel>& panels);

/// Values for ticks: the multiples within [low, high] of 1, 2 or 5 times a power of ten, at most `count` of them.
std::vector<double> ticks(double low, double high, int count);

/// The four panels from a metrics.jsonl. Throws Error if it is not readable.
std::string curves(const std::filesystem::path& metrics, const std::string& title);

}  // namespace cohort::cli
