/// Complete, atomic checkpoints and exact resume.
@NullMarked
package rl.ballast.trainer.checkpoint;

import org.jspecify.annotations.NullMarked;
