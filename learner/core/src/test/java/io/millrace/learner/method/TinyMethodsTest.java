package io.millrace.learner.method;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.learner.method.registry.Methods;
import org.junit.jupiter.api.Test;
import org.junit.platform.commons.annotation.Testable;
import org.junit.platform.commons.support.AnnotationSupport;

class TinyMethodsTest {
  @Test
  void everyMethodHasATinyVariant() {
    assertThat(Methods.names())
        .filteredOn(name -> TinyMethods.find(name).isEmpty())
        .as("methods that EveryMethodContract can't check: they have no line in TinyMethods")
        .isEmpty();
    assertThat(Methods.names()).containsAll(TinyMethods.names());
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
