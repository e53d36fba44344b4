#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tensor/tensor.hpp"

namespace whylight {

// One node of a network as it is run: constants folded, batch norm merged into the layer before it, clamps fused.
struct NodeFacts {
  std::string name;
  std::string_view op;          // the operator's name
  std::string fused;            // the clamp in it, "Relu" or "Clip 0 to 6"; empty for none
  std::vector<int> inputs;      // the nodes before it whose outputs it reads, by their places in the list
  Shape shape;                  // of its first output
  std::string layer;            // that output's name, where it can be a layer; else empty
  std::int64_t parameters = 0;  // real numbers among its constants
};

// Whether a value can be shown and explained as a layer: real numbers, a row for each of the batch.
inline bool is_layer(const View& value) { return value.type == Type::real && value.rank() >= 2; }

}  // namespace whylight
