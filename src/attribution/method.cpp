#include "attribution/method.hpp"

#include <array>

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

Attribution explain(Session& session, std::string_view method, const Problem& problem) {
  return find_method(method).make(session, problem).all(session);
}

}  // namespace whylight
