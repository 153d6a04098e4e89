package rl.ballast.trainer.data;

/// One line of a demonstrations file.
///
/// @param index place in the file, from 0, blank lines not counted
/// @param origin `file:line`, for messages
/// @param response what the policy should say
public record Demonstration(int index, String origin, PromptInput input, String response) {}
