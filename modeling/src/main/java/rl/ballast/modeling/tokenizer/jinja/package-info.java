/// The part of the Jinja language that chat templates of Hugging Face folders use, with Python's semantics. What
/// is not understood is an error, never a guess.
@NullMarked
package rl.ballast.modeling.tokenizer.jinja;

import org.jspecify.annotations.NullMarked;
