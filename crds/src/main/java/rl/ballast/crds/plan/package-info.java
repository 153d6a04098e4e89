/// From a spec to what each role needs: the one interpretation of an RLRun.
@NullMarked
package rl.ballast.crds.plan;

import org.jspecify.annotations.NullMarked;
