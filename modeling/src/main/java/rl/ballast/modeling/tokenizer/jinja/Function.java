package rl.ballast.modeling.tokenizer.jinja;

/// Something that a template can call.
@FunctionalInterface
interface Function {
    Object call(Inputs inputs);
}
