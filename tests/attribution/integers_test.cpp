#include "attribution/method.hpp"
#include "onnx/load.hpp"
#include "support/catch.hpp"
#include "support/files.hpp"
#include "support/npy.hpp"

using namespace whylight;
using namespace whylight::test;

// Models that read integers (token ids) are explained at their embedding, since ids have no gradient.

namespace {

struct Text {
  Session session{std::make_shared<const Graph>(load_onnx(read_file(golden_path("exports/torch_text.onnx"))))};
  Tensor ids = read_npy(golden_path("exports/torch_text.input.npy"));

  Tensor row() const {
    Tensor result({1, ids.shape()[1]});
    std::copy_n(ids.real().begin(), result.real().size(), result.real().begin());
    return result;
  }
  Problem problem(const char* method, const std::map<std::string, std::string>& settings = {}) const {
    return {row(), Target::unit(1), Settings(method, find_method(method).options, settings), 3, {}};
  }
  Attribution explained(const char* method, const std::map<std::string, std::string>& settings = {}) {
    return explain(session, method, problem(method, settings));
  }
};

}  // namespace

TEST_CASE("a batch of numbers is rounded to the integers that the model reads") {
  Text text;
  const auto logits = text.session.run(text.ids);
  auto between = text.row();
  for (auto& id : between.real()) id += Real(0.3);
  const auto again = text.session.run(between);
  for (std::size_t i = 0; i < again.real().size(); ++i)
    CHECK(again.real()[i] == Approx(logits.real()[i]).epsilon(1e-5));
}

TEST_CASE("gradients of a model of integers are those of its embedding") {
  Text text;
  const auto layer = text.session.entry(text.row());
  const auto pass = text.session.back(text.row(), Target::unit(1), {}, layer);
  REQUIRE(pass.signal.shape() == Shape{1, 12, 8});
  for (const auto* method : {"gradient", "gradient-x-input", "guided-backprop", "deconvnet", "lrp"}) {
    INFO(method);
    const auto map = text.explained(method);
    CHECK(map.layer == layer);
    CHECK(map.values.shape() == pass.signal.shape());
  }
  const auto gradient = text.explained("gradient").values;
  const auto products = text.explained("gradient-x-input").values;
  for (std::size_t i = 0; i < gradient.real().size(); ++i) {
    CHECK(gradient.real()[i] == pass.signal.real()[i]);
    CHECK(products.real()[i] == pass.signal.real()[i] * pass.activation.real()[i]);
  }
}

TEST_CASE("methods that move through the input say that integers have no gradient") {
  Text text;
  for (const auto* method : {"integrated-gradients", "smoothgrad"})
    CHECK_THROWS_WITH(text.explained(method),
                      "input 'input': is integers, which have no gradient; a layer must be named");
  const auto map = text.explained("occlusion", {{"window", "1"}, {"stride", "1"}});
  CHECK(map.values.shape() == Shape{1, 12});
  CHECK(map.layer.empty());
  const auto whole = text.session.score(text.row(), Target::unit(1))[0];
  for (std::size_t i = 0; i < 12; ++i) {
    auto covered = text.row();
    covered.real()[i] = 0;
    CHECK(map.values.real()[i] == Approx(whole - text.session.score(covered, Target::unit(1))[0]).margin(1e-5));
  }
}
