package rl.ballast.operator.learner;

import java.util.Set;
import rl.ballast.protocol.role.ExitCode;

/// From the name of an exit code to the reason in a condition.
public final class FailureReasons {
    /// Reasons that say something of the routing traces.
    public static final Set<String> OF_TRACES = Set.of(of(ExitCode.TRACE_CORRUPT), of(ExitCode.ROUTES_MISSING));

    private FailureReasons() {}

    static String of(String name) {
        for (ExitCode code : ExitCode.values()) {
            if (code.name().equals(name)) {
                return of(code);
            }
        }
        return "LearnerFailed";
    }

    /// In CamelCase.
    public static String of(ExitCode code) {
        return switch (code) {
            case CONFIGURATION, USAGE -> "ConfigurationError";
            case CORRUPT -> "CorruptData";
            case TRACE_CORRUPT -> "TraceCorrupt";
            case ROUTES_MISSING -> "RoutesMissing";
            case NUMERICS -> "NumericalFailure";
            case STORE_REFUSED -> "StoreRefused";
            case REPLACED -> "Replaced";
            case COMPLETE, INTERNAL, PORT_IN_USE, STORE_IO, UNAVAILABLE, STOPPED -> "LearnerFailed";
        };
    }
}
