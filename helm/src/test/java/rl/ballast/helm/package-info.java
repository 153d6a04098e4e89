/// Tests of the chart with Helm itself, of its alerts and dashboard, and of the GitOps health checks.
@NullMarked
package rl.ballast.helm;

import org.jspecify.annotations.NullMarked;
