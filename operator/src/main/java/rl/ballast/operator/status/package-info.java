/// Conditions, reasons and status writes.
@NullMarked
package rl.ballast.operator.status;

import org.jspecify.annotations.NullMarked;
