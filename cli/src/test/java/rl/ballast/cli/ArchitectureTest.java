package rl.ballast.cli;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The arrows between modules and the rules of the house that a compiler does not know. See
/// docs/design/architecture.md.
class ArchitectureTest {
    private static final List<String> MODULES =
            List.of("protocol", "crds", "modeling", "rollout", "trainer", "cli", "operator", "benchmarks");
    private static final String[] SERVER_FRAMEWORK = {
        "io.quarkus..",
        "io.vertx..",
        "io.smallrye..",
        "jakarta.ws..",
        "jakarta.inject..",
        "jakarta.enterprise..",
        "org.jboss..",
        "org.eclipse.microprofile.."
    };
    private static JavaClasses ours;

    @BeforeAll
    static void read() {
        ours = new ClassFileImporter()
                .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
                .importPackages("rl.ballast");
    }

    @Test
    void theRulesSeeEveryModule() {
        for (String module : List.of("protocol", "crds", "modeling", "rollout", "trainer", "cli")) {
            assertThat(ours.stream().filter(resideInAPackage(root(module)))).hasSizeGreaterThan(10);
        }
    }

    @Test
    void theProtocolKnowsTheJdkJacksonAndAnnotationsOnly() {
        classes()
                .that()
                .resideInAPackage(root("protocol"))
                .should()
                .onlyDependOnClassesThat()
                .resideInAnyPackage(
                        root("protocol"),
                        "java..",
                        "com.fasterxml.jackson..",
                        "io.fabric8.generator.annotation..",
                        "io.fabric8.crd.generator.annotation..",
                        "org.jspecify.annotations..")
                .check(ours);
    }

    @Test
    void modulesKnowWhatTheArrowsAllow() {
        knows("crds", "protocol");
        knows("modeling", "protocol");
        knows("rollout", "protocol", "modeling");
        knows("trainer", "protocol", "modeling");
        knows("cli", "protocol", "crds", "modeling", "rollout", "trainer");
    }

    private static void knows(String module, String... others) {
        String[] forbidden = MODULES.stream()
                .filter(other -> !other.equals(module) && !Arrays.asList(others).contains(other))
                .map(ArchitectureTest::root)
                .toArray(String[]::new);
        noClasses()
                .that()
                .resideInAPackage(root(module))
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(forbidden)
                .check(ours);
    }

    @Test
    void kubernetesIsKnownToTheResourcesOnly() {
        noClasses()
                .that()
                .resideOutsideOfPackages(root("crds"), root("protocol"))
                .should()
                .dependOnClassesThat(resideInAPackage("io.fabric8..")
                        .and(not(resideInAPackage("io.fabric8.kubernetes.api.model.."))))
                .check(ours);
    }

    @Test
    void tensorsOfPytorchStayWhereTensorsAre() {
        noClasses()
                .that()
                .resideOutsideOfPackages("rl.ballast.modeling.torch..", "rl.ballast.modeling.tokenizer..")
                .and()
                .resideOutsideOfPackage("rl.ballast.rollout.torch..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("ai.djl..")
                .check(ours);
    }

    @Test
    void theServersFrameworkStaysInTheServer() {
        noClasses()
                .that()
                .resideOutsideOfPackage("rl.ballast.rollout.server..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(SERVER_FRAMEWORK)
                .check(ours);
        noClasses()
                .that(resideInAPackage(root("rollout")).and(not(resideInAPackage("rl.ballast.rollout.server.."))))
                .should()
                .dependOnClassesThat()
                .resideInAPackage("rl.ballast.rollout.server..")
                .check(ours);
    }

    @Test
    void randomnessComesFromSeeds() {
        noClasses()
                .should()
                .dependOnClassesThat()
                .haveFullyQualifiedName("java.util.Random")
                .orShould()
                .dependOnClassesThat()
                .haveFullyQualifiedName("java.util.concurrent.ThreadLocalRandom")
                .orShould()
                .callMethod(Math.class, "random")
                .check(ours);
    }

    @Test
    void onlyTheCommandAndMainsPrint() {
        noClasses()
                .that(not(resideInAPackage(root("cli"))).and(not(hasMain())))
                .should()
                .accessField(System.class, "out")
                .orShould()
                .accessField(System.class, "err")
                .orShould()
                .callMethod(Throwable.class, "printStackTrace")
                .check(ours);
    }

    private static com.tngtech.archunit.base.DescribedPredicate<JavaClass> hasMain() {
        return com.tngtech.archunit.base.DescribedPredicate.describe(
                "have a main method",
                type -> type.getMethods().stream()
                        .anyMatch(method -> method.getName().equals("main")));
    }

    @ParameterizedTest
    @ValueSource(strings = {"protocol", "crds", "modeling", "rollout", "trainer", "cli"})
    void packagesOfAModuleHaveNoCycles(String module) {
        slices().matching("rl.ballast.%s.(*)..".formatted(module))
                .should()
                .beFreeOfCycles()
                .check(ours);
    }

    @Test
    void packagesAreNamedByFeature() {
        noClasses()
                .should()
                .resideInAnyPackage("..util..", "..utils..", "..common..", "..helper..", "..helpers..", "..misc..")
                .orShould()
                .haveSimpleNameEndingWith("Util")
                .orShould()
                .haveSimpleNameEndingWith("Utils")
                .orShould()
                .haveSimpleNameEndingWith("Helper")
                .orShould()
                .haveSimpleNameEndingWith("Impl")
                .check(ours);
    }

    @Test
    void everyPackageIsNullMarked() {
        classes()
                .that()
                .haveSimpleName("package-info")
                .should()
                .beAnnotatedWith("org.jspecify.annotations.NullMarked")
                .check(ours);
        List<String> described = ours.stream()
                .filter(type -> type.getSimpleName().equals("package-info"))
                .map(JavaClass::getPackageName)
                .toList();
        assertThat(ours.stream().map(JavaClass::getPackageName).distinct()).isSubsetOf(described);
    }

    private static String root(String module) {
        return "rl.ballast.%s..".formatted(module);
    }

    /// A rule that can be broken: otherwise a typo in a package name would pass for order.
    @Test
    void theRulesCanBeBroken() {
        assertThat(noClasses()
                        .that()
                        .resideInAPackage(root("trainer"))
                        .should()
                        .dependOnClassesThat()
                        .resideInAnyPackage(root("modeling"))
                        .evaluate(ours)
                        .hasViolation())
                .isTrue();
        assertThat(noClasses()
                        .should()
                        .dependOnClassesThat(resideInAnyPackage(SERVER_FRAMEWORK))
                        .evaluate(ours)
                        .hasViolation())
                .isTrue();
    }
}
