package rl.ballast.modeling.tokenizer.jinja;

/// Python's `None`.
enum None {
    NONE
}
