/// The Kubernetes operator.
@NullMarked
package rl.ballast.operator;

import org.jspecify.annotations.NullMarked;
