package rl.ballast.e2e;

/// How a command ended.
///
/// @param output what it printed, errors included
record Result(int exitCode, String output) {}
