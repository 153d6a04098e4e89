/// Text to token ids and back.
@NullMarked
package rl.ballast.modeling.tokenizer;

import org.jspecify.annotations.NullMarked;
