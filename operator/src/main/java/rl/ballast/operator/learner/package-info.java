/// The learner of a run: which attempt runs, what a failure means, when the run is over.
@NullMarked
package rl.ballast.operator.learner;

import org.jspecify.annotations.NullMarked;
