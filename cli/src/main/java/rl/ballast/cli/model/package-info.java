/// Commands about model folders.
@NullMarked
package rl.ballast.cli.model;

import org.jspecify.annotations.NullMarked;
