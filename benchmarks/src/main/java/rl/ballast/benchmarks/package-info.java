/// JMH benchmarks.
@NullMarked
package rl.ballast.benchmarks;

import org.jspecify.annotations.NullMarked;
