/// What a run is made of besides its recipe: sources, cold start, reward, evaluation, guards.
@NullMarked
package rl.ballast.protocol.run;

import org.jspecify.annotations.NullMarked;
