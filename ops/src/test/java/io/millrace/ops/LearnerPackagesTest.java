package io.millrace.ops;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;

import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/**
 * The order of the learner's packages. What was package-private before a package was split is
 * public now, and these rules say who may use it.
 */
@AnalyzeClasses(packages = "io.millrace", importOptions = MainCode.class)
class LearnerPackagesTest {
  private static final String METHOD = "io.millrace.learner.method";
  private static final String ND4J = "io.millrace.learner.nd4j";

  /**
   * A family sees the step, the settings and the contract, and no other family but one: BoWNet
   * begins with rotation, so bags of words see pretext tasks.
   */
  @ArchTest
  static final ArchRule METHODS_HAVE_AN_ORDER =
      layeredArchitecture()
          .consideringOnlyDependenciesInAnyPackage(METHOD + "..")
          .layer("contract")
          .definedBy(METHOD)
          .layer("settings")
          .definedBy(METHOD + ".settings")
          .layer("step")
          .definedBy(METHOD + ".step")
          .layer("joint")
          .definedBy(METHOD + ".joint")
          .layer("bow")
          .definedBy(METHOD + ".bow")
          .layer("pretext")
          .definedBy(METHOD + ".pretext")
          .layer("generative")
          .definedBy(METHOD + ".generative")
          .layer("distillation")
          .definedBy(METHOD + ".distillation")
          .layer("registry")
          .definedBy(METHOD + ".registry")
          .whereLayer("contract")
          .mayNotAccessAnyLayer()
          .whereLayer("settings")
          .mayNotAccessAnyLayer()
          .whereLayer("step")
          .mayOnlyAccessLayers("contract", "settings")
          .whereLayer("joint")
          .mayOnlyAccessLayers("contract", "settings", "step")
          .whereLayer("bow")
          .mayOnlyAccessLayers("contract", "settings", "step", "pretext")
          .whereLayer("pretext")
          .mayOnlyAccessLayers("contract", "settings", "step")
          .whereLayer("generative")
          .mayOnlyAccessLayers("contract", "settings", "step")
          .whereLayer("distillation")
          .mayOnlyAccessLayers("contract", "settings", "step")
          .whereLayer("registry")
          .mayNotBeAccessedByAnyLayer();

  @ArchTest
  static final ArchRule ONLY_THE_REGISTRY_NAMES_A_FAMILY =
      noClasses()
          .that()
          .resideOutsideOfPackage(METHOD + "..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              METHOD + ".joint..",
              METHOD + ".bow..",
              METHOD + ".pretext..",
              METHOD + ".generative..",
              METHOD + ".distillation..");

  @ArchTest
  static final ArchRule VIEWS_KNOW_NO_TASK =
      noClasses()
          .that()
          .resideInAPackage("io.millrace.learner.augment")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("io.millrace.learner.augment.task..");

  @ArchTest
  static final ArchRule ND4J_HAS_AN_ORDER =
      layeredArchitecture()
          .consideringOnlyDependenciesInAnyPackage(ND4J + "..")
          .layer("tensor")
          .definedBy(ND4J + ".tensor")
          .layer("kernel")
          .definedBy(ND4J + ".kernel")
          .layer("graph")
          .definedBy(ND4J + ".graph")
          .layer("engine")
          .definedBy(ND4J)
          .layer("export")
          .definedBy(ND4J + ".export")
          .whereLayer("tensor")
          .mayNotAccessAnyLayer()
          .whereLayer("kernel")
          .mayOnlyAccessLayers("tensor")
          .whereLayer("graph")
          .mayOnlyAccessLayers("tensor", "kernel")
          .whereLayer("engine")
          .mayOnlyAccessLayers("tensor", "kernel", "graph")
          .whereLayer("export")
          .mayNotBeAccessedByAnyLayer();
}
