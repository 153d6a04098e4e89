package rl.ballast.cli.model;

import picocli.CommandLine.Command;

/// `ballast model`: commands about model folders.
@Command(
        name = "model",
        description = "Make models.",
        mixinStandardHelpOptions = true,
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {ModelInitCommand.class})
public final class ModelCommand {}
