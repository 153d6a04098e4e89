/// Kubernetes events, one per transition.
@NullMarked
package rl.ballast.operator.events;

import org.jspecify.annotations.NullMarked;
