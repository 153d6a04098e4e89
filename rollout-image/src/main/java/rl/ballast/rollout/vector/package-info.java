/// The forward pass on the Java Vector API, with bits that do not depend on the batch.
@NullMarked
package rl.ballast.rollout.vector;

import org.jspecify.annotations.NullMarked;
