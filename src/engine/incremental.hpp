#pragma once
#include <optional>

#include "engine/plan.hpp"
#include "ops/region.hpp"

namespace whylight {

// One row's values, of which only those that a change of the input can reach are computed anew: what a window covers,
// or what a metric took away since its last step. Each value keeps a box outside of which it is as for a base row; a
// copy of the base's values brings back what an earlier change left. Every value has the bits that a whole pass gives.
class Incremental {
 public:
  // `row` is the shape of one row with its batch of 1, `direct` Call::direct of every call.
  Incremental(Program& program, const Shape& row, bool direct);

  bool direct() const { return direct_; }
  // What it will take at most: all values of a plan for one row, and a copy of each.
  static std::size_t most_bytes(const Plan& plan);
  // What a pass takes, of one row.
  struct Work {
    double multiply_adds = 0;
    double calls = 0;  // of operators
  };
  // Of a whole pass.
  const Work& whole() const { return whole_; }
  // Whether that much is less than a whole pass over `rows` rows takes for each.
  bool is_less(const Work& work, std::int64_t rows) const;
  // Computes a row whole and makes it the base, unless it is already.
  void set_base(const Tensor& row);
  // What comes next is compared with the base alone, so that it does not depend on what came before.
  void rewind() { current_ = {}; }
  // Finds what must be computed for a row, from the base or the row before, whichever is nearer; gives the work that it
  // takes. A row's memory must stay until rewind().
  Work prepare(std::span<const Real> row);
  // The work that the step from one row to another would take.
  Work step_work(std::span<const Real> from, std::span<const Real> to);
  // What of each step's output the prepared row needs, from none (0) to all (1).
  struct Share {
    const Node* node;
    std::int64_t cost;  // multiply-adds of all
    double share;
  };
  std::vector<Share> shares() const;
  // Computes the prepared row and gives the explained value, which stays until the next call.
  View run();

 private:
  // Beside each slot of the plan.
  struct Place {
    std::vector<std::byte> base;  // the value for the base row; empty where any change reaches everything
    Region stale;                 // where the plan's value differs from it
    Region change;                // where it must be computed for the prepared row
  };
  // Beside each step of the plan: how each of its inputs reaches its output, where that is known.
  using Reaches = std::vector<std::optional<Spreads>>;

  Reaches reaches_of(const Plan::Step& step) const;
  Region find_change(std::size_t step) const;
  const Region& change_of(const Plan::Step& step) const;
  double share_of(const Plan::Step& step) const;
  Work spread_change(const Region& input);
  void choose_bases();
  void make_ready(Place& place, const View& view) const;
  void run_step(const Plan::Step& step);

  Plan plan_;
  bool direct_;
  int explained_;
  std::vector<Place> places_;
  std::vector<Reaches> reaches_;
  Tensor base_;
  std::span<const Real> current_;  // the row that the plan's values stand for; empty: the base
  std::span<const Real> next_;     // the row that is prepared
  bool from_base_ = true;
  Work whole_;
};

}  // namespace whylight
