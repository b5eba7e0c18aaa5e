package io.millrace.learner.method;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.platform.commons.annotation.Testable;
import org.junit.platform.commons.support.AnnotationSupport;

class TinyMethodsTest {
  @Test
  void everyMethodHasATinyVariant() {
    assertThat(TinyMethods.names())
        .as("tiny variants, by which EveryMethodContract checks the methods of the registry")
        .containsExactlyInAnyOrderElementsOf(Methods.names());
  }

  @Test
  void anExemptionIsOfARegisteredMethodAndNamesATest() {
    for (Exemption exemption : Exemption.ALL) {
      assertThat(Methods.names()).contains(exemption.method());
      assertThat(exemption.reason()).isNotBlank();
      assertThat(exemption.suite().getDeclaredMethods())
          .as("%s stands for %s of %s", exemption.test(), exemption.check(), exemption.method())
          .anyMatch(
              method ->
                  method.getName().equals(exemption.test())
                      && AnnotationSupport.isAnnotated(method, Testable.class));
    }
    var once =
        Exemption.ALL.stream().map(exemption -> exemption.method() + exemption.check()).toList();
    assertThat(once).doesNotHaveDuplicates();
  }
}
