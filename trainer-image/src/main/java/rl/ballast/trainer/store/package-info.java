/// What the learner keeps in the run's folder besides weights: append-only lines, fencing by epoch.
@NullMarked
package rl.ballast.trainer.store;

import org.jspecify.annotations.NullMarked;
