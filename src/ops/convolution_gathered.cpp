#include <algorithm>

#include "kernels/pack.hpp"
#include "ops/convolution_pass.hpp"
#include "ops/product.hpp"

namespace whylight::convolution {

namespace {

constexpr Index shallow = 16;  // channels below which the taps of one kernel row are read as one run of elements

std::size_t at(Index index) { return static_cast<std::size_t>(index); }

Index volume(const Sizes& sizes) { return sizes[0] * sizes[1] * sizes[2]; }

bool pointwise(const Pass& p) {
  constexpr Sizes ones{1, 1, 1};
  const bool same_pixels = p.pad == Sizes{} && p.input == p.count && p.count == p.result;  // no padding behind either
  return p.kernel == ones && p.stride == ones && p.step == ones && same_pixels && p.groups == 1;
}

// Where the rows of a product lie: walks over the results of a pass and finds, for each, the input at every tap.
class Rows {
 public:
  Rows(const Pass& pass, const Real* input, Real* result, Index block, Scratch& scratch)
      : pass_(pass), input_(input), result_(result), channels_(pass.groups * pass.depth) {
    merged_ = pass.depth < shallow && pass.groups == 1 && pass.dilation[2] == 1 && pass.kernel[2] > 1;
    run_ = merged_ ? pass.kernel[2] * channels_ : channels_;
    const auto zeros = scratch.take<Real>(run_);
    std::ranges::fill(zeros, Real{0});
    zero_ = zeros.data();
    if (merged_) edges_ = scratch.take<Real>(block * pass.tap_count() * pass.depth).data();
  }

  Index taps() const { return merged_ ? pass_.kernel[0] * pass_.kernel[1] : pass_.tap_count(); }
  Index depth() const { return merged_ ? run_ : pass_.depth; }

  void start_block() { edge_ = edges_; }
  // Writes the next result's input at each tap to every fourth pointer from `rows` on; returns where the result goes.
  Real* next(const Real** rows) {
    for (Index i = 0; i < pass_.kernel[0]; ++i)
      for (Index j = 0; j < pass_.kernel[1]; ++j) rows = gather(line(i, j), rows);
    Real* to = result_ + place() * pass_.groups * pass_.columns;
    advance();
    return to;
  }

 private:
  Index position(std::size_t axis, Index tap) const {
    return q_[axis] * pass_.stride[axis] - pass_.pad[axis] + tap * pass_.dilation[axis];
  }
  bool inside(std::size_t axis, Index position) const { return position >= 0 && position < pass_.input[axis]; }

  // The input line that taps (i, j) fall on, or null when it lies in the padding.
  const Real* line(Index i, Index j) const {
    const Index d = position(0, i), h = position(1, j);
    if (!inside(0, d) || !inside(1, h)) return nullptr;
    return input_ + ((image_ * pass_.input[0] + d) * pass_.input[1] + h) * pass_.input[2] * channels_;
  }

  const Real** gather(const Real* line, const Real** rows) {
    if (merged_) {
      *rows = line ? window(line) : zero_;
      return rows + tile_rows;
    }
    Index w = position(2, 0);
    for (Index k = 0; k < pass_.kernel[2]; ++k, w += pass_.dilation[2], rows += tile_rows)
      *rows = line && inside(2, w) ? line + w * channels_ : zero_;
    return rows;
  }

  // The elements of one kernel row side by side: in place, or copied where it reaches into the padding.
  const Real* window(const Real* line) {
    const Index first = position(2, 0) * channels_, length = pass_.input[2] * channels_;
    if (first >= 0 && first + run_ <= length) return line + first;
    Real* copy = edge_;
    edge_ += run_;
    for (Index i = 0; i < run_; ++i) copy[i] = first + i >= 0 && first + i < length ? line[first + i] : Real{0};
    return copy;
  }

  Index place() const {
    Index place = image_;
    for (std::size_t axis = 0; axis < 3; ++axis)
      place = place * pass_.result[axis] + pass_.at[axis] + q_[axis] * pass_.step[axis];
    return place;
  }

  void advance() {
    for (std::size_t axis = 3; axis-- > 0;) {
      if (++q_[axis] < pass_.count[axis]) return;
      q_[axis] = 0;
    }
    ++image_;
  }

  const Pass& pass_;
  const Real* input_;
  Real* result_;
  Index channels_;
  bool merged_ = false;
  Index run_ = 0;
  const Real* zero_ = nullptr;
  Real* edges_ = nullptr;
  Real* edge_ = nullptr;
  Index image_ = 0;
  Sizes q_{};
};

void multiply_groups(const Pass& pass, Product& product) {
  const Real* panels = product.panels;
  for (Index group = 0; group < pass.groups; ++group) {
    product.row_offset = group * pass.depth;
    product.result_offset = group * pass.columns;
    kernels().product(product);
    product.panels += panels_size(pass.columns, pass.tap_count(), pass.depth);
  }
  product.panels = panels;
}

void run_gathered(const Pass& pass, const Job& job, Scratch& scratch) {
  const Scratch::Frame frame(scratch);
  const Index total = pass.batch * volume(pass.count);
  const Index block = std::min(rows_at_once(pass.groups * (pass.depth + pass.columns)),
                               (total + tile_rows - 1) / tile_rows * tile_rows);
  Rows walk(pass, job.input, job.result, block, scratch);
  const Index taps = walk.taps();
  const auto rows = scratch.take<const Real*>(std::max<Index>(block * taps, 1));
  const auto results = scratch.take<Real*>(block);
  Product product{.rows = rows.data(),
                  .results = results.data(),
                  .taps = taps,
                  .depth = walk.depth(),
                  .columns = pass.columns,
                  .panels = job.packed,
                  .low = job.clamp.low,
                  .high = job.clamp.high,
                  .finish = job.finish};
  for (Index first = 0; first < total; first += block) {
    const Index count = std::min(block, total - first);
    product.tiles = (count + tile_rows - 1) / tile_rows;
    walk.start_block();
    for (Index i = 0; i < product.tiles * tile_rows; ++i) {
      const Real** row = rows.data() + i / tile_rows * taps * tile_rows + i % tile_rows;
      if (i < count) {
        results[at(i)] = walk.next(row);
      } else {
        results[at(i)] = results[at(i - 1)];
        for (Index tap = 0; tap < taps; ++tap) row[tap * tile_rows] = row[tap * tile_rows - 1];
      }
    }
    multiply_groups(pass, product);
  }
}

// A pointwise pass: the rows are the pixels themselves.
void run_pointwise(const Pass& pass, const Job& job, Scratch& scratch) {
  const DenseRows rows{.rows = job.input,
                       .row_stride = pass.depth,
                       .results = job.result,
                       .result_stride = pass.columns,
                       .count = pass.batch * volume(pass.count)};
  multiply_rows(rows, pass.depth, pass.columns, job.packed, job.clamp, scratch, job.finish);
}

Index size(const Pass& pass) { return pass.groups * panels_size(pass.columns, pass.tap_count(), pass.depth); }

void pack(const Pass& pass, Direction direction, Index node_taps, const Real* weights, const Real* bias, Real* packed) {
  WeightSource source{
      .weights = weights, .taps = pass.taps, .depth = pass.depth, .columns = pass.columns, .bias = bias};
  const bool to_target = direction == Direction::to_target;
  source.depth_stride = to_target ? node_taps : pass.columns * node_taps;
  source.column_stride = to_target ? pass.depth * node_taps : node_taps;
  for (Index group = 0; group < pass.groups; ++group) {
    pack_panels(source, packed);
    packed += panels_size(pass.columns, pass.tap_count(), pass.depth);
    source.weights += pass.depth * pass.columns * node_taps;
    if (source.bias) source.bias += pass.columns;
  }
}

void run(const Pass& pass, const Job& job, Scratch& scratch) {
  (pointwise(pass) ? run_pointwise : run_gathered)(pass, job, scratch);
}

bool can_finish(const Pass& pass) { return pass.columns % panel_columns == 0; }

}  // namespace

constexpr FormFunctions gathered_form{size, pack, run, can_finish};

}  // namespace whylight::convolution
