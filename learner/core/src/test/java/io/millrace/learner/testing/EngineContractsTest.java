package io.millrace.learner.testing;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.Modifier;
import java.util.List;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.platform.commons.annotation.Testable;
import org.junit.platform.commons.support.AnnotationSupport;
import org.junit.platform.commons.support.HierarchyTraversalMode;
import org.junit.platform.commons.support.ReflectionSupport;

class EngineContractsTest {
  /** Nested classes of a subclass are inherited: what is listed once runs on each engine. */
  @Test
  void everyContractOfThisJarIsListed() {
    List<Class<?>> contracts =
        ReflectionSupport.findAllClassesInPackage(
            "io.millrace.learner",
            type -> Modifier.isAbstract(type.getModifiers()) && hasTests(type),
            name -> name.endsWith("Contract"));
    List<Class<?>> listed =
        ReflectionSupport.findNestedClasses(
            EngineContracts.class, type -> AnnotationSupport.isAnnotated(type, Nested.class));
    assertThat(contracts).hasSizeGreaterThan(30);
    assertThat(contracts)
        .allSatisfy(
            contract ->
                assertThat(listed).as(contract.getName()).anyMatch(contract::isAssignableFrom));
  }

  private static boolean hasTests(Class<?> type) {
    return !AnnotationSupport.findAnnotatedMethods(
            type, Testable.class, HierarchyTraversalMode.TOP_DOWN)
        .isEmpty();
  }
}
