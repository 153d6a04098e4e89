package rl.ballast.operator.objects;

import com.fasterxml.jackson.databind.JsonNode;

/// Whether an observed object already holds everything that a rendered one says. The API server adds defaults to
/// objects; it adds no element to a list.
final class Subset {
    private Subset() {}

    static boolean holds(JsonNode observed, JsonNode wanted) {
        if (wanted.isObject()) {
            return observed.isObject()
                    && wanted.properties().stream().allMatch(field -> {
                        JsonNode there = observed.get(field.getKey());
                        return there != null && holds(there, field.getValue());
                    });
        }
        if (wanted.isArray()) {
            if (!observed.isArray() || observed.size() != wanted.size()) {
                return false;
            }
            for (int i = 0; i < wanted.size(); i++) {
                if (!holds(observed.get(i), wanted.get(i))) {
                    return false;
                }
            }
            return true;
        }
        boolean numbers = wanted.isNumber() && observed.isNumber();
        return numbers ? wanted.decimalValue().compareTo(observed.decimalValue()) == 0 : wanted.equals(observed);
    }
}
