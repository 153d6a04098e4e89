package rl.ballast.cli.numerics;

/// Routes are to be replayed and are not known, and the recipe does not allow that.
final class UnknownRoutes extends RuntimeException {
    UnknownRoutes(String message) {
        super(message);
    }
}
