package rl.ballast.trainer.data;

/// One response of a line of a demonstrations file.
///
/// @param index place among the responses of the file, from 0
/// @param origin `file:line`, for messages
/// @param response what the policy should say
public record Demonstration(int index, String origin, PromptInput input, String response) {}
