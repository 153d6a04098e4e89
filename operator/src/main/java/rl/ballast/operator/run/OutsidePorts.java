package rl.ballast.operator.run;

import java.net.URI;
import java.util.List;
import java.util.Objects;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import rl.ballast.crds.RLRunSpec;
import rl.ballast.crds.SpecSources;
import rl.ballast.protocol.run.Source;

/// Ports of servers outside the run that its sources and its reward service need. Pure.
final class OutsidePorts {
    private static final int HTTPS = 443;
    private static final int HTTP = 80;

    private OutsidePorts() {}

    /// @param more to reach where anything is reached at all
    static List<Integer> of(RLRunSpec spec, List<Integer> more) {
        TreeSet<Integer> ports = new TreeSet<>();
        SpecSources.of(spec).values().stream()
                .map(Source::url)
                .filter(Objects::nonNull)
                .forEach(url -> ports.add(port(url.https())));
        @Nullable String reward = spec.reward().url();
        if (reward != null) {
            ports.add(port(reward));
        }
        if (!ports.isEmpty()) {
            ports.addAll(more);
        }
        return List.copyOf(ports);
    }

    private static int port(String url) {
        int explicit = URI.create(url).getPort();
        if (explicit > 0) {
            return explicit;
        }
        return url.startsWith("https:") ? HTTPS : HTTP;
    }
}
