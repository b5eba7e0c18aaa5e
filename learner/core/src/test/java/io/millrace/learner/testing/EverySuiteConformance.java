package io.millrace.learner.testing;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.Modifier;
import java.util.List;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;
import org.junit.platform.commons.support.ReflectionSupport;

/** Every suite of this jar runs on the engine whose package the subclass is in. */
public abstract class EverySuiteConformance {

  @Test
  void everySuiteRunsOnThisEngine() {
    List<Class<?>> suites =
        classes(
            "io.millrace.learner",
            type ->
                isAbstract(type)
                    && (type.getSimpleName().endsWith("Conformance")
                        || type.getSimpleName().endsWith("Contract")));
    List<Class<?>> own = classes(getClass().getPackageName(), type -> !isAbstract(type));
    assertThat(suites).contains(EverySuiteConformance.class).containsAll(leftOut());
    assertThat(suites)
        .filteredOn(suite -> !leftOut().contains(suite))
        .allSatisfy(suite -> assertThat(own).as(suite.getName()).anyMatch(suite::isAssignableFrom));
  }

  /** Suites that this engine does not run, for a reason that the subclass tells. */
  protected List<Class<?>> leftOut() {
    return List.of();
  }

  private static List<Class<?>> classes(String packageName, Predicate<Class<?>> which) {
    return ReflectionSupport.findAllClassesInPackage(packageName, which, name -> true);
  }

  private static boolean isAbstract(Class<?> type) {
    return Modifier.isAbstract(type.getModifiers());
  }
}
