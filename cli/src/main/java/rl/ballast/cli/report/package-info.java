/// The HTML report of a run: curves from the store, drawn as SVG.
@NullMarked
package rl.ballast.cli.report;

import org.jspecify.annotations.NullMarked;
