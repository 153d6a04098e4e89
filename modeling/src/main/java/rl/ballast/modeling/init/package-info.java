/// Seeded random models, for tests, benchmarks and runs that start from nothing.
@NullMarked
package rl.ballast.modeling.init;

import org.jspecify.annotations.NullMarked;
