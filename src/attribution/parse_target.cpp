#include <algorithm>
#include <charconv>
#include <numeric>

#include "attribution/method.hpp"
#include "tensor/fail.hpp"

namespace whylight {

namespace {

constexpr std::int64_t all = -1;  // stands for every index

std::int64_t parse_index(std::string_view text, std::int64_t size) {
  std::int64_t result = 0;
  const auto* begin = text.data();
  const auto* end = begin + text.size();
  const auto [stop, error] = std::from_chars(begin, end, result);
  if (error != std::errc() || stop != end)
    fail("target", "must be a number, two as in 3:5, top, or a layer's as in LAYER@3, found '", text, "'");
  if (result < 0 || result >= size) fail("target", "must be from 0 to ", size - 1, ", found ", result);
  return result;
}

// What stands between separators, at least one part; the last takes what is left.
std::vector<std::string_view> split(std::string_view text, char separator, std::size_t most) {
  std::vector<std::string_view> parts;
  while (parts.size() + 1 < most && text.find(separator) != std::string_view::npos) {
    parts.push_back(text.substr(0, text.find(separator)));
    text.remove_prefix(parts.back().size() + 1);
  }
  parts.push_back(text);
  return parts;
}

// Adds the units of a place in a layer: those whose first indices it gives.
void add_place(Target& target, const Shape& shape, std::string_view text, Real weight) {
  const auto strides = dense_strides(shape);
  std::vector<std::int64_t> place;
  for (const auto part : split(text, ',', shape.size()))
    place.push_back(part == "*" ? all : parse_index(part, shape[place.size()]));
  for (std::int64_t unit = 0; unit < count(shape); ++unit) {
    bool there = true;
    for (std::size_t i = 0; i < place.size(); ++i)
      there = there && (place[i] == all || unit / strides[i] % shape[i] == place[i]);
    if (there) target.terms.emplace_back(unit, weight);
  }
}

std::int64_t place_of_highest(std::span<const Real> values) {
  return std::ranges::max_element(values) - values.begin();
}

// Of the first size behind the batch: where the sum of all that the layer holds is highest.
std::int64_t highest_channel(const Tensor& layer, std::int64_t channels) {
  const auto each = layer.real().size() / static_cast<std::size_t>(channels);
  std::vector<Real> sums;
  for (std::size_t i = 0; i < layer.real().size(); i += each) {
    const auto part = layer.real().subspan(i, each);
    sums.push_back(static_cast<Real>(std::accumulate(part.begin(), part.end(), 0.0)));
  }
  return place_of_highest(sums);
}

Target parse_hidden(Session& session, const Tensor& row, const std::string& layer, std::string place) {
  if (layer != session.output_name())
    fail("target", "is in '", layer, "', found a session that explains another value");
  const auto shape = session.unit_shape(row);
  if (place == "top") place = std::to_string(highest_channel(session.logits(row), shape.at(0)));
  Target target;
  target.hidden = join({layer, "@", place});
  for (Real weight = 1; const auto part : split(place, ':', 2)) {
    add_place(target, shape, part, weight);
    weight = -1;
  }
  return target;
}

}  // namespace

std::string layer_of_target(const std::string& text) {
  const auto end = text.rfind('@');
  return end == std::string::npos ? std::string() : text.substr(0, end);
}

Target parse_target(Session& session, const Tensor& row, const std::string& text) {
  if (const auto layer = layer_of_target(text); !layer.empty())
    return parse_hidden(session, row, layer, text.substr(layer.size() + 1));
  if (text == "top") return Target::unit(place_of_highest(session.logits(row).real()));
  const auto units = count(session.unit_shape(row));
  const auto parts = split(text, ':', 2);
  const auto first = parse_index(parts[0], units);
  return parts.size() == 1 ? Target::unit(first) : Target::contrast(first, parse_index(parts[1], units));
}

}  // namespace whylight
