package io.millrace.learner.method.step;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.ingest.decode.IdentifiedImage;
import io.millrace.ingest.decode.PixelImage;
import io.millrace.ingest.settings.Spelling;
import io.millrace.learner.augment.Preprocessing;
import io.millrace.learner.checkpoint.StateSnapshot;
import io.millrace.learner.method.ImageBatch;
import io.millrace.learner.method.Method;
import io.millrace.learner.method.MethodState;
import io.millrace.learner.method.StepReport;
import io.millrace.learner.method.registry.Methods;
import io.millrace.learner.method.settings.AlignmentSettings;
import io.millrace.learner.method.settings.BackboneSettings;
import io.millrace.learner.method.settings.ModelSettings;
import io.millrace.learner.method.settings.PastSettings;
import io.millrace.learner.testing.ScopedContract;
import java.util.ArrayList;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Alignment to a slow average, carried by other methods. */
public abstract class AlignmentContract extends ScopedContract {
  private static ModelSettings model(double weight, double momentum) {
    return new ModelSettings(
            1, BackboneSettings.defaults().withWidth(0.125), Preprocessing.defaults().withSize(16))
        .withAlignment(new AlignmentSettings(weight, momentum, 16));
  }

  private static ImageBatch batch(long step) {
    var ids = new ArrayList<String>();
    var images = new ArrayList<PixelImage>();
    for (int i = 0; i < 4; i++) {
      byte[] rgb = new byte[16 * 16 * 3];
      new Random(i).nextBytes(rgb);
      ids.add("i" + i);
      images.add(new PixelImage(16, 16, rgb));
    }
    return new ImageBatch(step, IdentifiedImage.zip(ids, images));
  }

  @Test
  void theStudentIsDrawnToItsSlowAverageAndTheAverageFollows() {
    Method method = Methods.create("rotation", model(1, 0.5));
    try (MethodState state = method.initialize(engine)) {
      double[] slow = state.network("slow").parameters().toDoubles();
      assertThat(slow).isEqualTo(state.network("student").parameters().toDoubles());
      StepReport first = method.step(batch(0), state);
      assertThat(first.metrics().get("alignmentLoss")).isBetween(0.0, 4.0);
      assertThat(first.metrics().get("alignmentGradient")).isPositive();
      double[] student = state.network("student").parameters().toDoubles();
      double[] moved = state.network("slow").parameters().toDoubles();
      for (int i = 0; i < slow.length; i += 997) {
        assertThat(moved[i])
            .isCloseTo(0.5 * slow[i] + 0.5 * student[i], org.assertj.core.data.Offset.offset(1e-5));
      }
      double last = 0;
      for (int step = 1; step < 30; step++) {
        last = method.step(batch(step), state).metrics().get("alignmentLoss");
      }
      assertThat(last).isLessThan(0.7 * first.metrics().get("alignmentLoss"));
    }
  }

  @Test
  void itChangesWhatIsLearnedAndWithoutWeightNothing() {
    StateSnapshot plain = learned(new AlignmentSettings(0, 0.9, 16));
    StateSnapshot aligned = learned(new AlignmentSettings(2, 0.9, 16));
    assertThat(plain.tensors()).doesNotContainKey("slow.parameters");
    assertThat(aligned.tensors()).containsKeys("slow.parameters", "aligner.parameters");
    assertThat(aligned.tensors().get("student.parameters").values())
        .isNotEqualTo(plain.tensors().get("student.parameters").values());
  }

  private StateSnapshot learned(AlignmentSettings alignment) {
    Method method = Methods.create("byol", model(0, 0).withAlignment(alignment));
    try (MethodState state = method.initialize(engine)) {
      method.step(batch(0), state);
      return state.snapshot();
    }
  }

  private static PastSettings past(PastSettings.Loss loss, long everyUpdates) {
    return new PastSettings(1, loss, 0.2, 16, everyUpdates, true, false);
  }

  private static double[] parameters(MethodState state, String network) {
    return state.network(network).parameters().toDoubles();
  }

  @ParameterizedTest
  @EnumSource(PastSettings.Loss.class)
  void thePastIsTakenNowAndThenAndPredictedMeanwhile(PastSettings.Loss loss) {
    Method method = Methods.create("rotation", model(0, 0).withPast(past(loss, 3)));
    try (MethodState state = method.initialize(engine)) {
      for (int step = 0; step < 3; step++) {
        assertThat(method.step(batch(step), state).metrics()).doesNotContainKey("pastLoss");
      }
      double[] then = parameters(state, "past");
      assertThat(then).isEqualTo(parameters(state, "student"));
      StepReport report = method.step(batch(3), state);
      assertThat(report.metrics().get("pastLoss")).isBetween(0.0, 12.0);
      assertThat(report.metrics().get("pastGradient")).isPositive();
      assertThat(parameters(state, "past")).isEqualTo(then);
      state.happened(MethodState.DRIFTS);
      method.step(batch(4), state);
      assertThat(parameters(state, "past")).isEqualTo(parameters(state, "student"));
      state.happened(MethodState.RELEASES);
      method.step(batch(5), state);
      assertThat(parameters(state, "past")).isNotEqualTo(parameters(state, "student"));
    }
  }

  @Test
  void aRestoredPastGoesOnAsIfNothingHadHappened() {
    Method method =
        Methods.create("rotation", model(1, 0.5).withPast(past(PastSettings.Loss.COSINE, 2)));
    StateSnapshot middle;
    StateSnapshot end;
    try (MethodState state = method.initialize(engine)) {
      for (int step = 0; step < 3; step++) {
        method.step(batch(step), state);
      }
      middle = state.snapshot();
      for (int step = 3; step < 6; step++) {
        assertThat(method.step(batch(step), state).metrics())
            .containsKeys("pastLoss", "alignmentLoss");
      }
      end = state.snapshot();
    }
    try (MethodState state = method.initialize(engine)) {
      state.restore(middle);
      for (int step = 3; step < 6; step++) {
        method.step(batch(step), state);
      }
      StateSnapshot again = state.snapshot();
      assertThat(again.counters()).isEqualTo(end.counters());
      for (String name : end.tensors().keySet()) {
        assertThat(again.tensors().get(name).values())
            .as(name)
            .isEqualTo(end.tensors().get(name).values());
      }
    }
  }

  @Test
  void aPastThatWouldNeverBeIsRefused() {
    assertThatThrownBy(
            () -> new PastSettings(1, PastSettings.Loss.COSINE, 0.2, 16, 0, false, false))
        .hasMessageStartingWith("weight is 1.0: expected 0 where everyUpdates is 0");
    assertThatThrownBy(() -> Spelling.parse(PastSettings.Loss.class, "loss", "mse"))
        .hasMessage("loss is 'mse': expected one of [cosine, contrast]");
    assertThatThrownBy(
            () -> Methods.create("gan", model(0, 0).withPast(past(PastSettings.Loss.COSINE, 1))))
        .hasMessage("past.weight is 1.0: expected 0, method gan can't carry another objective");
  }

  @Test
  void methodsOfSeveralPassesCannotCarryIt() {
    assertThatThrownBy(() -> Methods.create("bigan", model(0.5, 0.9)))
        .hasMessage(
            "alignment.weight is 0.5: expected 0, method bigan can't carry another objective");
    assertThatThrownBy(() -> new AlignmentSettings(-1, 0.9, 16))
        .hasMessage("weight is -1.0: expected 0 to 100");
    assertThatThrownBy(() -> new AlignmentSettings(1, 1, 16))
        .hasMessage("momentum is 1.0: expected 0 up to but not 1");
  }
}
