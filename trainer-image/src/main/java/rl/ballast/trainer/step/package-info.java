/// One training step: proximal pass, diagnostics, mini-batch updates, and the loop over steps.
@NullMarked
package rl.ballast.trainer.step;

import org.jspecify.annotations.NullMarked;
