/// AdamW over the flat parameter buffers.
@NullMarked
package rl.ballast.trainer.optimizer;

import org.jspecify.annotations.NullMarked;
