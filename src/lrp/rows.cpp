#include "lrp/rows.hpp"

#include <algorithm>

namespace whylight {

namespace {

constexpr std::int64_t fitting = 1 << 20;      // values of input and output that stay in the cache as they are
constexpr std::int64_t most_values = 1 << 17;  // of a piece

// Whether row i of the output is made of row i of input 0, and rows lie one behind the other.
bool has_rows_of_its_own(const Call& call) {
  const auto& x = call.x[0];
  if (x.rank() <= 2 || x.shape[0] != 1 || x.layout != Layout::channels_last || !call.node.op->spread) return false;
  Spreads spreads;
  if (!call.node.op->spread(call, 0, spreads)) return false;
  const auto& along = spreads[2];
  return along.from == 2 && along.times == 1 && along.before == 0 && along.after == 0 && along.over == 1 &&
         along.grid == 1 && x.shape[2] == call.y[0].shape[2];
}

View rows_of(const View& view, std::size_t axis, std::int64_t first, std::int64_t rows) {
  if (!view.present()) return view;
  auto shape = view.shape;
  const auto row = view.size / shape[axis] * static_cast<std::int64_t>(sizeof(Real));
  shape[axis] = rows;
  return View(shape, view.layout, view.type, view.data + first * row);
}

}  // namespace

std::int64_t rows_at_once(const Call& call) {
  const auto& x = call.x[0];
  const auto values = x.size + call.y[0].size;
  if (values <= fitting || !has_rows_of_its_own(call)) return x.rank() > 2 ? x.shape[2] : 1;
  return std::max<std::int64_t>(1, most_values / (values / x.shape[2]));
}

std::int64_t batch_rows(const Call& call) {
  const auto& x = call.x[0];
  if (x.rank() < 2 || call.y[0].rank() < 2 || x.shape[0] != call.y[0].shape[0]) return 1;
  const bool dense = call.x[1].rank() == 2 && call.node.integer("transA", 0) == 0;
  return call.node.op->spread || dense ? x.shape[0] : 1;  // convolutions have a spread
}

RowsOfCall::RowsOfCall(const Call& call, std::size_t axis, std::int64_t first, std::int64_t rows)
    : x_(call.x.begin(), call.x.end()),
      gx_(call.gx.begin(), call.gx.end()),
      y_(rows_of(call.y[0], axis, first, rows)),
      gy_(rows_of(call.gy[0], axis, first, rows)),
      sum_(call.sum ? rows_of(*call.sum, axis, first, rows) : View()),
      call_(call) {
  x_[0] = rows_of(x_[0], axis, first, rows);
  gx_[0] = rows_of(gx_[0], axis, first, rows);
  call_.x = x_;
  call_.gx = gx_;
  call_.y = {&y_, 1};
  call_.gy = {&gy_, 1};
  if (call.sum) call_.sum = &sum_;
}

}  // namespace whylight
