/// What the learner says of itself: progress, metrics, health, log lines, last word.
@NullMarked
package rl.ballast.trainer.progress;

import org.jspecify.annotations.NullMarked;
