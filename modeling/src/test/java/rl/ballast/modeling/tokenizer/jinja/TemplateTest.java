package rl.ballast.modeling.tokenizer.jinja;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import rl.ballast.modeling.Fixtures;
import rl.ballast.modeling.config.JsonFields;

/// Against what jinja2 made of the same templates.
final class TemplateTest {
    private static final JsonNode FIXTURE =
            JsonFields.read(Fixtures.folder("chat.json")).root();

    static Stream<Named<JsonNode>> cases() {
        return FIXTURE.path("cases")
                .valueStream()
                .map(node -> Named.of(node.path("name").textValue(), node));
    }

    @ParameterizedTest
    @MethodSource("cases")
    void rendersWhatPythonRenders(JsonNode example) {
        String template = example.path("template").textValue();
        String text = template.equals("THINKING") ? FIXTURE.path("thinking").textValue() : template;
        Map<String, Object> variables =
                JsonMapper.builder().build().convertValue(example.path("variables"), new TypeReference<>() {});

        assertThat(Template.parse(text).render(variables))
                .isEqualTo(example.path("expected").textValue());
    }

    @Test
    void aParsedTemplateIsUsedAgain() {
        Template template = Template.parse("{% set x = x + 1 %}{{ x }}");

        assertThat(template.render(Map.of("x", 1))).isEqualTo("2");
        assertThat(template.render(Map.of("x", 5))).isEqualTo("6");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '^',
            value = {
                "{{ 1                          | line 1: expected }}, found the end of the template",
                "a {% if 1 %} b                | line 1: this statement is not closed",
                "{% endif %}                   | line 1: unexpected statement 'endif'",
                "{% if 1 %}{% endfor %}        | line 1: expected 'endif', found 'endfor'",
                "{% for x in y %}{% endif %}   | line 1: expected 'endfor', found 'endif'",
                "{% include 'x' %}             | line 1: the statement 'include' is not supported",
                "{% %}                         | line 1: expected a statement between {% and %}, found nothing",
                "{{ }}                         | line 1: expected an expression, found '}}'",
                "{{ 1 2 }}                     | line 1: expected the end of the tag, found '2'",
                "{{ a ? b }}                   | line 1: unexpected character '?'",
                "{{ 'a }}                      | line 1: expected ' to end a string, found the end",
                "{{ (1 }}                      | line 1: unexpected '}'",
                "{{ 99999999999999999999 }}    | line 1: integer 99999999999999999999: expected at most 64 bits",
                "{% break %}                   | line 1: 'break' outside of a loop",
                "{# a                          | line 1: expected #} to end a comment",
                "{% raw %} a                   | line 1: expected {% endraw %}",
            })
    void refusesWhatIsNoTemplate(String template, String message) {
        assertThatThrownBy(() -> Template.parse(template))
                .isInstanceOf(TemplateError.class)
                .hasMessageStartingWith(message);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '^',
            value = {
                "{{ a.b.c }}                        | line 1: 'b' is undefined",
                "{{ nothing.b }}                    | line 1: 'nothing' is undefined",
                "{{ nothing() }}                    | line 1: expected a function, found a missing value ('nothing')",
                "{{ 1 + 'a' }}                      | line 1: '+' does not take integer and string",
                "{{ nothing + 1 }}                  | line 1: '+' does not take missing value ('nothing') and integer",
                "{{ 1 < 'a' }}                      | line 1: '<' does not compare integer and string",
                "{{ 1 // 0 }}                       | line 1: 1 // 0: / by zero",
                "{{ 1 / 0 }}                        | line 1: division by zero",
                "{{ 9223372036854775807 + 1 }}      | line 1: 9223372036854775807 + 1: long overflow",
                "{{ 1 is wonderful }}               | line 1: the test 'wonderful' is not supported",
                "{{ 'a'.zfill(3) }}                 | line 1: expected a function, found a missing value",
                "{{ 'a'.strip('b', 'c') }}          | line 1: expected at most 1 arguments, found 2",
                "{{ 'a'.split(by=1) }}              | line 1: unknown argument 'by'",
                "{{ raise_exception('no tools') }}  | no tools",
                "{{ range(200000) }}                | line 1: range: expected at most 100000 numbers",
                "{{ 5[1:] }}                        | line 1: a integer has no slices",
                "{% for x in 5 %}{% endfor %}       | line 1: expected something with items, found a integer",
                "{% for x, y in [[1]] %}{% endfor %}| line 1: expected 2 values for [x, y], found 1",
                "{% set a.b = 1 %}                  | line 1: 'a' is not a namespace",
                "{{ [1, 2].append(3) }}             | line 1: expected a function, found a missing value",
                "{{ 'a' * 99999999 }}               | line 1: a repeated string longer than 10000000",
                "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }} | line 1: expected at most 100 nested macro calls",
                "{% for a in range(9999) %}{% for b in range(9999) %}{% endfor %}{% endfor %} | line 1: expected at most 5000000 steps",
            })
    void refusesWhatPythonRefusesAndWhatNeverEnds(String template, String message) {
        Template parsed = Template.parse(template);

        assertThatThrownBy(() -> parsed.render(Map.of("a", Map.of())))
                .isInstanceOf(TemplateError.class)
                .hasMessageStartingWith(message);
    }

    @Test
    void refusesAnUnknownFilterWhenItIsReached() {
        assertThatThrownBy(() -> Template.parse("a\nb{{ 1 | wonder }}").render(Map.of()))
                .hasMessage("line 2: the filter 'wonder' is not supported");
    }

    @Test
    void refusesEndlessNesting() {
        assertThatThrownBy(() -> Template.parse("{{ " + "(".repeat(5000) + "1" + ")".repeat(5000) + " }}"))
                .hasMessage("line 1: expected at most 200 nested expressions");
        assertThatThrownBy(() -> Template.parse("{% if 1 %}".repeat(5000)))
                .hasMessage("line 1: expected at most 100 nested statements");
        assertThatThrownBy(
                        () -> Template.parse("{{ " + "-".repeat(5000) + "1 }}").render(Map.of()))
                .isInstanceOf(TemplateError.class);
        assertThatThrownBy(() ->
                        Template.parse("{{ " + "not ".repeat(5000) + "1 }}").render(Map.of()))
                .isInstanceOf(TemplateError.class);
    }

    @Test
    void refusesVariablesOfOtherTypes() {
        assertThatThrownBy(() -> Template.parse("").render(Map.of("a", List.of(new Object()))))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("a template cannot use a java.lang.Object");
    }
}
