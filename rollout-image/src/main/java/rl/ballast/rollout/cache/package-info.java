/// Who uses which block of the KV cache. No tensors.
@NullMarked
package rl.ballast.rollout.cache;

import org.jspecify.annotations.NullMarked;
