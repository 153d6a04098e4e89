package rl.ballast.crds.check;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import rl.ballast.crds.RLRunSpec;
import rl.ballast.crds.SpecSources;
import rl.ballast.crds.schema.Problem;

/// Whether the addresses of a run are addresses (RFC 3986): the schema's patterns only look at how they begin.
public final class AddressCheck {
    private AddressCheck() {}

    /// One error for each that is none.
    public static List<Problem> check(RLRunSpec spec) {
        Map<String, String> addresses = new LinkedHashMap<>();
        SpecSources.of(spec).forEach((field, source) -> {
            if (source.url() != null) {
                addresses.put(field + ".url.https", source.url().https());
            }
        });
        if (spec.reward().url() != null) {
            addresses.put("spec.reward.url", spec.reward().url());
        }
        return addresses.entrySet().stream()
                .flatMap(address -> problem(address.getKey(), address.getValue()).stream())
                .toList();
    }

    private static List<Problem> problem(String field, String address) {
        try {
            if (new URI(address).getHost() != null) {
                return List.of();
            }
            return List.of(Problem.error(field, "expected a URL with a host, found '%s'".formatted(address)));
        } catch (URISyntaxException e) {
            return List.of(Problem.error(
                    field,
                    "expected a URL, found '%s': %s; write special characters as %%20 and the like"
                            .formatted(address, e.getReason())));
        }
    }
}
