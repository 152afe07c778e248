// Routing, moving and multiplying rows for experts on a CPU: against their definitions, in float64.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numeric>
#include <random>
#include <vector>

#include "kernels/cpu/gemm.hpp"
#include "kernels/grouped_linear.hpp"
#include "kernels/move_rows.hpp"
#include "kernels/route.hpp"
#include "support/numbers.hpp"

using namespace cohort::kernels;
using cohort::testing::noise;
using cohort::testing::number;

namespace {

std::vector<int32_t> shuffled(int64_t size) {
  std::vector<int32_t> order(size);
  std::iota(order.begin(), order.end(), 0);
  std::shuffle(order.begin(), order.end(), std::mt19937_64(1));
  return order;
}

// |got − expected| in units of 1 or of |expected|.
double away(double got, double expected) {
  const double error = std::abs(got - expected) / std::max(1.0, std::abs(expected));
  return error <= HUGE_VAL ? error : HUGE_VAL;
}

template <typename W>
constexpr double kTolerance = std::is_same_v<W, double> ? 1e-13 : 1e-5;

struct Routes {
  std::vector<int32_t> chosen;
  std::vector<double> weights;
};
Routes route(const std::vector<double>& logits, int64_t experts, int64_t per_row, bool normalised) {
  const int64_t rows = std::ssize(logits) / experts;
  Routes routes{std::vector<int32_t>(rows * per_row, -7), std::vector<double>(rows * per_row, NAN)};
  RouteRows<double>{logits.data(), routes.chosen.data(), routes.weights.data(), rows, experts, per_row, normalised}
      .run_cpu();
  return routes;
}

}  // namespace

TEST_CASE("a row visits the experts of its largest logits, of equal ones the first") {
  CHECK(route({1, 3, 2, 3, 0}, 5, 3, true).chosen == std::vector<int32_t>{1, 3, 2});
  CHECK(route({2, 2, 2, 2}, 4, 2, false).chosen == std::vector<int32_t>{0, 1});
  CHECK(route({-1, -INFINITY, -2}, 3, 3, true).chosen == std::vector<int32_t>{0, 2, 1});
  CHECK(route({1, 2, 4, 3}, 2, 1, true).chosen == std::vector<int32_t>{1, 0});  // two rows
}

TEST_CASE("weights are the softmax over all experts, or over the chosen ones") {
  const std::vector<double> logits = {0.5, -1, 2, 1.5};
  const double all = std::exp(0.5) + std::exp(-1) + std::exp(2) + std::exp(1.5), two = std::exp(2) + std::exp(1.5);
  const Routes over_all = route(logits, 4, 2, false), over_chosen = route(logits, 4, 2, true);
  CHECK(away(over_all.weights[0], std::exp(2) / all) < 1e-15);
  CHECK(away(over_all.weights[1], std::exp(1.5) / all) < 1e-15);
  CHECK(away(over_chosen.weights[0], std::exp(2) / two) < 1e-15);
  CHECK(away(over_chosen.weights[1], std::exp(1.5) / two) < 1e-15);
  CHECK(route({1e3, 999, 0}, 3, 1, false).weights[0] == doctest::Approx(1 / (1 + std::exp(-1))));
}

TEST_CASE("a row of NaN visits experts that are there, each once") {
  for (const std::vector<double>& logits :
       {std::vector<double>(5, NAN), {NAN, 1, 2, NAN, 0}, {0, NAN, NAN, 1, NAN}, {1, 2, 3, 4, NAN}}) {
    std::vector<int32_t> chosen = route(logits, 5, 4, true).chosen;
    std::sort(chosen.begin(), chosen.end());
    CHECK(std::adjacent_find(chosen.begin(), chosen.end()) == chosen.end());
    CHECK(chosen.front() >= 0);
    CHECK(chosen.back() < 5);
  }
}

TEST_CASE("the gradient of logits is that of weights by finite differences") {
  const int64_t rows = 3, experts = 6, per_row = 2;
  const auto logits = noise<double>(rows * experts, 1), dweights = noise<double>(rows * per_row, 2);
  for (const bool normalised : {false, true}) {
    const Routes routes = route(logits, experts, per_row, normalised);
    std::vector<double> pulls(dweights.size()), dlogits(logits.size(), NAN);
    for (size_t i = 0; i < pulls.size(); ++i) pulls[i] = routes.weights[i] * dweights[i];
    RouteRowsBackward<double>{logits.data(),
                              routes.chosen.data(),
                              routes.weights.data(),
                              pulls.data(),
                              dlogits.data(),
                              rows,
                              experts,
                              per_row,
                              normalised}
        .run_cpu();
    const auto loss = [&](const std::vector<double>& at) {
      const Routes of = route(at, experts, per_row, normalised);
      CHECK(of.chosen == routes.chosen);
      return std::inner_product(dweights.begin(), dweights.end(), of.weights.begin(), 0.0);
    };
    constexpr double kStep = 1e-5;
    for (size_t i = 0; i < logits.size(); ++i) {
      auto more = logits, less = logits;
      more[i] += kStep, less[i] -= kStep;
      CHECK(away(dlogits[i], (loss(more) - loss(less)) / (2 * kStep)) < 1e-9);
    }
  }
}

TEST_CASE("visits are sorted by expert and keep their order, and places are where they stand") {
  for (const int64_t visits : {0, 1, 100}) {
    const int64_t experts = 7;
    std::mt19937_64 random(1);
    std::vector<int32_t> chosen(visits), order(visits, -7), places(visits, -7), ends(experts, -7);
    for (int32_t& expert : chosen) expert = static_cast<int32_t>(random() % 3 * 2 + 1);  // 1, 3, 5
    SortVisits{chosen.data(), order.data(), places.data(), ends.data(), visits, experts}.run_cpu();
    std::vector<int32_t> expected(visits);
    std::iota(expected.begin(), expected.end(), 0);
    std::stable_sort(expected.begin(), expected.end(), [&](int32_t a, int32_t b) { return chosen[a] < chosen[b]; });
    CHECK(order == expected);
    for (int64_t place = 0; place < visits; ++place) CHECK(places[order[place]] == place);
    for (int64_t e = 0; e < experts; ++e)
      CHECK(ends[e] == std::count_if(chosen.begin(), chosen.end(), [&](int32_t expert) { return expert <= e; }));
  }
}

TEST_CASE_TEMPLATE("rows go to their places and come back weighed", W, float, bfloat16, double) {
  using T = Activation<W>;
  const int64_t rows = 11, width = 37, per_row = 3, visits = rows * per_row;
  const auto x = noise<W>(rows * width, 1);
  const auto exact = noise<T>(rows * width, 2), weights = noise<T>(visits, 3);
  const std::vector<int32_t> order = shuffled(visits);
  std::vector<W> gathered(visits * width, number<W>(NAN)), weighed = gathered;
  GatherRows<W>{x.data(), order.data(), gathered.data(), visits, width, per_row}.run_cpu();
  WeighRows<W>{exact.data(), weights.data(), order.data(), weighed.data(), visits, width, per_row}.run_cpu();
  for (int64_t i = 0; i < visits; ++i)
    for (int64_t c = 0; c < width; ++c) {
      const int64_t from = order[i] / per_row * width + c;
      CHECK(to_float(gathered[i * width + c]) == to_float(x[from]));
      CHECK(to_float(weighed[i * width + c]) == to_float(number<W>(weights[order[i]] * exact[from])));
    }
}

TEST_CASE_TEMPLATE("what experts make of a row is added to it, alone and among others", T, float, double) {
  const int64_t rows = 11, width = 37, per_row = 3, visits = rows * per_row;
  const auto x = noise<T>(visits * width, 1), weights = noise<T>(visits, 2), residual = noise<T>(rows * width, 3);
  const std::vector<int32_t> places = shuffled(visits);
  for (const T* weight : {weights.data(), static_cast<const T*>(nullptr)}) {
    std::vector<T> y(rows * width, NAN), in_place = residual, alone(width);
    CombineRows<T>{x.data(), places.data(), weight, residual.data(), y.data(), rows, width, per_row}.run_cpu();
    CombineRows<T>{x.data(), places.data(), weight, in_place.data(), in_place.data(), rows, width, per_row}.run_cpu();
    CHECK(y == in_place);
    double worst = 0;
    for (int64_t i = 0; i < rows * width; ++i) {
      double sum = residual[i];
      for (int64_t v = i / width * per_row; v < (i / width + 1) * per_row; ++v)
        sum += (weight ? double{weight[v]} : 1.0) * x[places[v] * width + i % width];
      worst = std::max(worst, away(y[i], sum));
    }
    CHECK(worst < kTolerance<T>);
    const int64_t row = 4, visit = row * per_row;
    CombineRows<T>{x.data(),
                   places.data() + visit,
                   weight ? weight + visit : nullptr,
                   residual.data() + row * width,
                   alone.data(),
                   1,
                   width,
                   per_row}
        .run_cpu();
    CHECK(alone == std::vector<T>(y.begin() + row * width, y.begin() + (row + 1) * width));
  }
}

TEST_CASE_TEMPLATE("the pull of a weight is the sum over what its gate let through", W, float, bfloat16, double) {
  using T = Activation<W>;
  const int64_t visits = 9, width = 301;
  const auto dgate_up = noise<W>(visits * 2 * width, 1), kept = noise<W>(visits * 2 * width, 2);
  const std::vector<int32_t> order = shuffled(visits);
  std::vector<T> pulls(visits, NAN);
  PullWeights<W>{dgate_up.data(), kept.data(), order.data(), pulls.data(), visits, width}.run_cpu();
  for (int64_t i = 0; i < visits; ++i) {
    double sum = 0;
    for (int64_t at = (2 * i + 1) * width; at < (2 * i + 2) * width; ++at)
      sum += double{to_float(dgate_up[at])} * to_float(kept[at]);
    CHECK(away(pulls[order[i]], sum) < kTolerance<W>);
  }
}

TEST_CASE_TEMPLATE("experts multiply their rows by their weights, as alone", W, float, bfloat16, double) {
  using T = Activation<W>;
  struct Shape {
    std::vector<int64_t> counts;  // rows of each expert
    int64_t in, out;
  };
  for (const auto& [counts, in, out] : {Shape{{0, 3, 0, 5, 1}, 17, 33}, {{0, 70, 0}, 40, 65}, {{0, 0}, 8, 8}}) {
    const int64_t experts = std::ssize(counts), size = out * in;
    std::vector<int32_t> ends(experts);
    std::partial_sum(counts.begin(), counts.end(), ends.begin());
    const int64_t rows = ends.back();
    const auto x = noise<W>(rows * in, 1), dy = noise<W>(rows * out, 2), weight = noise<W>(experts * size, 3);
    const auto before = noise<T>(experts * size, 4);
    const int64_t panel_elements = panels_size<W>(out, in), transposed_elements = panels_size<W>(in, out);
    std::vector<W> panels(experts * panel_elements), transposed(experts * transposed_elements);
    for (int64_t e = 0; e < experts; ++e) {
      pack_transposed<W>(weight.data() + e * size, out, in, panels.data() + e * panel_elements);
      pack_rows<W>(weight.data() + e * size, in, out, in, transposed.data() + e * transposed_elements);
    }
    std::vector<T> y(rows * out, NAN), dx(rows * in, NAN), dweight = before;
    GroupedLinear<W>{x.data(), weight.data(), panels.data(), ends.data(), y.data(), rows, in, out, experts}.run_cpu();
    GroupedLinearBackwardInput<W>{dy.data(), weight.data(), transposed.data(), ends.data(), dx.data(), rows, in,
                                  out,       experts}
        .run_cpu();
    GroupedLinearBackwardWeight<W>{dy.data(), x.data(), ends.data(), dweight.data(), rows, in, out, experts}.run_cpu();

    double worst = 0;
    std::vector<double> sums(before.begin(), before.end());
    for (int64_t i = 0; i < rows; ++i) {
      const int64_t e = std::upper_bound(ends.begin(), ends.end(), i) - ends.begin();
      const auto w = [&](int64_t o, int64_t c) { return double{to_float(weight[e * size + o * in + c])}; };
      for (int64_t o = 0; o < out; ++o) {
        double sum = 0;
        for (int64_t c = 0; c < in; ++c) sum += to_float(x[i * in + c]) * w(o, c);
        worst = std::max(worst, away(y[i * out + o], sum));
      }
      for (int64_t c = 0; c < in; ++c) {
        double sum = 0;
        for (int64_t o = 0; o < out; ++o) {
          sum += to_float(dy[i * out + o]) * w(o, c);
          sums[e * size + o * in + c] += double{to_float(dy[i * out + o])} * to_float(x[i * in + c]);
        }
        worst = std::max(worst, away(dx[i * in + c], sum));
      }
    }
    for (int64_t i = 0; i < experts * size; ++i) worst = std::max(worst, away(dweight[i], sums[i]));
    CHECK(worst < 2 * kTolerance<W>);

    // A row alone, of the expert with most.
    if (rows == 0) continue;
    const int64_t e = std::max_element(counts.begin(), counts.end()) - counts.begin(), row = ends[e] - 1;
    std::vector<int32_t> ends_alone(experts, 0);
    std::fill(ends_alone.begin() + e, ends_alone.end(), 1);
    std::vector<T> alone(out, NAN);
    GroupedLinear<W>{
        x.data() + row * in, weight.data(), panels.data(), ends_alone.data(), alone.data(), 1, in, out, experts}
        .run_cpu();
    CHECK(alone == std::vector<T>(y.begin() + row * out, y.begin() + (row + 1) * out));
  }
}
