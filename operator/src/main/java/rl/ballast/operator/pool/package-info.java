/// Rollout engines: which pods there must be, and who holds a shared pool.
@NullMarked
package rl.ballast.operator.pool;

import org.jspecify.annotations.NullMarked;
