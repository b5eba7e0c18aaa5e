package io.millrace.learner.evaluate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class LabelFractionTest {
  private static final List<String> NAMES = List.of("cat", "dog");

  /** 30 cats and 10 dogs. */
  private static List<Integer> labels() {
    var out = new ArrayList<Integer>();
    for (int i = 0; i < 40; i++) {
      out.add(i % 4 == 3 ? 1 : 0);
    }
    return out;
  }

  @Test
  void eachClassKeepsItsShare() {
    List<Integer> kept = LabelFraction.of(labels(), NAMES, 0.2, 1);
    assertThat(kept).hasSize(8).isSorted().doesNotHaveDuplicates();
    assertThat(kept).filteredOn(i -> labels().get(i) == 1).hasSize(2);
    assertThat(LabelFraction.of(labels(), NAMES, 1, 1)).hasSize(40);
  }

  @Test
  void aSmallerShareIsPartOfALargerOneAndTheSeedDraws() {
    List<Integer> kept = LabelFraction.of(labels(), NAMES, 0.2, 1);
    assertThat(LabelFraction.of(labels(), NAMES, 0.5, 1)).containsAll(kept);
    assertThat(LabelFraction.of(labels(), NAMES, 0.2, 1)).isEqualTo(kept);
    assertThat(LabelFraction.of(labels(), NAMES, 0.2, 2)).isNotEqualTo(kept);
  }

  @Test
  void aClassWithoutExamplesIsNamed() {
    assertThatThrownBy(() -> LabelFraction.of(labels(), NAMES, 0.04, 1))
        .hasMessage(
            "label fraction 0.04 leaves class 'dog' without examples: it has 10 labeled images");
    assertThatThrownBy(() -> LabelFraction.of(labels(), List.of("cat", "dog", "emu"), 1, 1))
        .hasMessageContaining("class 'emu'");
    assertThatThrownBy(() -> LabelFraction.of(labels(), NAMES, 1.5, 1))
        .hasMessage("label fraction is 1.5: expected over 0, at most 1");
  }
}
