/// What the operator counts. Labels are bounded: no name of a run is one.
@NullMarked
package rl.ballast.operator.metrics;

import org.jspecify.annotations.NullMarked;
