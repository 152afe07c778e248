// The CUDA bodies of a mixture of experts, run on the host, against the CPU bodies, and against products of one expert
// alone.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numeric>
#include <random>
#include <vector>

#include "compare.hpp"
#include "cuda_runtime.h"
#include "kernels/cuda/product.cuh"
#include "kernels/grouped_linear.hpp"
#include "kernels/move_rows.hpp"
#include "kernels/route.hpp"

using namespace cohort::kernels;
using namespace cohort::testing;

namespace {

constexpr emulation::Order kOrders[] = {emulation::Order::forward, emulation::Order::backward,
                                        emulation::Order::random};

// Runs work() with threads in each order.
template <typename Work>
void in_each_order(Work work) {
  for (const auto order : kOrders) {
    emulation::order = order;
    work();
  }
  emulation::order = emulation::Order::forward;
}

// Logits with many ties, and rows that no sensible router makes.
template <typename T>
std::vector<T> logits_of(int64_t rows, int64_t experts) {
  auto logits = noise<T>(rows * experts, 1, 2);
  for (T& logit : logits) logit = std::round(logit * 2) / 2;
  const auto fill = [&](int64_t row, int64_t from, int64_t every, T value) {
    if (row >= rows) return;
    for (int64_t e = from; e < experts; e += every) logits[row * experts + e] = value;
  };
  fill(1, 0, 1, NAN);
  fill(2, 0, 1, 3);
  fill(3, 0, 1, -INFINITY);
  fill(4, 1, 2, NAN);
  fill(5, 0, 3, NAN);
  fill(6, 1, 3, INFINITY);
  fill(7, 0, 1, -INFINITY);
  fill(7, 2, experts, 1);
  return logits;
}

// NaN in the same places, and close elsewhere.
template <typename T>
bool close_or_nan(const std::vector<T>& a, const std::vector<T>& b, double tolerance) {
  if (a.size() != b.size()) return false;
  for (size_t i = 0; i < a.size(); ++i)
    if (!(std::isnan(a[i]) && std::isnan(b[i])) && !(std::abs(a[i] - b[i]) <= tolerance)) return false;
  return true;
}

template <typename T>
struct Routes {
  std::vector<int32_t> chosen;
  std::vector<T> weights;
};
template <typename T>
Routes<T> route(bool cuda, const T* logits, int64_t rows, int64_t experts, int64_t per_row, bool normalised) {
  Routes<T> routes{std::vector<int32_t>(rows * per_row, -7), unwritten<T>(rows * per_row)};
  run_op(cuda, RouteRows<T>{logits, routes.chosen.data(), routes.weights.data(), rows, experts, per_row, normalised});
  return routes;
}

struct Shape {
  int64_t rows, experts, per_row;
};
constexpr Shape kRoutings[] = {{1, 1, 1},    {37, 8, 2}, {9, 60, 4},  {21, 128, 8},
                               {11, 33, 33}, {0, 8, 2},  {9, 300, 7}, {8, 70, 40}};

// Where the rows of each expert end.
std::vector<int32_t> ends_of(const std::vector<int64_t>& counts) {
  std::vector<int32_t> ends(counts.size());
  std::partial_sum(counts.begin(), counts.end(), ends.begin());
  return ends;
}

// The same numbers at an address that is no multiple of 16.
template <typename T>
struct Misaligned {
  explicit Misaligned(const std::vector<T>& values) : memory(values.size() + 1) {
    std::copy(values.begin(), values.end(), memory.begin() + 1);
  }
  const T* data() const { return memory.data() + 1; }
  std::vector<T> memory;
};

template <typename W>
struct Grouped {
  using T = Activation<W>;
  std::vector<int64_t> counts;  // rows of each expert
  int64_t in, out;
  int64_t experts = std::ssize(counts);
  std::vector<int32_t> ends = ends_of(counts);
  int64_t rows = ends.back();
  std::vector<W> x = noise<W>(rows * in, 1), dy = noise<W>(rows * out, 2), weight = noise<W>(experts * out * in, 3);
  std::vector<T> dweight = noise<T>(experts * out * in, 4);

  void forward(bool cuda, const W* panels, std::vector<T>& y) const {
    run_op(cuda, GroupedLinear<W>{x.data(), weight.data(), panels, ends.data(), y.data(), rows, in, out, experts});
  }
  void backward_input(bool cuda, const W* panels, std::vector<T>& dx) const {
    run_op(cuda, GroupedLinearBackwardInput<W>{dy.data(), weight.data(), panels, ends.data(), dx.data(), rows, in, out,
                                               experts});
  }
  void backward_weight(bool cuda, std::vector<T>& sums) const {
    run_op(cuda, GroupedLinearBackwardWeight<W>{dy.data(), x.data(), ends.data(), sums.data(), rows, in, out, experts});
  }
  std::vector<W> panels(bool of_transpose) const {
    std::vector<W> all;
    for (int64_t e = 0; e < experts; ++e) {
      const std::vector<W> own(weight.begin() + e * out * in, weight.begin() + (e + 1) * out * in);
      const auto packed = of_transpose ? transposed_panels_of(own, out, in) : panels_of(own, out, in);
      all.insert(all.end(), packed.begin(), packed.end());
    }
    return all;
  }
  int64_t first(int64_t expert) const { return ends[expert] - counts[expert]; }

  // Each expert by a product of its own.
  std::vector<T> forward_alone() const {
    auto y = unwritten<T>(rows * out);
    for (int64_t e = 0; e < experts; ++e)
      launch_product("", Operand<W, W, true>{x.data() + first(e) * in, counts[e], in},
                     Operand<W, W, true>{weight.data() + e * out * in, out, in}, in,
                     Result<T>{y.data() + first(e) * out}, nullptr);
    return y;
  }
  std::vector<T> backward_input_alone() const {
    auto dx = unwritten<T>(rows * in);
    for (int64_t e = 0; e < experts; ++e)
      launch_product("", Operand<W, W, true>{dy.data() + first(e) * out, counts[e], out},
                     Operand<W, W, false>{weight.data() + e * out * in, in, in}, out,
                     Result<T>{dx.data() + first(e) * in}, nullptr);
    return dx;
  }
  std::vector<T> backward_weight_alone() const {
    auto sums = dweight;
    for (int64_t e = 0; e < experts; ++e)
      if (counts[e] > 0)
        launch_product("", Operand<W, W, false>{dy.data() + first(e) * out, out, out},
                       Operand<W, W, false>{x.data() + first(e) * in, in, in}, counts[e],
                       Result<T>{sums.data() + e * out * in, true}, nullptr);
    return sums;
  }
};

template <typename W>
std::vector<Grouped<W>> groupings() {
  return {{{1}, 1, 1},
          {{0, 3, 0, 0, 5, 1, 0}, 17, 33},
          {{0, 0, 70, 0}, 40, 65},
          {{17, 17, 17}, 64, 64},                // a tile in part for each, of any tile
          {{64, 0, 65, 63, 1}, 24, 72},          // whole tiles, and their neighbours
          {{20, 129, 0}, 9, 10},                 // widths whose rows begin at no multiple of 16 bytes
          {{3, 2}, 1100, 7},                     // more than one sum over k
          {{2, 1}, 5, 1040},                     // the same for the input's gradient
          {{0, 1030, 2}, 6, 5},                  // and for the weight's
          {std::vector<int64_t>(70, 1), 8, 16},  // more experts than lanes look at
          {{0, 0, 0}, 8, 8}};
}

}  // namespace

TEST_CASE_TEMPLATE("emulated routing chooses as the CPU does, with ties, infinities and NaN", T, float, double) {
  for (const auto& [rows, experts, per_row] : kRoutings)
    for (const bool normalised : {false, true}) {
      CAPTURE(experts);
      CAPTURE(normalised);
      const auto logits = logits_of<T>(rows, experts);
      const auto expected = route(false, logits.data(), rows, experts, per_row, normalised);
      Routes<T> first;
      in_each_order([&] {
        const auto got = route(true, logits.data(), rows, experts, per_row, normalised);
        CHECK(got.chosen == expected.chosen);
        CHECK(close_or_nan(got.weights, expected.weights, 1e-6));
        if (first.weights.empty()) first = got;
        check_same(got.weights, first.weights);
      });
      for (int64_t row = 0; row < rows; ++row) {
        const auto alone = route(true, logits.data() + row * experts, 1, experts, per_row, normalised);
        const auto from = first.weights.begin() + row * per_row;
        check_same(alone.weights, std::vector<T>(from, from + per_row));
      }
    }
}

TEST_CASE_TEMPLATE("emulated gradients of routing are the CPU's", T, float, double) {
  for (const auto& [rows, experts, per_row] : kRoutings)
    for (const bool normalised : {false, true}) {
      CAPTURE(experts);
      CAPTURE(normalised);
      const auto logits = noise<T>(rows * experts, 1, 2), pulls = noise<T>(rows * per_row, 2);
      const auto routes = route(false, logits.data(), rows, experts, per_row, normalised);
      compare(
          0,
          [&](bool cuda, auto& dlogits) {
            run_op(cuda, RouteRowsBackward<T>{logits.data(), routes.chosen.data(), routes.weights.data(), pulls.data(),
                                              dlogits.data(), rows, experts, per_row, normalised});
          },
          unwritten<T>(rows * experts));
    }
}

TEST_CASE("emulated sorting gives the CPU's places") {
  for (const int64_t visits : {0, 1, 16, 33, 512, 2600})
    for (const int64_t experts : {1, 3, 70}) {
      CAPTURE(visits);
      CAPTURE(experts);
      std::mt19937_64 random(visits);
      for (const int64_t used : {int64_t{1}, experts / 2 + 1, experts}) {
        std::vector<int32_t> chosen(visits);
        for (int32_t& expert : chosen) expert = static_cast<int32_t>(experts - 1 - random() % used);
        const auto sort = [&](bool cuda) {
          std::vector<std::vector<int32_t>> sorted = {
              std::vector<int32_t>(visits, -7), std::vector<int32_t>(visits, -7), std::vector<int32_t>(experts, -7)};
          run_op(cuda,
                 SortVisits{chosen.data(), sorted[0].data(), sorted[1].data(), sorted[2].data(), visits, experts});
          return sorted;
        };
        const auto expected = sort(false);
        if (experts == 3) {
          in_each_order([&] { CHECK(sort(true) == expected); });
        } else {
          CHECK(sort(true) == expected);
        }
      }
    }
}

TEST_CASE_TEMPLATE("emulated rows move as on the CPU", W, float, bfloat16, double) {
  using T = Activation<W>;
  for (const auto& [rows, width, per_row] :
       {Shape{1, 1, 1}, {13, 8, 3}, {9, 37, 2}, {5, 64, 8}, {0, 16, 2}, {40, 100, 4}}) {
    CAPTURE(width);
    const int64_t visits = rows * per_row;
    const auto x = noise<W>(rows * width, 1);
    const auto exact = noise<T>(rows * width, 2), weights = noise<T>(visits, 3);
    std::vector<int32_t> order(visits);
    std::iota(order.begin(), order.end(), 0);
    std::shuffle(order.begin(), order.end(), std::mt19937_64(1));

    auto gathered = unwritten<W>(visits * width), weighed = gathered;
    GatherRows<W>{x.data(), order.data(), gathered.data(), visits, width, per_row}.run_cpu();
    WeighRows<W>{exact.data(), weights.data(), order.data(), weighed.data(), visits, width, per_row}.run_cpu();
    const Misaligned<W> x_elsewhere(x);
    const Misaligned<T> exact_elsewhere(exact);
    in_each_order([&] {
      for (const W* from : {x.data(), x_elsewhere.data()}) {
        auto y = unwritten<W>(visits * width);
        GatherRows<W>{from, order.data(), y.data(), visits, width, per_row}.run_cuda(nullptr);
        check_same(y, gathered);
      }
      for (const T* from : {exact.data(), exact_elsewhere.data()}) {
        auto y = unwritten<W>(visits * width);
        WeighRows<W>{from, weights.data(), order.data(), y.data(), visits, width, per_row}.run_cuda(nullptr);
        check_same(y, weighed);
      }
    });
  }
}

TEST_CASE_TEMPLATE("emulated rows come together as on the CPU", T, float, double) {
  for (const auto& [rows, width, per_row] :
       {Shape{1, 1, 1}, {13, 8, 3}, {9, 37, 2}, {5, 64, 8}, {0, 16, 2}, {40, 100, 4}}) {
    CAPTURE(width);
    const int64_t visits = rows * per_row;
    const auto x = noise<T>(visits * width, 1), weights = noise<T>(visits, 2), residual = noise<T>(rows * width, 3);
    std::vector<int32_t> places(visits);
    std::iota(places.begin(), places.end(), 0);
    std::shuffle(places.begin(), places.end(), std::mt19937_64(1));
    for (const T* weight : {weights.data(), static_cast<const T*>(nullptr)}) {
      const auto combine = [&](bool cuda, const T* before, std::vector<T>& y) {
        run_op(cuda, CombineRows<T>{x.data(), places.data(), weight, before, y.data(), rows, width, per_row});
      };
      compare(
          0, [&](bool cuda, auto& y) { combine(cuda, residual.data(), y); }, unwritten<T>(rows * width));
      auto apart = unwritten<T>(rows * width), in_place = residual;
      combine(true, residual.data(), apart);
      combine(true, in_place.data(), in_place);
      check_same(in_place, apart);
      auto alone = unwritten<T>(width);
      for (int64_t row = 0; row < rows; ++row) {
        CombineRows<T>{x.data(),
                       places.data() + row * per_row,
                       weight ? weight + row * per_row : nullptr,
                       residual.data() + row * width,
                       alone.data(),
                       1,
                       width,
                       per_row}
            .run_cuda(nullptr);
        check_same(alone, std::vector<T>(apart.begin() + row * width, apart.begin() + (row + 1) * width));
      }
    }
  }
}

TEST_CASE_TEMPLATE("emulated pulls of weights are the CPU's, wherever memory begins", W, float, bfloat16, double) {
  using T = Activation<W>;
  for (const auto& [visits, width] : {std::pair<int64_t, int64_t>{1, 1}, {19, 8}, {9, 301}, {5, 640}, {0, 16}}) {
    CAPTURE(width);
    const auto dgate_up = noise<W>(visits * 2 * width, 1), kept = noise<W>(visits * 2 * width, 2);
    std::vector<int32_t> order(visits);
    std::iota(order.begin(), order.end(), 0);
    std::shuffle(order.begin(), order.end(), std::mt19937_64(1));
    const auto pull = [&](bool cuda, const W* from, std::vector<T>& pulls) {
      run_op(cuda, PullWeights<W>{from, kept.data(), order.data(), pulls.data(), visits, width});
    };
    compare(
        0, [&](bool cuda, auto& pulls) { pull(cuda, dgate_up.data(), pulls); }, unwritten<T>(visits));
    auto pulls = unwritten<T>(visits), elsewhere = pulls;
    pull(true, dgate_up.data(), pulls);
    pull(true, Misaligned<W>(dgate_up).data(), elsewhere);
    check_same(pulls, elsewhere);
  }
}

TEST_CASE_TEMPLATE("emulated products of experts are the CPU's", W, float, bfloat16, double) {
  using T = Activation<W>;
  for (const Grouped<W>& grouped : groupings<W>()) {
    CAPTURE(grouped.counts);
    CAPTURE(grouped.in);
    const auto panels = grouped.panels(false), transposed = grouped.panels(true);
    compare(
        0, [&](bool cuda, auto& y) { grouped.forward(cuda, panels.data(), y); },
        unwritten<T>(grouped.rows * grouped.out));
    compare(
        0, [&](bool cuda, auto& dx) { grouped.backward_input(cuda, transposed.data(), dx); },
        unwritten<T>(grouped.rows * grouped.in));
    compare(
        0, [&](bool cuda, auto& dweight) { grouped.backward_weight(cuda, dweight); }, grouped.dweight);
  }
}

TEST_CASE_TEMPLATE("emulated products of experts have the bits of each expert's own", W, float, bfloat16, double) {
  using T = Activation<W>;
  for (const Grouped<W>& grouped : groupings<W>()) {
    CAPTURE(grouped.counts);
    CAPTURE(grouped.in);
    auto y = unwritten<T>(grouped.rows * grouped.out), dx = unwritten<T>(grouped.rows * grouped.in),
         dweight = grouped.dweight;
    grouped.forward(true, nullptr, y);
    check_same(y, grouped.forward_alone());
    grouped.backward_input(true, nullptr, dx);
    check_same(dx, grouped.backward_input_alone());
    grouped.backward_weight(true, dweight);
    check_same(dweight, grouped.backward_weight_alone());
  }
}

TEST_CASE("large tiles of emulated products of experts have those bits too") {
  const Grouped<bfloat16> many_columns{{200, 70}, 24, 45 * 128};
  auto y = unwritten<float>(many_columns.rows * many_columns.out);
  many_columns.forward(true, nullptr, y);
  check_same(y, many_columns.forward_alone());

  const Grouped<bfloat16> many_inputs{{260, 2}, 45 * 128, 16};
  auto dx = unwritten<float>(many_inputs.rows * many_inputs.in);
  many_inputs.backward_input(true, nullptr, dx);
  check_same(dx, many_inputs.backward_input_alone());

  std::vector<int64_t> counts(132, 0);
  counts[3] = 70, counts[131] = 2;
  const Grouped<bfloat16> many_experts{counts, 136, 20};
  auto dweight = many_experts.dweight;
  many_experts.backward_weight(true, dweight);
  check_same(dweight, many_experts.backward_weight_alone());
}

TEST_CASE_TEMPLATE("an emulated expert does not see the others' rows, and one without rows is left alone", W, float,
                   bfloat16) {
  using T = Activation<W>;
  Grouped<W> grouped{{5, 0, 19, 70, 0}, 24, 33};
  const int64_t width = grouped.in * grouped.out;
  // A sum of nothing added to −0 would be +0.
  for (const int64_t e : {1, 4}) std::fill_n(grouped.dweight.begin() + e * width, width, T(-0.0));
  const auto results = [&] {
    std::vector<std::vector<T>> of = {unwritten<T>(grouped.rows * grouped.out), unwritten<T>(grouped.rows * grouped.in),
                                      grouped.dweight};
    grouped.forward(true, nullptr, of[0]);
    grouped.backward_input(true, nullptr, of[1]);
    grouped.backward_weight(true, of[2]);
    return of;
  };
  const auto before = results();
  for (int64_t i = 0; i < width; ++i)
    for (const int64_t e : {1, 4}) {
      const T weight = before[2][e * width + i];
      CHECK((weight == 0 && std::signbit(weight)));
    }
  // The third expert's operands become NaN.
  const W nan = number<W>(NAN);
  std::fill_n(grouped.x.begin() + 5 * grouped.in, 19 * grouped.in, nan);
  std::fill_n(grouped.dy.begin() + 5 * grouped.out, 19 * grouped.out, nan);
  std::fill_n(grouped.weight.begin() + 2 * width, width, nan);
  const auto after = results();
  const auto is_kept = [&](int which, int64_t own_begin, int64_t own_end) {
    for (int64_t i = 0; i < std::ssize(before[which]); ++i) {
      const bool is_own = i >= own_begin && i < own_end;
      if (is_own ? !std::isnan(after[which][i]) : after[which][i] != before[which][i]) return false;
    }
    return true;
  };
  CHECK(is_kept(0, 5 * grouped.out, 24 * grouped.out));
  CHECK(is_kept(1, 5 * grouped.in, 24 * grouped.in));
  CHECK(is_kept(2, 2 * width, 3 * width));
}

TEST_CASE("an emulated product of experts reads operands wherever they begin") {
  const Grouped<bfloat16> grouped{{5, 0, 19}, 24, 40};
  auto y = unwritten<float>(grouped.rows * grouped.out), elsewhere = y;
  grouped.forward(true, nullptr, y);
  const Misaligned<bfloat16> x(grouped.x), weight(grouped.weight);
  GroupedLinear<bfloat16>{x.data(),     weight.data(), nullptr,     grouped.ends.data(), elsewhere.data(),
                          grouped.rows, grouped.in,    grouped.out, grouped.experts}
      .run_cuda(nullptr);
  check_same(y, elsewhere);
}
