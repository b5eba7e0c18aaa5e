package io.millrace.learner.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class FormerNamesTest {
  private static final CheckpointName NAME = new CheckpointName(1, 2);

  @Test
  void wordsOfADottedNameAreReplacedOneByOne() {
    assertThat(FormerNames.current("mix.optimiser.kind")).isEqualTo("mix.optimizer.kind");
    assertThat(FormerNames.current("colours")).isEqualTo("colors");
    assertThat(FormerNames.current("centreMomentum")).isEqualTo("centreMomentum");
    assertThat(FormerNames.current("network student")).isEqualTo("network student");
  }

  @Test
  void whatIsStoredUnderAnOldNameIsFoundUnderTheNewOneAndTheOtherWayRound() {
    var tensor = HostTensor.vector(new float[] {1});
    var old =
        new StateSnapshot(
            Map.of("centre", tensor, "student.parameters", tensor),
            Map.of("mix.colours.batches", 5L, "updates", 7L),
            Map.of());
    StateSnapshot now =
        old.under(
            Set.of("center", "student.parameters"),
            Set.of("mix.colors.batches", "updates"),
            Set.of());
    assertThat(now.tensors().keySet()).containsExactlyInAnyOrder("center", "student.parameters");
    assertThat(now.counters()).isEqualTo(Map.of("mix.colors.batches", 5L, "updates", 7L));
    assertThat(now.under(old.tensors().keySet(), old.counters().keySet(), Set.of())).isEqualTo(old);
    assertThat(FormerNames.under(List.of("other"), Map.of("centre", 1)))
        .isEqualTo(Map.of("centre", 1));
    assertThat(FormerNames.find("tensor.center", Map.of("tensor.centre", 3))).isEqualTo(3);
    assertThat(FormerNames.find("tensor.center", Map.of("tensor.queue", 3))).isNull();
  }

  @Test
  void anOldNameOfAFixedSettingIsNoOtherSetting() {
    var then = new Fingerprint(Map.of("mix.optimiser.kind", "sgd", "seed", "1"));
    var now = new Fingerprint(Map.of("mix.optimizer.kind", "sgd", "seed", "1"));
    var other = new Fingerprint(Map.of("mix.optimizer.kind", "lars", "seed", "1"));
    assertThatCode(() -> now.requireSame(then, NAME)).doesNotThrowAnyException();
    assertThatThrownBy(() -> other.requireSame(then, NAME))
        .hasMessageContaining("was saved with mix.optimizer.kind sgd, the settings now say lars");
  }
}
