package rl.ballast.crds.generate;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLGenerator;
import io.fabric8.crd.generator.annotation.AdditionalPrinterColumn;
import io.fabric8.crdv2.generator.CRDGenerator;
import io.fabric8.kubernetes.client.CustomResource;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import java.io.IOException;
import java.lang.reflect.ParameterizedType;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// Makes the CRD YAML of the custom resources with Fabric8's generator, and finishes what it lacks.
final class CrdYaml {
    private static final ObjectMapper YAML = new ObjectMapper(YAMLFactory.builder()
            .disable(YAMLGenerator.Feature.WRITE_DOC_START_MARKER)
            .disable(YAMLGenerator.Feature.SPLIT_LINES)
            .enable(YAMLGenerator.Feature.MINIMIZE_QUOTES)
            .enable(YAMLGenerator.Feature.ALWAYS_QUOTE_NUMBERS_AS_STRINGS)
            .enable(YAMLGenerator.Feature.INDENT_ARRAYS_WITH_INDICATOR)
            .build());

    private final SchemaFinisher finisher;

    CrdYaml(List<Path> sourceRoots) {
        this.finisher = new SchemaFinisher(new RecordDocs(sourceRoots));
    }

    /// The YAML of each type by file name.
    Map<String, String> generate(List<Class<? extends CustomResource<?, ?>>> types, Path scratch) throws IOException {
        ObjectMapper json = new ObjectMapper();
        Map<String, String> files = new TreeMap<>();
        for (Class<? extends CustomResource<?, ?>> type : types) {
            new CRDGenerator()
                    .withObjectMapper(json, new PlainDefaults(json))
                    .inOutputDir(scratch.toFile())
                    .forCRDVersions("v1")
                    .customResourceClasses(List.of(type))
                    .generate();
            String name = CustomResource.getCRDName(type);
            ObjectNode crd = (ObjectNode) YAML.readTree(Files.readString(scratch.resolve(name + "-v1.yml")));
            finish(crd, type);
            files.put(
                    name + ".yaml",
                    "# Generated from %s; see CommittedCrdTest.\n%s"
                            .formatted(type.getSimpleName(), YAML.writeValueAsString(crd)));
        }
        return files;
    }

    private void finish(ObjectNode crd, Class<? extends CustomResource<?, ?>> type) throws IOException {
        ObjectNode version = (ObjectNode) crd.path("spec").path("versions").get(0);
        ArrayNode columns = version.putArray("additionalPrinterColumns");
        for (AdditionalPrinterColumn column : type.getAnnotationsByType(AdditionalPrinterColumn.class)) {
            ObjectNode node = columns.addObject();
            node.put("name", column.name());
            node.put("type", column.type().getValue());
            node.put("jsonPath", column.jsonPath());
            if (column.priority() > 0) {
                node.put("priority", column.priority());
            }
        }
        JsonNode properties = version.at("/schema/openAPIV3Schema/properties");
        ((ObjectNode) version.at("/schema/openAPIV3Schema"))
                .putArray("required")
                .add("spec");
        ParameterizedType base = (ParameterizedType) type.getGenericSuperclass();
        finisher.finish((ObjectNode) properties.get("spec"), (Class<?>) base.getActualTypeArguments()[0]);
        ObjectNode status = (ObjectNode) properties.get("status");
        finisher.finish(status, (Class<?>) base.getActualTypeArguments()[1]);
        ArrayNode conditions = status.putObject("default").putArray("conditions");
        pending(conditions.addObject(), "Ready", "Unknown");
        pending(conditions.addObject(), "Reconciling", "True");
    }

    /// Shown until the operator has written its first status: without conditions, tools such as Flux and Argo CD take
    /// an object for one that is ready.
    private static void pending(ObjectNode condition, String type, String status) {
        condition.put("type", type);
        condition.put("status", status);
        condition.put("reason", "Pending");
        condition.put("message", "the operator has not reported on it yet");
        condition.put("lastTransitionTime", "1970-01-01T00:00:00Z");
    }

    /// Keeps a default as it is written. The generator would bind it to the Java type first, and turn `{}` into an
    /// object full of zeros.
    private static final class PlainDefaults extends KubernetesSerialization {
        PlainDefaults(ObjectMapper json) {
            super(json, false);
        }

        @Override
        @SuppressWarnings("unchecked")
        public <T> T unmarshal(String text, Class<T> type) {
            return (T) super.unmarshal(text, JsonNode.class);
        }
    }
}
