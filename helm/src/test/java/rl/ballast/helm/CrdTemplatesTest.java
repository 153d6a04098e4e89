package rl.ballast.helm;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/// The chart's custom resource definitions are those of the `crds` module.
class CrdTemplatesTest {
    private static final Path SOURCES = Path.of("../crds/src/main/resources/crds");
    private static final Path TEMPLATES = Chart.FOLDER.resolve("templates/crds");

    @Test
    void templatesAreTheCommittedDefinitionsBehindASwitch() throws IOException {
        List<Path> sources = Chart.list(SOURCES, ".yaml");

        assertThat(sources).hasSize(3);
        for (Path source : sources) {
            Committed.check(TEMPLATES.resolve(source.getFileName()), template(Files.readString(source)));
        }
        assertThat(Chart.list(TEMPLATES, ".yaml")).hasSameSizeAs(sources);
    }

    private static String template(String definition) {
        int comment = definition.indexOf('\n') + 1;
        String body = definition.substring(comment).replace("{{", "{{ \"{{\" }}");
        int labels = body.indexOf("metadata:\n") + "metadata:\n".length();
        return """
               {{- /* Copied from the crds module by scripts/chart. */}}
               {{- if .Values.crds.install }}
               """ + body.substring(0, labels) + """
                    labels:
                      {{- include "ballast.labels" . | nindent 4 }}
                    {{- if .Values.crds.keep }}
                    annotations:
                      helm.sh/resource-policy: keep
                    {{- end }}
                  """ + body.substring(labels) + "{{- end }}\n";
    }
}
