package io.millrace.learner.method;

import io.millrace.learner.method.registry.Methods;
import java.util.List;

/**
 * A check of {@link EveryMethodContract} that a method does not go through, with the reason and the
 * test that stands for it.
 *
 * @param suite the class of that test
 * @param test its name
 */
record Exemption(String method, Check check, String reason, Class<?> suite, String test) {

  /** What a method can be exempt from. */
  enum Check {
    /** Its gradients are derivatives of its loss. */
    GRADIENTS,
    /** Its loss falls on a few images. */
    LEARNING
  }

  /** All there are. */
  static final List<Exemption> ALL =
      List.of(
          new Exemption(
              "simsiam",
              Check.GRADIENTS,
              "a stop-gradient on its own student: the step is no gradient of its loss",
              JointStepContract.class,
              "simSiamsUpdatesAreTheirLoops"),
          new Exemption(
              "byol",
              Check.LEARNING,
              "learns on slow engines too",
              MethodContract.class,
              "skillRisesOnAFewImages"),
          new Exemption(
              "obow",
              Check.LEARNING,
              "learns on slow engines too",
              MethodContract.class,
              "skillRisesOnAFewImages"),
          new Exemption(
              "dino",
              Check.LEARNING,
              "its targets move with its teacher, its loss with them",
              JointStepContract.class,
              "dinosUpdatesAreTheirLoops"),
          new Exemption(
              "gan",
              Check.LEARNING,
              "two losses that work against each other",
              GenerativeMethodContract.class,
              "aGeneratorLearnsToDeceiveAStillDiscriminator"),
          new Exemption(
              "bigan",
              Check.LEARNING,
              "two losses that work against each other",
              GenerativeMethodContract.class,
              "aGeneratorLearnsToDeceiveAStillDiscriminator"),
          new Exemption(
              "bownet",
              Check.LEARNING,
              "each phase has a loss of its own",
              GenerativeMethodContract.class,
              "bownetGoesThroughItsPhasesAndTheStudentBecomesTheTeacher"));

  /** Names of the registered methods that go through a check. */
  static List<String> without(Check check) {
    List<String> exempt =
        ALL.stream().filter(e -> e.check() == check).map(Exemption::method).toList();
    return Methods.names().stream().filter(name -> !exempt.contains(name)).toList();
  }
}
