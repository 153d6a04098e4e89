package rl.ballast.e2e;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import rl.ballast.cli.Main;

/// The command inside this process, for what it refuses by itself; the processes that it starts are real.
final class Invocation {
    private Invocation() {}

    static Result of(List<String> arguments) {
        var text = new StringWriter();
        var writer = new PrintWriter(text, true);
        int code = Main.commandLine().setOut(writer).setErr(writer).execute(arguments.toArray(String[]::new));
        return new Result(code, text.toString());
    }
}
