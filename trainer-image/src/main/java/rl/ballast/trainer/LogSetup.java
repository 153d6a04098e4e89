package rl.ballast.trainer;

/// What the processes of this module log, and how. To be called before the first logger is made.
public final class LogSetup {
    private static final String PROPERTY = "logback.configurationFile";

    private LogSetup() {}

    /// The module's own configuration, unless the command line names another.
    public static void ofProcess() {
        if (System.getProperty(PROPERTY) == null) {
            System.setProperty(PROPERTY, "learner-logback.xml");
        }
    }
}
