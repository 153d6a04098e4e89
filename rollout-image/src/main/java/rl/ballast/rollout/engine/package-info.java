/// The engine's core: requests in, tokens out, weights swapped between two steps. No HTTP, no files.
@NullMarked
package rl.ballast.rollout.engine;

import org.jspecify.annotations.NullMarked;
