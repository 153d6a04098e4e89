/// Who judges responses: built-in verifiers and reward services.
@NullMarked
package rl.ballast.trainer.reward;

import org.jspecify.annotations.NullMarked;
