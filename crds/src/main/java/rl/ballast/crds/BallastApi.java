package rl.ballast.crds;

/// Names of the API.
public final class BallastApi {
    public static final String GROUP = "ballast.rl";
    public static final String VERSION = "v1alpha1";
    public static final String API_VERSION = GROUP + "/" + VERSION;

    private BallastApi() {}
}
