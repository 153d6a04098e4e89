/// Pods: names, what is seen of them, and how they are rendered.
@NullMarked
package rl.ballast.operator.pods;

import org.jspecify.annotations.NullMarked;
