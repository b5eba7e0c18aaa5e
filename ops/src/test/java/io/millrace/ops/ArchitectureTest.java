package io.millrace.ops;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaPackage;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.NullMarked;

/** The arrows of the design, over every module (the benchmarks are exempt and not on this path). */
@AnalyzeClasses(packages = "io.millrace", importOptions = MainCode.class)
class ArchitectureTest {
  @ArchTest
  static final ArchRule NOTHING_KNOWS_OPS =
      noClasses()
          .that()
          .resideOutsideOfPackage("io.millrace.ops..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("io.millrace.ops..");

  @ArchTest
  static final ArchRule INGEST_KNOWS_NO_OTHER_ROOM =
      noClasses()
          .that()
          .resideInAPackage("io.millrace.ingest..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("io.millrace.learner..", "io.millrace.serving..");

  @ArchTest
  static final ArchRule LEARNER_KNOWS_IMAGES_DECODING_AND_FEEDS =
      noClasses()
          .that()
          .resideInAPackage("io.millrace.learner..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              "io.millrace.serving..",
              "io.millrace.ingest.broker..",
              "io.millrace.ingest.source..",
              "io.millrace.ingest.topology..");

  @ArchTest
  static final ArchRule KAFKA_STAYS_AT_THE_EDGES =
      noClasses()
          .that()
          .resideOutsideOfPackages(
              "io.millrace.ingest.stream..",
              "io.millrace.ingest.broker..",
              "io.millrace.ingest.source..",
              "io.millrace.ingest.topology..",
              "io.millrace.ingest.feed..",
              "io.millrace.learner.release..",
              "io.millrace.serving.client..",
              "io.millrace.serving.kafka..",
              "io.millrace.ops..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("org.apache.kafka..", "kafka..");

  /** With {@code --log json} stderr is for JSON alone: {@code Logs} knows which. */
  @ArchTest
  static final ArchRule STDERR_IS_WRITTEN_IN_ONE_PLACE =
      noClasses()
          .that()
          .resideOutsideOfPackage("io.millrace.ops.terminal..")
          .should()
          .accessField(System.class, "err");

  @ArchTest
  static final ArchRule METERS_STAY_IN_OPS =
      noClasses()
          .that()
          .resideOutsideOfPackage("io.millrace.ops.metrics..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("io.micrometer..");

  @ArchTest
  static final ArchRule SPANS_STAY_IN_OPS =
      noClasses()
          .that()
          .resideOutsideOfPackage("io.millrace.ops.tracing..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("io.opentelemetry..");

  @ArchTest
  static final ArchRule ONLY_AN_ENGINE_KNOWS_ITS_NATIVE_LIBRARY =
      noClasses()
          .that()
          .resideOutsideOfPackages("io.millrace.learner.torch..", "io.millrace.learner.nd4j..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("org.bytedeco..", "org.nd4j..", "org.deeplearning4j..");

  @ArchTest
  static final ArchRule NOBODY_NAMES_AN_ENGINE =
      noClasses()
          .that()
          .resideOutsideOfPackages("io.millrace.learner.torch..", "io.millrace.learner.nd4j..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("io.millrace.learner.torch..", "io.millrace.learner.nd4j..");

  @ArchTest
  static final ArchRule THE_ENGINE_KNOWS_NO_METHOD =
      noClasses()
          .that()
          .resideInAnyPackage(
              "io.millrace.learner.tensor..",
              "io.millrace.learner.torch..",
              "io.millrace.learner.nd4j",
              "io.millrace.learner.nd4j.tensor..",
              "io.millrace.learner.nd4j.kernel..",
              "io.millrace.learner.nd4j.graph..",
              "io.millrace.learner.nd4j.export..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              "io.millrace.learner.method..",
              "io.millrace.learner.objective..",
              "io.millrace.learner.loop..");

  @ArchTest
  static final ArchRule ROOMS_HAVE_NO_CYCLES =
      slices().matching("io.millrace.(*.*)..").should().beFreeOfCycles();

  @ArchTest
  static final ArchRule CHANCE_IS_DRAWN_IN_ONE_PLACE =
      noClasses()
          .that()
          .resideInAPackage("io.millrace.learner..")
          .should()
          .dependOnClassesThat()
          .haveFullyQualifiedName("java.util.Random")
          .orShould()
          .callMethod(Math.class, "random");

  @ArchTest
  static final ArchRule NO_LOGGING_BUT_SLF4J =
      noClasses()
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("java.util.logging..", "org.apache.log4j..", "org.apache.logging..");

  @ArchTest
  static final ArchRule COMMANDS_ARE_PACKAGE_PRIVATE =
      classes()
          .that()
          .resideInAPackage("io.millrace.ops.cli")
          .and()
          .haveSimpleNameEndingWith("Command")
          .should()
          .bePackagePrivate();

  /** The packages of ops from the command line down, each with those that may use it. */
  private static final Map<String, List<String>> OPS =
      Map.ofEntries(
          Map.entry("cli", List.of()),
          Map.entry("experiment", List.of("cli")),
          Map.entry("node", List.of("cli")),
          Map.entry("broker", List.of("cli")),
          Map.entry("explore", List.of("node")),
          Map.entry("objects", List.of("cli", "experiment", "node")),
          Map.entry("config", List.of("cli", "experiment", "node", "objects")),
          Map.entry("terminal", List.of("cli", "experiment", "node")),
          Map.entry("dashboard", List.of("cli", "experiment", "node", "explore", "config")),
          Map.entry("metrics", List.of("cli", "node", "config")),
          Map.entry("tracking", List.of("config", "metrics", "node")),
          Map.entry("tracing", List.of("config", "node")),
          Map.entry("health", List.of("cli", "node", "dashboard")));

  @ArchTest static final ArchRule THE_PACKAGES_OF_OPS_HAVE_AN_ORDER = orderOfOps();

  private static ArchRule orderOfOps() {
    var order =
        layeredArchitecture().consideringOnlyDependenciesInLayers().withOptionalLayers(true);
    for (String name : OPS.keySet()) {
      order = order.layer(name).definedBy("io.millrace.ops." + name + "..");
    }
    for (var e : OPS.entrySet()) {
      var layer = order.whereLayer(e.getKey());
      order =
          e.getValue().isEmpty()
              ? layer.mayNotBeAccessedByAnyLayer()
              : layer.mayOnlyBeAccessedByLayers(e.getValue().toArray(String[]::new));
    }
    return order;
  }

  @ArchTest
  static void everyPackageOfOpsHasItsPlaceInThatOrder(JavaClasses imported) {
    assertThat(imported.getPackage("io.millrace.ops").getSubpackages())
        .extracting(JavaPackage::getRelativeName)
        .isSubsetOf(OPS.keySet());
  }

  @ArchTest
  static void everyPackageIsNullMarked(JavaClasses imported) {
    for (JavaPackage p : imported.getPackage("io.millrace").getSubpackagesInTree()) {
      if (!p.getClasses().isEmpty()) {
        assertThat(p.isAnnotatedWith(NullMarked.class)).as("%s is @NullMarked", p).isTrue();
      }
    }
  }
}
