package rl.ballast.protocol.role;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.lang.reflect.RecordComponent;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Reads the configuration file of a role. The plan writes every field, so an unknown, a missing or a null one is an
/// error; only components marked `@Nullable` may be absent.
public final class RoleConfigFile {
    private static final JsonMapper MAPPER = JsonMapper.builder()
            .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
            .build();

    private RoleConfigFile() {}

    /// @param type the role's configuration record
    /// @throws InvalidRoleConfig naming file and field, if the file cannot be read or is not a complete `type`
    public static <T extends Record> T read(Path file, Class<T> type) {
        String text;
        try {
            text = Files.readString(file);
        } catch (NoSuchFileException e) {
            throw new InvalidRoleConfig(file, "", "no such file; the plan writes it before the role starts", e);
        } catch (IOException e) {
            throw new InvalidRoleConfig(file, "", "cannot be read: " + e.getMessage(), e);
        }
        try {
            @Nullable T config = MAPPER.readValue(text, type);
            requireComplete(file, "", type, config);
            return java.util.Objects.requireNonNull(config);
        } catch (JsonMappingException e) {
            throw new InvalidRoleConfig(file, field(e.getPath()), problem(e), e);
        } catch (JsonProcessingException e) {
            var at = e.getLocation();
            throw new InvalidRoleConfig(
                    file, "", "line %d: %s".formatted(at == null ? 0 : at.getLineNr(), e.getOriginalMessage()), e);
        }
    }

    private static String problem(JsonMappingException e) {
        Throwable cause = e.getCause();
        if (cause instanceof IllegalArgumentException) {
            return String.valueOf(cause.getMessage());
        }
        return e.getOriginalMessage().startsWith("Cannot map `null`")
                ? "expected a value, found nothing"
                : e.getOriginalMessage();
    }

    private static String field(List<JsonMappingException.Reference> path) {
        return path.stream()
                .map(at -> at.getFieldName() == null ? "[%d]".formatted(at.getIndex()) : "." + at.getFieldName())
                .collect(Collectors.joining())
                .replaceFirst("^\\.", "");
    }

    private static void requireComplete(Path file, String path, Class<?> type, @Nullable Object value) {
        if (value == null) {
            throw new InvalidRoleConfig(
                    file, path, "expected a %s, found nothing".formatted(type.getSimpleName()), null);
        }
        if (!type.isRecord()) {
            return;
        }
        for (RecordComponent component : type.getRecordComponents()) {
            String name = path.isEmpty() ? component.getName() : path + "." + component.getName();
            Object inner = read(component, value);
            if (inner != null || !component.getAnnotatedType().isAnnotationPresent(Nullable.class)) {
                requireComplete(file, name, component.getType(), inner);
            }
        }
    }

    private static @Nullable Object read(RecordComponent component, Object owner) {
        try {
            return component.getAccessor().invoke(owner);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("cannot read " + component, e);
        }
    }
}
