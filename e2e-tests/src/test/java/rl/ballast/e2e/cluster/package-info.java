/// A real cluster with the real images: the chart is installed, runs are applied, pods do the work.
@NullMarked
package rl.ballast.e2e.cluster;

import org.jspecify.annotations.NullMarked;
