/// Speed of the routing-trace codec.
@NullMarked
package rl.ballast.benchmarks.trace;

import org.jspecify.annotations.NullMarked;
