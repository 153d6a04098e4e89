/// `ballast traces`: looks into routing traces and checks them.
@NullMarked
package rl.ballast.cli.traces;

import org.jspecify.annotations.NullMarked;
