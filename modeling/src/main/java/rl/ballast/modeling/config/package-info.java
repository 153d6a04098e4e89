/// What a Hugging Face folder says about a model.
@NullMarked
package rl.ballast.modeling.config;

import org.jspecify.annotations.NullMarked;
