package rl.ballast.trainer.data;

/// One line of a prompts file.
///
/// @param index place in the file, from 0, blank lines not counted
/// @param origin `file:line`, for messages
/// @param answer what the verifier compares with; a JSON number keeps its digits
public record Problem(int index, String origin, PromptInput input, String answer) {}
