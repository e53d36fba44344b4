#include "attribution/method.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "attribution/table.hpp"
#include "tensor/fail.hpp"

namespace whylight {

namespace {

// To add a method: its row here, and its file.
const std::array rows{&gradient_method,   &gradient_x_input_method, &integrated_gradients_method,
                      &smoothgrad_method, &guided_backprop_method,  &deconvnet_method,
                      &grad_cam_method,   &occlusion_method,        &lrp_method};

std::vector<Method> copy_rows() {
  std::vector<Method> table;
  for (const auto* row : rows) table.push_back(*row);
  return table;
}

std::int64_t parse_unit(const std::string& text, std::int64_t units) {
  std::int64_t unit = 0;
  const auto end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, unit);
  if (error != std::errc() || stop != end)
    fail("target", "must be a number, two as in 3:5, or top, found '", text, "'");
  if (unit < 0 || unit >= units) fail("target", "must be from 0 to ", units - 1, ", found ", unit);
  return unit;
}

}  // namespace

std::span<const Method> methods() {
  static const std::vector<Method> table = copy_rows();
  return table;
}

const Method& find_method(std::string_view name) {
  std::string names;
  for (const auto& method : methods()) {
    if (method.name == name) return method;
    names += (names.empty() ? "" : ", ") + std::string(method.name);
  }
  fail("method", "there is no method '", name, "', there are ", names);
}

Target parse_target(Session& session, const Tensor& row, const std::string& text) {
  if (text == "top") {
    const auto output = session.logits(row);
    const auto values = output.real();
    return Target::unit(std::max_element(values.begin(), values.end()) - values.begin());
  }
  const auto units = session.units(row);
  const auto colon = text.find(':');
  if (colon == std::string::npos) return Target::unit(parse_unit(text, units));
  const auto first = parse_unit(text.substr(0, colon), units);
  return Target::contrast(first, parse_unit(text.substr(colon + 1), units));
}

Attribution explain(Session& session, std::string_view method, const Problem& problem) {
  return find_method(method).make(session, problem).all(session);
}

}  // namespace whylight
