#include <algorithm>

#include "kernels/pack.hpp"
#include "ops/convolution_pass.hpp"

namespace whylight::convolution {

namespace {

constexpr Index tile_height = 2;
constexpr Index tile_width = 4;

// Start of the tile that covers position i on: the last tile is moved back to end with the results, computing some
// twice.
Index tile_start(Index i, Index tile, Index count) { return std::min(i, count - tile); }

// Runs one pass, image by image. At least 2 x 4 results are needed.
class DepthwiseRun {
 public:
  DepthwiseRun(const Pass& pass, const Job& job, Scratch& scratch) : pass_(pass), scratch_(scratch) {
    call_ = {.height = pass.kernel[1],
             .width = pass.kernel[2],
             .channels = pass.groups,
             .weights = job.packed,
             .low = job.clamp.low,
             .high = job.clamp.high,
             .finish = job.finish};
    call_.y_row = pass.step[1] * pass.result[2] * pass.groups;
    call_.y_pixel = pass.step[2] * pass.groups;
  }

  // Pads the whole image first when that copies less than padding tile by tile.
  void image(const Image& image) {
    const Window whole = window(0, 0, pass_.count[1], pass_.count[2]);
    const Window tile = window(0, 0, tile_height, tile_width);
    if (edge_tiles(image) * tile.height * tile.width <= whole.height * whole.width) {
      tiles(image, 0, 0);
      return;
    }
    const Scratch::Frame frame(scratch_);
    Real* padded = scratch_.take<Real>(whole.height * whole.width * image.channels).data();
    copy_window(image, whole, padded);
    Image all = image;
    all.input = padded;
    all.height = whole.height;
    all.width = whole.width;
    tiles(all, whole.top, whole.left);
  }

 private:
  // What results from (row, column) on read.
  Window window(Index row, Index column, Index rows, Index columns) const {
    const auto extent = [&](std::size_t axis, Index results) {
      return (results - 1) * pass_.stride[axis] + std::max<Index>(pass_.kernel[axis] - 1, 0) * pass_.dilation[axis] + 1;
    };
    return {row * pass_.stride[1] - pass_.pad[1], column * pass_.stride[2] - pass_.pad[2], extent(1, rows),
            extent(2, columns)};
  }

  static bool within(Index first, Index size, Index limit) { return first >= 0 && first + size <= limit; }

  Index edge_tiles(const Image& image) const {
    Index rows = 0, columns = 0, inner_rows = 0, inner_columns = 0;
    for (Index i = 0; i < pass_.count[1]; i += tile_height, ++rows) {
      const auto w = window(tile_start(i, tile_height, pass_.count[1]), 0, tile_height, tile_width);
      inner_rows += within(w.top, w.height, image.height);
    }
    for (Index i = 0; i < pass_.count[2]; i += tile_width, ++columns) {
      const auto w = window(0, tile_start(i, tile_width, pass_.count[2]), tile_height, tile_width);
      inner_columns += within(w.left, w.width, image.width);
    }
    return rows * columns - inner_rows * inner_columns;
  }

  // All tiles of an image whose first element stands at (top, left).
  void tiles(const Image& image, Index top, Index left) {
    for (Index i = 0; i < pass_.count[1]; i += tile_height) {
      const Index row = tile_start(i, tile_height, pass_.count[1]);
      Index start = 0, length = 0;  // tiles side by side that read nothing outside
      for (Index j = 0; j < pass_.count[2]; j += tile_width) {
        const Index column = tile_start(j, tile_width, pass_.count[2]);
        auto w = window(row, column, tile_height, tile_width);
        w.top -= top;
        w.left -= left;
        const bool inner = within(w.top, w.height, image.height) && within(w.left, w.width, image.width);
        if (inner && length > 0 && column == start + length * tile_width) {
          ++length;
          continue;
        }
        inner_tiles(image, row, start, length, top, left);
        start = column;
        length = inner;
        if (!inner) edge_tile(image, row, column, w);
      }
      inner_tiles(image, row, start, length, top, left);
    }
  }

  void inner_tiles(const Image& image, Index row, Index column, Index count, Index top, Index left) {
    if (count == 0) return;
    const auto w = window(row, column, tile_height, tile_width);
    run(image.input + ((w.top - top) * image.width + w.left - left) * image.channels, image.width, image, row, column,
        count);
  }

  void edge_tile(const Image& image, Index row, Index column, const Window& w) {
    const Scratch::Frame frame(scratch_);
    Real* patch = scratch_.take<Real>(w.height * w.width * image.channels).data();
    copy_window(image, w, patch);
    run(patch, w.width, image, row, column, 1);
  }

  void run(const Real* x, Index width, const Image& image, Index row, Index column, Index count) {
    call_.x = x;
    call_.x_row = pass_.stride[1] * width * image.channels;
    call_.x_pixel = pass_.stride[2] * image.channels;
    call_.tap_row = pass_.dilation[1] * width * image.channels;
    call_.tap_pixel = pass_.dilation[2] * image.channels;
    const Index line = pass_.at[1] + row * pass_.step[1], pixel = pass_.at[2] + column * pass_.step[2];
    call_.y = image.result + (line * pass_.result[2] + pixel) * image.channels;
    call_.tiles = count;
    kernels().depthwise(call_);
  }

  const Pass& pass_;
  Scratch& scratch_;
  Depthwise call_;
};

// A result smaller than a tile: computed as one tile, of which a part is kept.
void run_small(const Pass& pass, const Image& image, const Job& job, Scratch& scratch) {
  const Scratch::Frame frame(scratch);
  Pass larger = pass;
  larger.count[1] = std::max(pass.count[1], tile_height);
  larger.count[2] = std::max(pass.count[2], tile_width);
  larger.result = larger.count;
  larger.at = {};
  larger.step = {1, 1, 1};
  Image whole = image;
  whole.result = scratch.take<Real>(larger.count[1] * larger.count[2] * image.channels).data();
  DepthwiseRun(larger, job, scratch).image(whole);
  for (Index i = 0; i < pass.count[1]; ++i)
    for (Index j = 0; j < pass.count[2]; ++j) {
      const Index place = (pass.at[1] + i * pass.step[1]) * pass.result[2] + pass.at[2] + j * pass.step[2];
      std::copy_n(whole.result + (i * larger.count[2] + j) * image.channels, image.channels,
                  image.result + place * image.channels);
    }
}

Index size(const Pass& pass) { return depthwise_size(pass.groups, pass.tap_count()); }

void pack(const Pass& pass, Direction, Index node_taps, const Real* weights, const Real* bias, Real* packed) {
  pack_depthwise(
      {.weights = weights, .taps = pass.taps, .columns = pass.groups, .column_stride = node_taps, .bias = bias},
      packed);
}

bool smaller_than_tile(const Pass& pass) { return pass.count[1] < tile_height || pass.count[2] < tile_width; }

void run(const Pass& pass, const Job& job, Scratch& scratch) {
  if (pass.count[1] == 0 || pass.count[2] == 0) return;
  const bool small = smaller_than_tile(pass);
  DepthwiseRun whole(pass, job, scratch);
  Image image{job.input, pass.input[1], pass.input[2], pass.groups, job.result};
  for (Index n = 0; n < pass.batch; ++n) {
    if (small)
      run_small(pass, image, job, scratch);
    else
      whole.image(image);
    image.input += image.height * image.width * image.channels;
    image.result += pass.result[1] * pass.result[2] * image.channels;
  }
}

bool can_finish(const Pass& pass) { return pass.groups % finish_block == 0 && !smaller_than_tile(pass); }

}  // namespace

constexpr FormFunctions depthwise_form{size, pack, run, can_finish};

}  // namespace whylight::convolution
