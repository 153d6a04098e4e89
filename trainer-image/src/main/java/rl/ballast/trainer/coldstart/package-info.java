/// Supervised fine-tuning on demonstrations before the first step.
@NullMarked
package rl.ballast.trainer.coldstart;

import org.jspecify.annotations.NullMarked;
