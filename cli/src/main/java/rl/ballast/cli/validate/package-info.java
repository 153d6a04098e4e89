/// `ballast validate`: checks files as the API server would.
@NullMarked
package rl.ballast.cli.validate;

import org.jspecify.annotations.NullMarked;
