package rl.ballast.cli.report;

/// One thing that a reader of the report should know.
///
/// @param topic a word or two
/// @param warning something to look at, with what to do about it in the text
record Finding(String topic, String text, boolean warning) {}
