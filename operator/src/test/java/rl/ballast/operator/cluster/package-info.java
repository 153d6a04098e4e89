/// A real control plane for tests, and who else acts on it: a kubelet and a user.
@NullMarked
package rl.ballast.operator.cluster;

import org.jspecify.annotations.NullMarked;
