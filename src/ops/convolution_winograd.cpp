#include <algorithm>
#include <limits>

#include "kernels/pack.hpp"
#include "kernels/winograd.hpp"
#include "ops/convolution_pass.hpp"

namespace whylight::convolution {

namespace {

// A result is cut into tiles of 2 x 2 or 4 x 4 on a grid that starts at the pass's first result. Each tile's input is
// transformed to (tile + 2)^2 positions; at each of them the tiles are the rows of one product with weights of its own;
// and the products are transformed to results. Packed are one panel matrix for each position, then the bias.

// Products leave a few cache lines between positions: at multiples of a page they would share one set of the cache.
constexpr Index gap = 16;

Index tile_of(const Pass& pass) { return pass.form == Form::winograd_2 ? 2 : 4; }

Index tiles_along(const Pass& pass, std::size_t axis, Index tile) { return (pass.count[axis] + tile - 1) / tile; }

bool fits(const Pass& p) {
  constexpr Sizes ones{1, 1, 1};
  return p.form == Form::gathered && p.kernel == Sizes{1, winograd_kernel, winograd_kernel} && p.stride == ones &&
         p.dilation == ones && p.step == ones && p.groups == 1 && p.input[0] == 1 && p.result[0] == 1 && p.pad[0] == 0;
}

// Cycles of one image: its multiply-adds at eight a cycle, its transforms, and the weights' way from memory, most of
// which hides behind the arithmetic when they are used often.
double cycles(const Pass& pass, Index rows, Index taps, Index transforms) {
  const double weights = static_cast<double>(taps * pass.depth * pass.columns);
  const Index full_tiles = (rows + tile_rows - 1) / tile_rows;
  const double full_rows = static_cast<double>(full_tiles * tile_rows);
  constexpr double flops = 8, bytes = 4;  // a cycle
  return weights * (full_rows / flops + sizeof(float) / bytes) +
         static_cast<double>(rows * transforms * (pass.depth + pass.columns));
}

double winograd_cycles(const Pass& pass, Index tile) {
  const Index side = tile + winograd_kernel - 1;
  const Index tiles = tiles_along(pass, 1, tile) * tiles_along(pass, 2, tile);
  return cycles(pass, tiles, side * side, side * side);
}

Index size(const Pass& pass) {
  const Index side = winograd(tile_of(pass)).side;
  return side * side * panels_size(pass.columns, 1, pass.depth) + pass.columns;
}

using Panel = Real[panel_columns];

// weights * kernel * weights transposed for one panel's columns at one depth; writes one row of the panel at every
// position.
void transform_weights(const Winograd& w, const Panel* kernel, Index stride, Real* to) {
  constexpr Index taps = winograd_kernel;
  for (Index i = 0; i < w.side; ++i) {
    Panel half[taps];
    for (Index j = 0; j < taps; ++j)
      for (Index n = 0; n < panel_columns; ++n)
        half[j][n] = w.weights[i * taps] * kernel[j][n] + w.weights[i * taps + 1] * kernel[taps + j][n] +
                     w.weights[i * taps + 2] * kernel[2 * taps + j][n];
    for (Index j = 0; j < w.side; ++j, to += stride)
      for (Index n = 0; n < panel_columns; ++n)
        to[n] = w.weights[j * taps] * half[0][n] + w.weights[j * taps + 1] * half[1][n] +
                w.weights[j * taps + 2] * half[2][n];
  }
}

void pack(const Pass& pass, Direction direction, Index node_taps, const Real* weights, const Real* bias, Real* packed) {
  const auto& w = winograd(tile_of(pass));
  const bool to_target = direction == Direction::to_target;
  const Index depth_stride = to_target ? node_taps : pass.columns * node_taps;
  const Index column_stride = to_target ? pass.depth * node_taps : node_taps;
  const Index stride = panels_size(pass.columns, 1, pass.depth);
  Real* end = packed + w.side * w.side * stride;
  std::fill(packed, end, Real{0});
  for (Index first = 0; first < pass.columns; first += panel_columns) {
    const Index columns = std::min(panel_columns, pass.columns - first);
    packed += panel_columns;  // the start values
    for (Index k = 0; k < pass.depth; ++k, packed += panel_columns) {
      Panel kernel[winograd_kernel * winograd_kernel] = {};
      for (std::size_t tap = 0; tap < pass.taps.size(); ++tap)
        for (Index n = 0; n < columns; ++n)
          kernel[tap][n] = weights[pass.taps[tap] + k * depth_stride + (first + n) * column_stride];
      transform_weights(w, kernel, stride, packed);
    }
  }
  for (Index n = 0; n < pass.columns; ++n) end[n] = bias ? bias[n] : Real{0};
}

// How many tiles to take at once: what they are transformed to should stay in the second-level cache, but each block
// reads all weights again.
Index tiles_at_once(const Pass& pass, Index positions) {
  constexpr Index cached = 3 << 15;  // elements
  constexpr Index least = 24;
  const Index tiles = std::max(cached / (positions * (pass.depth + pass.columns)), least);
  const Index total = pass.batch * tiles_along(pass, 1, tile_of(pass)) * tiles_along(pass, 2, tile_of(pass));
  return (std::min(tiles, total) + tile_rows - 1) / tile_rows * tile_rows;
}

class WinogradRun {
 public:
  WinogradRun(const Pass& pass, const Job& job, Scratch& scratch)
      : pass_(pass),
        packed_(job.packed),
        clamp_(job.clamp),
        finish_(job.finish),
        tile_(tile_of(pass)),
        side_(winograd(tile_).side),
        down_(tiles_along(pass, 1, tile_)),
        across_(tiles_along(pass, 2, tile_)),
        block_(tiles_at_once(pass, side_ * side_)),
        input_stride_(block_ * pass.depth + gap),
        product_stride_(block_ * pass.columns + gap),
        inputs_(scratch.take<Real>(side_ * side_ * input_stride_).data()),
        products_(scratch.take<Real>(side_ * side_ * product_stride_).data()),
        patch_(scratch.take<Real>(side_ * side_ * pass.depth).data()),
        rows_(scratch.take<const Real*>(block_).data()),
        results_(scratch.take<Real*>(block_).data()) {}

  void run(const Real* input, Real* result) {
    const Index total = pass_.batch * down_ * across_;
    for (Index first = 0; first < total; first += block_) {
      const Index count = std::min(block_, total - first);
      for (Index i = 0; i < count; ++i) read(place(first + i), input, inputs_ + i * pass_.depth);
      multiply(count);
      for (Index i = 0; i < count; ++i) write(place(first + i), products_ + i * pass_.columns, result);
      // Here all results of tiles [first, first + count) are complete.
    }
  }

 private:
  struct Place {
    Index image, row, column;  // of the tile's first result among those of the pass
  };
  Place place(Index tile) const {
    return {tile / (down_ * across_), tile / across_ % down_ * tile_, tile % across_ * tile_};
  }

  void read(const Place& at, const Real* input, Real* to) const {
    const Index height = pass_.input[1], width = pass_.input[2], channels = pass_.depth;
    const Image image{input + at.image * height * width * channels, height, width, channels};
    const Window window{at.row - pass_.pad[1], at.column - pass_.pad[2], side_, side_};
    WinogradTile tile{.tile = tile_, .to = to, .rows = side_, .columns = side_, .channels = channels};
    tile.to_column = input_stride_;
    tile.to_row = side_ * input_stride_;
    tile.from_column = channels;
    const bool inside =
        window.top >= 0 && window.left >= 0 && window.top + side_ <= height && window.left + side_ <= width;
    if (inside) {
      tile.from = image.input + (window.top * width + window.left) * channels;
      tile.from_row = width * channels;
    } else {
      copy_window(image, window, patch_);
      tile.from = patch_;
      tile.from_row = side_ * channels;
    }
    kernels().winograd_input(tile);
  }

  // The products of `count` tiles at every position.
  void multiply(Index count) const {
    constexpr Real infinity = std::numeric_limits<Real>::infinity();
    Product product{.rows = rows_,
                    .results = results_,
                    .tiles = (count + tile_rows - 1) / tile_rows,
                    .depth = pass_.depth,
                    .columns = pass_.columns,
                    .panels = packed_,
                    .low = -infinity,
                    .high = infinity};
    for (Index i = 0; i < product.tiles * tile_rows; ++i) {
      rows_[i] = inputs_ + std::min(i, count - 1) * pass_.depth;
      results_[i] = products_ + std::min(i, count - 1) * pass_.columns;
    }
    for (Index position = 0; position < side_ * side_; ++position) {
      kernels().product(product);
      product.row_offset += input_stride_;
      product.result_offset += product_stride_;
      product.panels += panels_size(pass_.columns, 1, pass_.depth);
    }
  }

  void write(const Place& at, const Real* from, Real* result) const {
    const Index line = pass_.at[1] + at.row, pixel = pass_.at[2] + at.column, channels = pass_.columns;
    WinogradTile tile{.tile = tile_, .from = from, .channels = channels};
    tile.from_column = product_stride_;
    tile.from_row = side_ * product_stride_;
    tile.to = result + ((at.image * pass_.result[1] + line) * pass_.result[2] + pixel) * channels;
    tile.to_column = channels;
    tile.to_row = pass_.result[2] * channels;
    tile.rows = std::min(tile_, pass_.count[1] - at.row);
    tile.columns = std::min(tile_, pass_.count[2] - at.column);
    tile.start = packed_ + side_ * side_ * panels_size(channels, 1, pass_.depth);
    tile.low = clamp_.low;
    tile.high = clamp_.high;
    kernels().winograd_output(tile);
    for (Index row = 0; finish_ && row < tile.rows; ++row)
      kernels().finish(*finish_, tile.to + row * tile.to_row - finish_->results, tile.columns * channels);
  }

  const Pass& pass_;
  const Real* packed_;
  const Clamp& clamp_;
  const Finish* finish_;
  Index tile_, side_;
  Index down_, across_;                  // tiles of an image
  Index block_;                          // tiles at once
  Index input_stride_, product_stride_;  // from one position to the next
  Real* inputs_;                         // [side][side][block][depth]
  Real* products_;                       // [side][side][block][columns]
  Real* patch_;                          // the input of a tile that reaches over the edge
  const Real** rows_;
  Real** results_;
};

void run(const Pass& pass, const Job& job, Scratch& scratch) {
  const Scratch::Frame frame(scratch);
  if (pass.batch * pass.count[1] * pass.count[2] == 0) return;
  WinogradRun(pass, job, scratch).run(job.input, job.result);
}

bool can_finish(const Pass& pass) { return pass.columns % finish_block == 0; }

}  // namespace

Form fastest_form(const Pass& pass) {
  constexpr Index shallow = 16;  // channels below which the transforms cost more than they save
  const bool whole_vectors = pass.depth % channel_block == 0 && pass.columns % channel_block == 0;
  if (!fits(pass) || !whole_vectors || std::min(pass.depth, pass.columns) < shallow) return pass.form;
  const double two = winograd_cycles(pass, 2), four = winograd_cycles(pass, 4);
  if (std::min(two, four) >= cycles(pass, pass.count[1] * pass.count[2], pass.tap_count(), 0)) return pass.form;
  return two <= four ? Form::winograd_2 : Form::winograd_4;
}

Sizes grid(const Pass& pass) {
  if (pass.form != Form::winograd_2 && pass.form != Form::winograd_4) return {1, 1, 1};
  return {1, tile_of(pass), tile_of(pass)};
}

constexpr FormFunctions winograd_form{size, pack, run, can_finish};

}  // namespace whylight::convolution
