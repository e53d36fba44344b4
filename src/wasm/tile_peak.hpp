#pragma once

namespace whylight {

// GFLOP/s of the register tile on data that stays in the first cache, best of a few samples: the limit of this build on
// this machine, to which the benchmark relates whole networks. Takes about a tenth of a second.
double tile_peak();

}  // namespace whylight
