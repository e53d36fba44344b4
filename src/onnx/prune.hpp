#pragma once
#include <functional>

#include "onnx/messages.hpp"

namespace whylight::onnx {

// Drops outputs that need a node for which `supported` is false, and the nodes that only they need, as long as an
// output of floating-point numbers is left: scikit-learn's exports give the class's label beside the probabilities, and
// only these can be explained. Leaves the model as it is when no such output would be left.
void prune_outputs(ModelMessage& model, const std::function<bool(const NodeMessage&)>& supported);

}  // namespace whylight::onnx
