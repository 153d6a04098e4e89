/// What every part of Ballast shares: identities, the recipe and its maths, wire records, traces, the store.
@NullMarked
package rl.ballast.protocol;

import org.jspecify.annotations.NullMarked;
