package rl.ballast.modeling.tokenizer.jinja;

import java.util.List;

/// The `loop` of one iteration.
///
/// @param items of the whole loop
/// @param index from 0
record LoopState(List<Object> items, int index) {
    Object attribute(String name) {
        return switch (name) {
            case "index" -> index + 1L;
            case "index0" -> (long) index;
            case "revindex" -> (long) items.size() - index;
            case "revindex0" -> items.size() - index - 1L;
            case "first" -> index == 0;
            case "last" -> index == items.size() - 1;
            case "length" -> (long) items.size();
            case "previtem" -> index > 0 ? items.get(index - 1) : new Undefined("loop.previtem");
            case "nextitem" -> index + 1 < items.size() ? items.get(index + 1) : new Undefined("loop.nextitem");
            case "cycle" ->
                (Function) inputs ->
                        inputs.positional().get(index % inputs.positional().size());
            default -> throw new WrongValue("'loop.%s' is not supported".formatted(name));
        };
    }
}
