#include "graph/graph.hpp"

#include "tensor/fail.hpp"

namespace whylight {

namespace {

template <class T>
const T* find(const Node& node, std::string_view attribute, std::string_view kind) {
  const auto found = node.attributes.find(attribute);
  if (found == node.attributes.end()) return nullptr;
  const auto* value = std::get_if<T>(&found->second);
  if (!value) fail(node.label(), "attribute ", attribute, " must be ", kind);
  return value;
}

}  // namespace

bool Clamp::active() const {
  return low > -std::numeric_limits<Real>::infinity() || high < std::numeric_limits<Real>::infinity();
}

std::int64_t Node::integer(std::string_view attribute, std::int64_t fallback) const {
  const auto* value = find<std::int64_t>(*this, attribute, "an integer");
  return value ? *value : fallback;
}

double Node::number(std::string_view attribute, double fallback) const {
  const auto* value = find<double>(*this, attribute, "a number");
  return value ? *value : fallback;
}

std::string Node::text(std::string_view attribute, std::string fallback) const {
  const auto* value = find<std::string>(*this, attribute, "text");
  if (value) return *value;
  return fallback;
}

std::vector<std::int64_t> Node::integers(std::string_view attribute, std::vector<std::int64_t> fallback) const {
  const auto* value = find<std::vector<std::int64_t>>(*this, attribute, "a list of integers");
  if (value) return *value;
  return fallback;
}

bool Node::has(std::string_view attribute) const { return attributes.find(attribute) != attributes.end(); }

int Graph::value(std::string_view name) const {
  for (std::size_t i = 0; i < values.size(); ++i)
    if (values[i].name == name) return static_cast<int>(i);
  fail("model", "there is no value named '", name, "'");
}

std::int64_t Graph::parameters() const {
  std::int64_t total = 0;
  for (const auto& value : values)
    if (value.constant.present() && value.constant.type() == Type::real) total += value.constant.size();
  return total;
}

}  // namespace whylight
