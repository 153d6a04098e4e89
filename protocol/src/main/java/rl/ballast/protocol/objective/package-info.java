/// Reference maths of the objective and its diagnostics, in double.
@NullMarked
package rl.ballast.protocol.objective;

import org.jspecify.annotations.NullMarked;
