/// Reconciles runs: observe, decide, render, report.
@NullMarked
package rl.ballast.operator.run;

import org.jspecify.annotations.NullMarked;
