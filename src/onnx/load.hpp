#pragma once
#include <cstddef>
#include <span>

#include "graph/graph.hpp"
#include "onnx/source.hpp"

namespace whylight {

// The newest version of ONNX's standard operators that models are read in. Old ones are read as far as the operators
// mean what they mean today; before 7 they broadcast by an axis of their own, which is refused.
constexpr int newest_opset = 25;

// Reads an ONNX model, its weights straight into their tensors. The bytes may be anything: they load, or Error says in
// one sentence what is wrong; all operators that are not supported are named together, with their nodes. Nothing of the
// source is referred to afterwards.
Graph load_onnx(const ByteSource& source);
Graph load_onnx(std::span<const std::byte> bytes);

}  // namespace whylight
