package rl.ballast.cli.traces;

import picocli.CommandLine.Command;

/// `ballast traces`. Exit codes of its subcommands: 0 every file is fine, 1 one is corrupt or cannot be read, 2 wrong
/// usage, also a path without traces.
@Command(
        name = "traces",
        description = "Look into routing traces and check them.",
        mixinStandardHelpOptions = true,
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {InspectCommand.class, VerifyCommand.class})
public final class TracesCommand {}
