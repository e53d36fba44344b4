#pragma once
#include "onnx/messages.hpp"

namespace whylight::onnx {

// Replaces every call of a function that the model defines by the function's own nodes, so that only operators remain.
// Throws Error when functions call each other without end or grow beyond reason.
void inline_functions(ModelMessage& model);

}  // namespace whylight::onnx
