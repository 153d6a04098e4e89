/// The product as a user meets it: the command, the learner and the engine as processes, killed and fed with nonsense.
@NullMarked
package rl.ballast.e2e;

import org.jspecify.annotations.NullMarked;
