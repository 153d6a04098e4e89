package rl.ballast.crds;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import rl.ballast.protocol.run.ColdStartSpec;
import rl.ballast.protocol.run.EvaluationSpec;
import rl.ballast.protocol.run.Source;

/// The sources that a run names.
public final class SpecSources {
    private SpecSources() {}

    /// Every source by the path of its field.
    public static Map<String, Source> of(RLRunSpec spec) {
        Map<String, Source> sources = new LinkedHashMap<>();
        sources.put("spec.model", spec.model());
        sources.put("spec.data.prompts", spec.data().prompts());
        EvaluationSpec evaluation = spec.data().evaluation();
        if (evaluation != null) {
            sources.put("spec.data.evaluation.source", evaluation.source());
        }
        ColdStartSpec coldStart = spec.coldStart();
        if (coldStart != null) {
            sources.put("spec.coldStart.demonstrations", coldStart.demonstrations());
        }
        return sources;
    }

    /// Names of the config maps among them.
    public static Set<String> configMaps(RLRunSpec spec) {
        Set<String> names = new TreeSet<>();
        of(spec).values().stream()
                .map(Source::configMap)
                .filter(Objects::nonNull)
                .forEach(key -> names.add(key.name()));
        return names;
    }
}
