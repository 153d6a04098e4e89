/// The data that a run learns from: prompts with answers, and demonstrations.
@NullMarked
package rl.ballast.trainer.data;

import org.jspecify.annotations.NullMarked;
